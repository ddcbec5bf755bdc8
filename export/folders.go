package export

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// makeFolders makes a folder and those around it, and returns the ones that it made, the innermost first, also
// where it fails.
func makeFolders(path string) (made []string, err error) {
	var missing []string
	for dir := path; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, dir)
	}
	for _, dir := range slices.Backward(missing) {
		if os.Mkdir(dir, 0o777) == nil {
			made = append([]string{dir}, made...)
		}
	}
	return made, os.MkdirAll(path, 0o777) // another process may have made it; this says what is in the way
}

// removeFolders removes those that nobody has put anything into.
func removeFolders(made []string) {
	for _, dir := range made {
		os.Remove(dir) // never a folder that holds something
	}
}
