package export

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// parts writes rows of one table into files of at most perPart rows in one folder.
type parts struct {
	dir     string // of the dataset
	folder  string // below it, with slashes
	table   schemas.Table
	opt     Options
	perPart int64
	inPart  int64
	writer  *Writer
	file    *os.File
	done    []Part
	err     error
}

func newParts(dir, folder string, t *schemas.Table, opt Options) *parts {
	if opt.encoders == nil {
		opt.encoders = new(spare[encoders])
	}
	return &parts{dir: dir, folder: folder, table: *t, opt: opt, perPart: opt.PartRows}
}

func (p *parts) name() string {
	return fmt.Sprintf("%s/part-%05d%s", p.folder, len(p.done), p.opt.Format.Extension())
}

// open starts the next part.
func (p *parts) open() error { return wrapTable(p.table.Name, p.openNext()) }

func (p *parts) openNext() error {
	// A dataset that somebody has removed meanwhile would come back, without the parts that it had.
	if _, err := os.Stat(p.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(p.dir, filepath.FromSlash(p.folder)), 0o777); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(p.dir, filepath.FromSlash(p.name())), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if p.writer, err = NewWriter(withWriteback(f), p.table, p.opt); err != nil {
		return errors.Join(err, f.Close())
	}
	p.file, p.inPart = f, 0
	return nil
}

// Write hands over a batch, cut where a part is full.
func (p *parts) Write(b table.Batch, done func()) error { return p.writeRows(b, 0, b.Rows(), done) }

// writeRows hands over rows lo to hi of a batch.
func (p *parts) writeRows(b table.Batch, lo, hi int, done func()) error {
	if p.err == nil {
		p.err = p.write(b, lo, hi, &done)
	}
	if done != nil {
		done()
	}
	return p.err
}

// write takes done away when it has handed it over.
func (p *parts) write(b table.Batch, lo, hi int, done *func()) error {
	for lo < hi {
		if p.writer != nil && p.inPart == p.perPart {
			if err := p.closePart(); err != nil {
				return err
			}
		}
		if p.writer == nil {
			if err := p.open(); err != nil {
				return err
			}
		}
		n := int(min(int64(hi-lo), p.perPart-p.inPart))
		var last func()
		if lo+n == hi {
			last, *done = *done, nil
		}
		if err := p.writer.writeRows(b, lo, lo+n, last); err != nil {
			return err
		}
		lo += n
		p.inPart += int64(n)
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
	if err := cmp.Or(err, statErr, f.Close()); err != nil {
		return wrapTable(p.table.Name, err)
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

func (p *parts) finished() []Part { return p.done }

func (p *parts) folders() []string { return []string{filepath.FromSlash(p.folder)} }
