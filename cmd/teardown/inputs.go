package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/pcap-teardown/teardown/export"
)

// stdinName is the argument that stands for the standard input.
const stdinName = "-"

// An input is one capture to be read.
type input struct {
	path    string // what to open
	name    string // what the column file says: as given; below a folder argument relative to it
	size    int64  // bytes, or -1 where they are not known (stdin, pipes)
	problem error  // why it cannot be read, or nil
}

// findInputs returns the captures that the arguments stand for, sorted by path. Their
// position in the result is the input index. A folder stands for all files below it, a
// pattern for what it matches where no file has that very name. The output of the run, a file
// or a folder, is left out, and so are unfinished outputs in folders.
func findInputs(args []string, output string) ([]input, error) {
	f := finder{seen: map[string]bool{}, output: absolute(output)}
	if output != "" {
		f.old, _ = os.Stat(output)
	}
	for _, arg := range args {
		if err := f.add(arg); err != nil {
			return nil, err
		}
	}
	sort.SliceStable(f.found, func(i, j int) bool { return f.found[i].path < f.found[j].path })
	return f.found, nil
}

type finder struct {
	found  []input
	seen   map[string]bool // absolute paths, because one file may be found by two arguments
	output string          // absolute, or empty
	old    os.FileInfo     // of what stands there, or nil
}

// isOutput reports whether a path is where the run writes to, also by a link.
func (f *finder) isOutput(path string, info os.FileInfo) bool {
	return f.output != "" && (absolute(path) == f.output || f.old != nil && info != nil && os.SameFile(f.old, info))
}

func (f *finder) add(arg string) error {
	if arg == "" {
		return usagef("an empty name stands among the captures")
	}
	if arg == stdinName {
		if f.seen[stdinName] {
			return usagef("%q (standard input) is given twice", stdinName)
		}
		f.seen[stdinName] = true
		f.found = append(f.found, input{path: stdinName, name: stdinName, size: -1})
		return nil
	}
	info, err := os.Stat(arg)
	if os.IsNotExist(err) && strings.ContainsAny(arg, "*?[") {
		return f.addPattern(arg)
	}
	f.addPath(arg, info, err)
	return nil
}

func (f *finder) addPattern(pattern string) error {
	matches, err := filepath.Glob(pattern)
	if err != nil {
		return usagef("%s: the pattern is not closed; * ? and [a-z] are understood", pattern)
	}
	if len(matches) == 0 {
		f.addPath(pattern, nil, errors.New("no file matches the pattern"))
	}
	for _, m := range matches {
		info, err := os.Stat(m)
		f.addPath(m, info, err)
	}
	return nil
}

// addPath adds a file, or the files below a folder.
func (f *finder) addPath(path string, info os.FileInfo, err error) {
	if err != nil || !info.IsDir() {
		f.addFile(path, path, info, err)
		return
	}
	empty := true // files that another argument has named already count, too
	filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(path, p)
		if err != nil {
			empty = false
			f.addFile(p, filepath.ToSlash(name), nil, err)
			return nil
		}
		if p != path && export.IsUnfinished(p) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(p)
		switch {
		case d.IsDir() && f.isOutput(p, info):
			return fs.SkipDir
		case d.IsDir(), f.isOutput(p, info):
			return nil
		}
		if err == nil && info.IsDir() {
			err = errors.New("a symbolic link to a folder is not followed; give the folder itself")
		} else if err == nil && !info.Mode().IsRegular() {
			err = errors.New("not a regular file")
		}
		empty = false
		f.addFile(p, filepath.ToSlash(name), info, err)
		return nil
	})
	if empty {
		f.addFile(path, path, nil, errors.New("the folder holds no files"))
	}
}

func (f *finder) addFile(path, name string, info os.FileInfo, err error) {
	if f.isOutput(path, info) {
		return
	}
	if key := absolute(path); f.seen[key] {
		return
	} else {
		f.seen[key] = true
	}
	in := input{path: path, name: validName(name), size: -1, problem: err}
	if err == nil && info.Mode().IsRegular() {
		in.size = info.Size()
	}
	f.found = append(f.found, in)
}

// validName returns a name as it stands in the tables, whose strings are UTF-8.
func validName(name string) string { return strings.ToValidUTF8(name, "\ufffd") }

// absolute returns the path from the root, so that two spellings of one path are equal.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
