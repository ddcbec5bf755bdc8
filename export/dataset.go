package export

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pcap-teardown/teardown/schemas"
)

// A Dataset is a folder with parts of both tables, a manifest and views. It is written
// beside its place and takes it in Finish, so nobody sees a half-written one; what a
// killed process leaves is a hidden folder, which the next run with the same place removes.
type Dataset struct {
	names     *aside
	overwrite bool
	format    Format
	by        Partition
	tables    [2]*schemas.Table
	writers   [2]tableParts // packets, connections; nil where not written
}

// tableParts are the files of one table.
type tableParts interface {
	TableWriter
	close() error
	abort()
	finished() []Part  // after close, in the order of their paths
	folders() []string // relative to the dataset
}

// CreateDataset starts a dataset at dir. It refuses a dir that is not empty, unless it is a dataset and
// overwrite is set (ErrExists, ErrNotDataset), and a dataset that holds a file of somebody else
// (StrangerError). A table that is nil is not written. The old dataset stays until Finish.
func CreateDataset(dir string, overwrite bool, opt Options, packets, connections *schemas.Table) (*Dataset, error) {
	fail := func(err error) (*Dataset, error) { return nil, fmt.Errorf("export: creating %s: %w", dir, hint(err)) }
	opt, err := opt.complete()
	if err != nil {
		return nil, err
	}
	if opt.Format == ArrowStream {
		return fail(errors.New("a dataset cannot be a stream"))
	}
	putBack(dir)
	if err := mayReplace(dir, overwrite); err != nil {
		return fail(err)
	}
	d := &Dataset{overwrite: overwrite, format: opt.Format, by: opt.PartitionBy, tables: [2]*schemas.Table{packets, connections}}
	d.names, err = newAside(dir, overwrite, func(name string) error { return os.Mkdir(name, 0o777) })
	if err != nil {
		return fail(err)
	}
	for i, t := range d.tables {
		if t == nil {
			continue
		}
		if opt.PartitionBy != NoPartition {
			d.writers[i] = newPartitions(d.names.temporary, t, opt)
			continue
		}
		w := newParts(d.names.temporary, t.Name, t, opt)
		if err := w.openNext(); err != nil {
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
	m, err := ReadManifest(dir)
	if err != nil {
		return fmt.Errorf("%w: choose another folder", ErrNotDataset)
	}
	if !overwrite {
		return fmt.Errorf("%w: choose another folder or overwrite", ErrExists)
	}
	return m.strangers(dir)
}

// strangers returns a StrangerError where a dataset folder holds more than what its manifest knows, or views that
// somebody has changed: people work in there, and the whole folder goes when it is replaced.
func (m Manifest) strangers(dir string) error {
	if text, err := os.ReadFile(filepath.Join(dir, viewsName)); err == nil && m.ViewsHash != "" && viewsHash(text) != m.ViewsHash {
		return &StrangerError{Name: viewsName, Changed: true}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ours := map[string]bool{".": true, ManifestName: true, viewsName: true}
	for _, p := range m.Parts {
		if table, _, _ := strings.Cut(p.Path, "/"); table != schemas.Packets.Name && table != schemas.Connections.Name {
			continue
		}
		for name := filepath.Clean(filepath.FromSlash(p.Path)); !ours[name]; name = filepath.Dir(name) {
			ours[name] = true
		}
	}
	dir, err := resolve(dir) // a link to a folder is not walked
	if err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err == nil && !ours[name] {
			err = &StrangerError{Name: name}
		}
		return err
	})
}

// Leftovers returns the unfinished outputs of killed processes that were removed beside the dataset.
func (d *Dataset) Leftovers() []string { return d.names.removed }

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
		return fmt.Errorf("export: finishing %s: %w", d.names.target, within(err))
	}
	d.names.done()
	return nil
}

func (d *Dataset) finish(m Manifest) error {
	m.Kind, m.Format, m.Parts, m.Counts.Rows = manifestKind, d.format.String(), nil, map[string]int64{}
	folders := []string{d.names.temporary}
	if err := d.closeTables(); err != nil {
		return err
	}
	for i, w := range d.writers {
		if w == nil {
			continue
		}
		rows := int64(0)
		for _, p := range w.finished() {
			if err := d.check(p); err != nil {
				return err
			}
			rows += p.Rows
			m.Parts = append(m.Parts, p)
		}
		m.Counts.Rows[d.tables[i].Name] = rows
		for _, f := range w.folders() {
			folders = append(folders, filepath.Join(d.names.temporary, f))
		}
	}
	sql := []byte(views(d.format, d.by, d.tables[0], d.tables[1]))
	m.ViewsHash = viewsHash(sql)
	manifest, err := m.encode()
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{viewsName, sql}, {ManifestName, manifest}} {
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
	return d.names.appear(d.appear)
}

// check wants a finished part to be there still: a dataset that misses one would look whole.
func (d *Dataset) check(p Part) error {
	path := filepath.Join(d.names.temporary, filepath.FromSlash(p.Path))
	info, err := os.Stat(path)
	if err == nil && info.Size() != p.Bytes {
		err = fmt.Errorf("%s has %d bytes in place of %d: somebody has written to it; run again", path, info.Size(), p.Bytes)
	}
	return err
}

// closeTables ends the files of both tables: while the disk takes one, the other is encoded.
func (d *Dataset) closeTables() error {
	var errs [len(d.writers)]error
	var closing sync.WaitGroup
	for i, w := range d.writers {
		if w != nil {
			closing.Go(func() { errs[i] = w.close() })
		}
	}
	closing.Wait()
	return cmp.Or(errs[:]...)
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
	defer d.names.done()
	return os.RemoveAll(d.names.temporary)
}
