package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// Reasons for which CreateDataset and OpenFile refuse.
var (
	// ErrExists: the output exists, and Overwrite was not asked for.
	ErrExists = errors.New("already exists")
	// ErrNotDataset: the folder is not empty and has no manifest of ours; it is never replaced.
	ErrNotDataset = errors.New("is not empty and is not a dataset")
)

// A StrangerError says why CreateDataset and Finish do not replace a dataset: somebody has put a
// file or folder into it, or written to its views.
type StrangerError struct {
	Name    string // relative to the dataset
	Changed bool   // it was of the dataset once
}

func (e *StrangerError) Error() string {
	if e.Changed {
		return fmt.Sprintf("its %s was changed: move that away or choose another folder", e.Name)
	}
	return fmt.Sprintf("it holds %s, which is not of the dataset: move that away or choose another folder", e.Name)
}

// An aside is an output that is written under another name beside its own: in the same
// folder, so that a rename is one step of the file system.
type aside struct {
	target, temporary string
	lock              *os.File // held while the output is written; nil where the system has no locks
	removed           []string // what killed processes had left beside the target
	made              []string // folders around the target that were made for it, until it appears; under unfinished
	discarded         bool     // by RemoveUnfinished; under unfinished
}

// unfinished has the outputs of this process that have not appeared yet.
var unfinished struct {
	sync.Mutex
	all []*aside
}

// resolve returns the place that a path stands for: absolute, symbolic links followed.
func resolve(path string) (string, error) {
	target, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(target); err == nil {
		target = real
	}
	return target, nil
}

// folderTries is how often newAside makes folders that vanish.
const folderTries = 10

// newAside makes the folders around the target that do not exist, removes what killed processes
// have left there, and calls create with names beside the target until one is free.
func newAside(path string, overwrite bool, create func(temporary string) error) (*aside, error) {
	target, err := resolve(path)
	if err != nil {
		return nil, err
	}
	parent := filepath.Dir(target)
	made, err := makeFolders(parent)
	if err != nil {
		removeFolders(made)
		return nil, err
	}
	a := &aside{target: target, removed: removeLeftovers(target, overwrite), made: made}
	for n := 0; ; n++ {
		// A killed process with our number may have left its own.
		a.temporary = filepath.Join(parent, fmt.Sprintf("%s%d-%d", temporaryPrefix(target), os.Getpid(), n))
		err := create(a.temporary)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if errors.Is(err, fs.ErrNotExist) && n < folderTries {
			// Another run that failed has removed the folders that it had made, of which this one made use.
			again, _ := makeFolders(parent)
			a.made = append(again, a.made...)
			continue
		}
		if err != nil {
			removeFolders(a.made)
			return nil, err
		}
		if a.lock, err = hold(a.temporary); errors.Is(err, errHeld) {
			continue // another run took it for a leftover before it was locked
		}
		unfinished.Lock()
		defer unfinished.Unlock()
		unfinished.all = append(unfinished.all, a)
		return a, nil
	}
}

// appear calls rename, which lets the output take its place, unless RemoveUnfinished was first.
func (a *aside) appear(rename func() error) error {
	unfinished.Lock()
	defer unfinished.Unlock()
	if a.discarded {
		return errAborted
	}
	err := rename()
	if err == nil {
		a.made = nil
	}
	return err
}

// done ends the work beside the target, after the output has appeared or was removed.
func (a *aside) done() {
	unfinished.Lock()
	defer unfinished.Unlock()
	unfinished.all = slices.DeleteFunc(unfinished.all, func(b *aside) bool { return a == b })
	if a.lock != nil {
		a.lock.Close()
		a.lock = nil
	}
	removeFolders(a.made)
}

// RemoveUnfinished removes every output of this process that has not appeared, and returns
// where they were to stand. It is for a process that ends at once: writers may still run, and
// fail.
func RemoveUnfinished() []string {
	unfinished.Lock()
	defer unfinished.Unlock()
	var targets []string
	for _, a := range unfinished.all {
		if a.discarded {
			continue
		}
		a.discarded = true
		for range 10 { // a writer may add a file meanwhile
			if os.RemoveAll(a.temporary) == nil {
				break
			}
		}
		removeFolders(a.made)
		targets = append(targets, a.target)
	}
	return targets
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

// meanwhile is hint for an output that was created and is being written.
func meanwhile(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: the output, or the folder around it, was removed or moved while it was written; run again", err)
	}
	return hint(err)
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
