package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pcap-teardown/teardown/schemas"
)

// A File is one file with the rows of one table. It appears under its name when it is complete.
type File struct {
	*Writer
	out *PlainFile
}

// OpenFile starts a file with the rows of one table. Nothing stands under path until Finish. Errors are those of
// OpenPlainFile and NewWriter.
func OpenFile(path string, overwrite bool, t schemas.Table, opt Options) (*File, error) {
	out, err := OpenPlainFile(path, overwrite)
	if err != nil {
		return nil, err
	}
	w, err := NewWriter(withWriteback(out.File), t, opt) // Finish says which file it is
	if err != nil {
		out.Abort()
		return nil, err
	}
	return &File{w, out}, nil
}

// Leftovers returns the unfinished outputs of killed processes that were removed beside the path.
func (f *File) Leftovers() []string { return f.out.Leftovers() }

// Finish writes the end of the file and makes it appear. After an error nothing is left.
func (f *File) Finish() error {
	if err := f.Writer.Close(); err != nil {
		f.out.Abort()
		return fmt.Errorf("export: %s: %w", f.out.names.target, within(err))
	}
	return f.out.Finish()
}

// Abort stops and leaves nothing behind.
func (f *File) Abort() error {
	f.Writer.abort()
	return f.out.Abort()
}

// A PlainFile is a file of bytes that appears under its name when it is complete.
type PlainFile struct {
	*os.File
	names     *aside
	overwrite bool
}

// OpenPlainFile starts a file. Nothing stands under path until Finish. The error is ErrExists where something stands
// there and overwrite is not set; a folder is never replaced.
func OpenPlainFile(path string, overwrite bool) (*PlainFile, error) {
	fail := func(err error) (*PlainFile, error) {
		return nil, fmt.Errorf("export: creating %s: %w", path, hint(err))
	}
	if err := mayReplaceFile(path, overwrite); err != nil {
		return fail(err)
	}
	var err error
	out := &PlainFile{overwrite: overwrite}
	out.names, err = newAside(path, overwrite, func(name string) (err error) {
		out.File, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		return err
	})
	if err != nil {
		return fail(err)
	}
	return out, nil
}

func mayReplaceFile(path string, overwrite bool) error {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("is a folder: choose another name")
	case !overwrite:
		return fmt.Errorf("%w: choose another name or overwrite", ErrExists)
	}
	return nil
}

// Write says in its error which output it was, as Finish does.
func (f *PlainFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	if err != nil {
		err = fmt.Errorf("export: %s: %w", f.names.target, hint(err))
	}
	return n, err
}

// Leftovers returns the unfinished outputs of killed processes that were removed beside the path.
func (f *PlainFile) Leftovers() []string { return f.names.removed }

// Finish makes the file durable and lets it appear. After an error nothing is left.
func (f *PlainFile) Finish() error {
	defer f.names.done()
	err := errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = f.names.appear(func() error {
			// Somebody may have put something there since OpenPlainFile.
			if err := mayReplaceFile(f.names.target, f.overwrite); err != nil {
				return err
			}
			return os.Rename(f.names.temporary, f.names.target)
		})
	}
	if err != nil {
		os.Remove(f.names.temporary)
		return fmt.Errorf("export: %s: %w", f.names.target, meanwhile(err))
	}
	return syncPath(filepath.Dir(f.names.target))
}

// Abort leaves nothing behind.
func (f *PlainFile) Abort() error {
	defer f.names.done()
	f.Close()
	return os.Remove(f.names.temporary)
}
