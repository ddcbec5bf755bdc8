package export

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
)

// A leftover is an unfinished output of a process that was killed, or the old dataset that such
// a process had moved aside. Its name says for which output it was and which process made it:
//
//	.NAME.tmp-PID-N        unfinished
//	.NAME.tmp-PID-N-old    the dataset that the unfinished one was about to replace
//
// Names alone do not show that a process is gone: numbers are used again, and a process in
// another container is not seen. Whoever writes an output holds a lock on it, which the system
// drops when the process ends. So a leftover is what bears such a name exactly, has a number
// that no process has, and has no lock. Where the system or the file system knows no locks,
// nothing is removed.

const (
	temporaryWord = ".tmp-"
	oldSuffix     = "-old"
)

// errHeld: another process holds the lock, or the file is no longer the one that was made.
var errHeld = errors.New("is held by another process")

// temporaryPrefix is how the names of unfinished outputs begin.
func temporaryPrefix(target string) string { return "." + filepath.Base(target) + temporaryWord }

// A leftName is a name of the form above.
type leftName struct {
	temporary string // path of the unfinished output
	process   int
}

// findLeft returns the names beside a target that have the form with this suffix, in their order.
func findLeft(target, suffix string) []leftName {
	parent := filepath.Dir(target)
	dir, err := os.Open(parent)
	if err != nil {
		return nil
	}
	defer dir.Close()
	var found []leftName
	for {
		names, err := dir.Readdirnames(1000)
		for _, name := range names {
			numbers, ok := strings.CutPrefix(name, temporaryPrefix(target))
			if !ok {
				continue
			}
			if numbers, ok = strings.CutSuffix(numbers, suffix); !ok {
				continue
			}
			process, count, _ := strings.Cut(numbers, "-")
			if p, ok := number(process); ok && p > 0 {
				if _, ok := number(count); ok {
					found = append(found, leftName{filepath.Join(parent, strings.TrimSuffix(name, suffix)), p})
				}
			}
		}
		if err != nil {
			slices.SortFunc(found, func(a, b leftName) int { return strings.Compare(a.temporary, b.temporary) })
			return found
		}
	}
}

// number reads a number as fmt writes it.
func number(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && strconv.Itoa(n) == text
}

// IsUnfinished reports whether a path has the name of an unfinished output, or of a dataset that is being
// replaced, and can be one.
func IsUnfinished(path string) bool {
	name := filepath.Base(path)
	i := strings.LastIndex(name, temporaryWord)
	if i < 2 || name[0] != '.' {
		return false
	}
	process, count, _ := strings.Cut(strings.TrimSuffix(name[i+len(temporaryWord):], oldSuffix), "-")
	p, ok1 := number(process)
	_, ok2 := number(count)
	return ok1 && ok2 && p > 0 && looksUnfinished(path)
}

// abandoned reports whether nobody can be at work on an unfinished output. An output that is
// there is locked until release, nil where it is not there.
func (l leftName) abandoned() (release func(), ok bool) {
	if l.process != os.Getpid() && !processGone(l.process) {
		return nil, false
	}
	if _, err := os.Lstat(l.temporary); errors.Is(err, fs.ErrNotExist) {
		return nil, true
	}
	lock, err := hold(l.temporary)
	if err != nil || lock == nil {
		return nil, false
	}
	return func() { lock.Close() }, true
}

// removeLeftovers removes what killed processes have left beside a target and returns the
// paths. Datasets that were moved aside go only when another one stands in their place and is
// to be replaced, too.
func removeLeftovers(target string, overwrite bool) []string {
	var removed []string
	for _, l := range findLeft(target, "") {
		release, ok := l.abandoned()
		if release == nil {
			continue
		}
		if ok && looksUnfinished(l.temporary) && os.RemoveAll(l.temporary) == nil {
			removed = append(removed, l.temporary)
		}
		release()
	}
	if _, err := os.Lstat(target); err != nil || !overwrite {
		return removed
	}
	for _, l := range findLeft(target, oldSuffix) {
		release, ok := l.abandoned()
		if release != nil {
			release()
		}
		if old := l.temporary + oldSuffix; ok && looksUnfinished(old) && os.RemoveAll(old) == nil {
			removed = append(removed, old)
		}
	}
	return removed
}

// looksUnfinished reports whether a path can be ours: a file, or a folder that holds nothing
// but what a dataset has. Symbolic links are not ours.
func looksUnfinished(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() {
		return err == nil && info.Mode().IsRegular()
	}
	entries, err := os.ReadDir(path)
	return err == nil && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !slices.Contains([]string{schemas.Packets.Name, schemas.Connections.Name, ManifestName, viewsName}, e.Name())
	})
}

// putBack gives a dataset its place again that a process had moved aside when it was killed,
// before the new one stood there.
func putBack(dir string) {
	target, err := resolve(dir)
	if err != nil {
		return
	}
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	for _, l := range findLeft(target, oldSuffix) {
		release, ok := l.abandoned()
		if ok {
			os.Rename(l.temporary+oldSuffix, target)
		}
		if release != nil {
			release()
		}
	}
}
