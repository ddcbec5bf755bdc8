package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pcap-teardown/teardown/schemas"
)

// Reasons for which CreateDataset and OpenFile refuse.
var (
	// ErrExists: the output exists, and Overwrite was not asked for.
	ErrExists = errors.New("already exists")
	// ErrNotDataset: the folder is not empty and has no manifest of ours; it is never replaced.
	ErrNotDataset = errors.New("is not empty and is not a dataset")
)

// An aside is an output that is written under another name beside its own: in the same
// folder, so that a rename is one step of the file system.
type aside struct {
	target, temporary string
}

// newAside follows symbolic links to the target, makes the folder around it where it does not exist, and
// calls create with names beside it until one is free.
func newAside(path string, create func(temporary string) error) (aside, error) {
	target, err := filepath.Abs(path)
	if err != nil {
		return aside{}, err
	}
	if real, err := filepath.EvalSymlinks(target); err == nil {
		target = real
	}
	parent := filepath.Dir(target)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return aside{}, err
	}
	for n := 0; ; n++ {
		// A killed process with our number may have left its own.
		name := filepath.Join(parent, fmt.Sprintf(".%s.tmp-%d-%d", filepath.Base(target), os.Getpid(), n))
		if err := create(name); !errors.Is(err, fs.ErrExist) {
			return aside{target, name}, err
		}
	}
}

// syncPath makes a file or folder durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // file systems that cannot
	}
	return errors.Join(err, f.Close())
}

// hint adds what the user can do about an error of the file system.
func hint(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: free some space or choose another place", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: choose a place where you may write", err)
	}
	return err
}

// A File is one file that appears under its name when it is complete.
type File struct {
	*Writer
	file  *os.File
	names aside
}

// OpenFile starts a file with the rows of one table. Nothing stands under path until Finish.
func OpenFile(path string, overwrite bool, t schemas.Table, opt Options) (*File, error) {
	fail := func(err error) (*File, error) { return nil, fmt.Errorf("export: creating %s: %w", path, hint(err)) }
	if err := mayReplaceFile(path, overwrite); err != nil {
		return fail(err)
	}
	var err error
	out := new(File)
	out.names, err = newAside(path, func(name string) (err error) {
		out.file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		return err
	})
	if err != nil {
		return fail(err)
	}
	if out.Writer, err = NewWriter(out.file, t, opt); err != nil {
		out.remove()
		return nil, err
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

// Finish writes the end of the file and makes it appear. After an error nothing is left.
func (f *File) Finish() error {
	err := f.Writer.Close()
	if err == nil {
		err = f.file.Sync()
	}
	err = errors.Join(err, f.file.Close())
	if err == nil {
		err = os.Rename(f.names.temporary, f.names.target)
	}
	if err != nil {
		os.Remove(f.names.temporary)
		return fmt.Errorf("export: %s: %w", f.names.target, hint(err))
	}
	return syncPath(filepath.Dir(f.names.target))
}

// Abort stops and leaves nothing behind.
func (f *File) Abort() error {
	f.Writer.abort()
	return f.remove()
}

func (f *File) remove() error {
	f.file.Close()
	return os.Remove(f.names.temporary)
}
