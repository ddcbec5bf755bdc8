package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A Dataset is a folder with parts of both tables, a manifest and views. It is written
// beside its place and takes it in Finish, so nobody sees a half-written one; what a
// killed process leaves is a hidden folder without a manifest.
type Dataset struct {
	names     aside
	overwrite bool
	format    Format
	tables    [2]*schemas.Table
	writers   [2]*parts // packets, connections; nil where not written
}

// CreateDataset starts a dataset at dir. It refuses a dir that is not empty, unless it is a dataset and
// overwrite is set (ErrExists, ErrNotDataset). A table that is nil is not written. The old dataset stays
// until Finish.
func CreateDataset(dir string, overwrite bool, opt Options, packets, connections *schemas.Table) (*Dataset, error) {
	fail := func(err error) (*Dataset, error) { return nil, fmt.Errorf("export: creating %s: %w", dir, hint(err)) }
	opt, err := opt.complete()
	if err != nil {
		return nil, err
	}
	if opt.Format == ArrowStream {
		return fail(errors.New("a dataset cannot be a stream"))
	}
	if err := mayReplace(dir, overwrite); err != nil {
		return fail(err)
	}
	d := &Dataset{overwrite: overwrite, format: opt.Format, tables: [2]*schemas.Table{packets, connections}}
	d.names, err = newAside(dir, func(name string) error { return os.Mkdir(name, 0o777) })
	if err != nil {
		return fail(err)
	}
	for i, t := range d.tables {
		if t == nil {
			continue
		}
		w, err := newParts(d.names.temporary, t, opt)
		if err != nil {
			return fail(errors.Join(err, d.Abort()))
		}
		d.writers[i] = w
	}
	return d, nil
}

// mayReplace says whether a dataset may take the place dir.
func mayReplace(dir string, overwrite bool) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("is a file, not a folder: %w", ErrExists)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		return err
	}
	if _, err := ReadManifest(dir); err != nil {
		return fmt.Errorf("%w: choose another folder", ErrNotDataset)
	}
	if !overwrite {
		return fmt.Errorf("%w: choose another folder or overwrite", ErrExists)
	}
	return nil
}

// Packets returns the writer of the table packets, nil where it is not written.
func (d *Dataset) Packets() TableWriter { return d.writer(0) }

// Connections returns the writer of the table connections, nil where it is not written.
func (d *Dataset) Connections() TableWriter { return d.writer(1) }

func (d *Dataset) writer(n int) TableWriter {
	if d.writers[n] == nil {
		return nil
	}
	return d.writers[n]
}

// Finish writes the end of the parts, the manifest and the views, makes all durable and lets
// the dataset appear. After an error nothing is left of it.
func (d *Dataset) Finish(m Manifest) error {
	if err := d.finish(m); err != nil {
		d.Abort()
		return fmt.Errorf("export: finishing %s: %w", d.names.target, hint(err))
	}
	return nil
}

func (d *Dataset) finish(m Manifest) error {
	m.Kind, m.Format, m.Parts, m.Counts.Rows = manifestKind, d.format.String(), nil, map[string]int64{}
	folders := []string{d.names.temporary}
	for i, w := range d.writers {
		if w == nil {
			continue
		}
		if err := w.close(); err != nil {
			return err
		}
		m.Parts = append(m.Parts, w.done...)
		m.Counts.Rows[d.tables[i].Name] = w.rows
		folders = append(folders, filepath.Join(d.names.temporary, w.table.Name))
	}
	manifest, err := m.encode()
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{viewsName, []byte(views(d.format, d.tables[0], d.tables[1]))}, {ManifestName, manifest}} {
		path := filepath.Join(d.names.temporary, f.name)
		if err := os.WriteFile(path, f.data, 0o666); err != nil {
			return err
		}
		if err := syncPath(path); err != nil {
			return err
		}
	}
	for _, f := range folders {
		if err := syncPath(f); err != nil {
			return err
		}
	}
	return d.appear()
}

// appear puts the finished folder in its place. An old dataset steps aside first: there is a
// moment with none, never one with half of one.
func (d *Dataset) appear() error {
	target, old := d.names.target, d.names.temporary+"-old"
	// Somebody may have put something there since CreateDataset.
	if err := mayReplace(target, d.overwrite); err != nil {
		return err
	}
	err := os.Rename(target, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if moved := err == nil; moved {
		if err := os.Rename(d.names.temporary, target); err != nil {
			return errors.Join(err, os.Rename(old, target))
		}
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	} else if err := os.Rename(d.names.temporary, target); err != nil {
		return err
	}
	return syncPath(filepath.Dir(target))
}

// Abort stops and removes what was written. It does nothing after Finish.
func (d *Dataset) Abort() error {
	for _, w := range d.writers {
		if w != nil {
			w.abort()
		}
	}
	return os.RemoveAll(d.names.temporary)
}

// parts writes one table into files of at most perPart rows.
type parts struct {
	dir     string // of the dataset
	table   schemas.Table
	opt     Options
	perPart int64
	rows    int64 // of all parts
	inPart  int64
	writer  *Writer
	file    *os.File
	done    []Part
	err     error
}

func newParts(dir string, t *schemas.Table, opt Options) (*parts, error) {
	p := &parts{dir: dir, table: *t, opt: opt, perPart: opt.PartRows}
	if err := os.Mkdir(filepath.Join(dir, t.Name), 0o777); err != nil {
		return nil, err
	}
	return p, p.open()
}

func (p *parts) name() string {
	return fmt.Sprintf("%s/part-%05d%s", p.table.Name, len(p.done), p.opt.Format.Extension())
}

func (p *parts) open() error {
	f, err := os.OpenFile(filepath.Join(p.dir, filepath.FromSlash(p.name())), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if p.writer, err = NewWriter(f, p.table, p.opt); err != nil {
		return errors.Join(err, f.Close())
	}
	p.file, p.inPart = f, 0
	return nil
}

// Write hands over a batch, cut where a part is full.
func (p *parts) Write(b table.Batch, done func()) error {
	if p.err == nil {
		p.err = p.write(b, &done)
	}
	if done != nil {
		done()
	}
	return p.err
}

// write takes done away when it has handed it over.
func (p *parts) write(b table.Batch, done *func()) error {
	rows := b.Rows()
	for lo := 0; lo < rows; {
		if p.inPart == p.perPart {
			if err := p.closePart(); err != nil {
				return err
			}
			if err := p.open(); err != nil {
				return err
			}
		}
		n := int(min(int64(rows-lo), p.perPart-p.inPart))
		var last func()
		if lo+n == rows {
			last, *done = *done, nil
		}
		if err := p.writer.writeRows(b, lo, lo+n, last); err != nil {
			return err
		}
		lo += n
		p.inPart += int64(n)
		p.rows += int64(n)
	}
	return nil
}

func (p *parts) closePart() error {
	w, f := p.writer, p.file
	p.writer, p.file = nil, nil
	err := w.Close()
	if err == nil {
		err = f.Sync()
	}
	info, statErr := f.Stat()
	if err := errors.Join(err, statErr, f.Close()); err != nil {
		return err
	}
	p.done = append(p.done, Part{Table: p.table.Name, Path: p.name(), Rows: p.inPart, Bytes: info.Size()})
	return nil
}

func (p *parts) close() error {
	if p.err == nil && p.writer != nil {
		p.err = p.closePart()
	}
	if p.err != nil {
		p.abort()
	}
	return p.err
}

func (p *parts) abort() {
	if p.writer != nil {
		p.writer.abort()
		p.file.Close()
		p.writer, p.file = nil, nil
	}
	if p.err == nil {
		p.err = errAborted
	}
}
