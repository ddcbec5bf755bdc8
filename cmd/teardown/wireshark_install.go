package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pcap-teardown/teardown/lua"
)

// markerName is the file that says what teardown wrote into a folder.
const markerName = "teardown.json"

// recentName is a file that Wireshark writes again whenever it ends with the profile: widths of
// columns and the like. It is written where it is missing, and goes with the profile.
const recentName = "recent"

// A wiresharkMarker is the content of that file.
type wiresharkMarker struct {
	WrittenBy string            `json:"written_by"`
	Version   string            `json:"version"`
	Files     map[string]string `json:"files"`   // SHA-256 by name
	Folders   []string          `json:"folders"` // those that had to be made, the outermost first
}

// A wiresharkPackage is one folder that is installed: the plugin or the profile.
type wiresharkPackage struct {
	what  string
	dir   string
	files map[string][]byte
	whole bool // nothing of it is of use alone
}

// packagesOf returns what is installed, and where Wireshark wants it.
func packagesOf(ctx context.Context, tshark string) ([]*wiresharkPackage, error) {
	f, err := foldersOf(ctx, tshark)
	if err != nil {
		return nil, err
	}
	return packages(f), nil
}

// packages returns what is installed, and where.
func packages(f wiresharkFolders) []*wiresharkPackage {
	return []*wiresharkPackage{
		{"plugin", filepath.Join(f.plugins, "teardown"), pluginFiles(), true},
		{"profile", filepath.Join(f.config, "profiles", lua.ProfileName), profileFiles(), false},
	}
}

// pluginFiles returns the files of the plugin under the names that they have when installed.
func pluginFiles() map[string][]byte {
	files := map[string][]byte{}
	for name, text := range contents(lua.Files, ".") {
		if name == lua.Main {
			name = lua.InstalledMain
		} else {
			name = strings.TrimSuffix(name, ".lua") + lua.InstalledSuffix
		}
		files[name] = text
	}
	return files
}

func profileFiles() map[string][]byte { return contents(lua.Profile, lua.ProfileFolder) }

// contents returns the files of a folder of the program.
func contents(files fs.ReadDirFS, dir string) map[string][]byte {
	entries, err := files.ReadDir(dir)
	if err != nil {
		panic(err) // they are part of the program
	}
	all := map[string][]byte{}
	for _, e := range entries {
		name := e.Name()
		if dir != "." {
			name = dir + "/" + name
		}
		if all[e.Name()], err = fs.ReadFile(files, name); err != nil {
			panic(err)
		}
	}
	return all
}

// marker reads the marker; nil where teardown has not written into the folder.
func (p *wiresharkPackage) marker() (*wiresharkMarker, error) {
	path := filepath.Join(p.dir, markerName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	m := &wiresharkMarker{}
	if err := json.Unmarshal(text, m); err != nil || m.Version == "" || !m.sane() {
		return nil, fmt.Errorf("%s does not say what teardown wrote; remove the folder by hand if it is not needed", path)
	}
	return m, nil
}

// sane reports whether the marker names only files beside it.
func (m *wiresharkMarker) sane() bool {
	for name := range m.Files {
		if name != filepath.Base(name) || name == "." || name == ".." {
			return false
		}
	}
	return true
}

// state says in words what is in the folder.
func (p *wiresharkPackage) state() string {
	m, err := p.marker()
	switch {
	case err != nil:
		return err.Error()
	case m != nil:
		return "installed, version " + m.Version
	case isFolder(p.dir):
		return "not installed; something else is there"
	}
	return "not installed"
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// hashOfFile returns the hash of a file, "" where there is none.
func hashOfFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return hashOf(text), nil
}

// check says what is in the way: files of somebody else, and without force also changed ones.
func (p *wiresharkPackage) check(force bool) error {
	m, err := p.marker()
	if err != nil {
		return err
	}
	if m == nil {
		entries, err := os.ReadDir(p.dir)
		others := slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() != recentName })
		if others || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there and was not written by teardown; move it away and try again; nothing was written", p.dir)
		}
		m = &wiresharkMarker{}
	}
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		path := filepath.Join(p.dir, name)
		have, err := hashOfFile(path)
		wrote, ours := m.Files[name]
		switch {
		case err != nil:
			return err
		case have == "" || have == wrote || have == hashOf(p.files[name]) || name == recentName:
		case !ours:
			return fmt.Errorf("%s was not written by teardown; move it away and try again; nothing was written", path)
		case !force:
			return fmt.Errorf("%s was changed since teardown wrote it; --force replaces it; nothing was written", path)
		}
	}
	return nil
}

// write puts the files into the folder and removes those of earlier versions. The marker is first:
// whatever happens, no file is there that it does not name.
func (p *wiresharkPackage) write() error {
	before, err := p.marker()
	if err != nil {
		return err
	}
	m := &wiresharkMarker{WrittenBy: "teardown wireshark install", Version: toolVersion, Files: map[string]string{}}
	if before != nil {
		m.Folders = before.Folders
	}
	made, err := makeFolders(p.dir)
	if err != nil {
		return err
	}
	m.Folders = append(m.Folders, made...)
	for name, text := range p.files {
		m.Files[name] = hashOf(text)
	}
	stays, err := p.keepRecent(before)
	if err != nil {
		return err
	}
	if stays && before == nil {
		delete(m.Files, recentName)
	}
	if err := p.writeMarker(m); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		if name == recentName && stays {
			continue
		}
		if err := replaceFile(filepath.Join(p.dir, name), p.files[name]); err != nil {
			return err
		}
	}
	if before == nil {
		return nil
	}
	for name, wrote := range before.Files {
		path := filepath.Join(p.dir, name)
		if _, stays := p.files[name]; stays {
			continue
		}
		if have, err := hashOfFile(path); err == nil && have == wrote {
			os.Remove(path)
		}
	}
	return nil
}

// keepRecent reports whether Wireshark, or somebody, has written recentName.
func (p *wiresharkPackage) keepRecent(before *wiresharkMarker) (bool, error) {
	have, err := hashOfFile(filepath.Join(p.dir, recentName))
	return have != "" && (before == nil || have != before.Files[recentName]), err
}

func (p *wiresharkPackage) writeMarker(m *wiresharkMarker) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(p.dir, markerName), append(text, '\n'))
}

// makeFolders makes a folder and returns those that had to be made, the outermost first.
func makeFolders(dir string) ([]string, error) {
	var missing []string
	for d := dir; !isFolder(d); d = filepath.Dir(d) {
		missing = append([]string{d}, missing...)
		if filepath.Dir(d) == d {
			break
		}
	}
	return missing, os.MkdirAll(dir, 0o755)
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, text []byte) error {
	temporary := path + ".tmp"
	if err := os.WriteFile(temporary, text, 0o644); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		os.Remove(temporary)
		return err
	}
	return nil
}

// remove removes what the marker names, and the folders that were made for it and are empty.
// It returns the changed files that stay; of a whole package everything stays with them.
func (p *wiresharkPackage) remove(force bool) (kept []string, err error) {
	m, err := p.marker()
	if m == nil || err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		path := filepath.Join(p.dir, name)
		have, err := hashOfFile(path)
		if err != nil {
			return nil, err
		}
		if have != "" && have != m.Files[name] && name != recentName && !force {
			kept = append(kept, path)
		}
	}
	if len(kept) > 0 && p.whole {
		return kept, nil
	}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		path := filepath.Join(p.dir, name)
		if slices.Contains(kept, path) {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		delete(m.Files, name)
	}
	if len(kept) > 0 {
		return kept, p.writeMarker(m)
	}
	if err := os.Remove(filepath.Join(p.dir, markerName)); err != nil {
		return nil, err
	}
	for _, dir := range slices.Backward(m.Folders) {
		os.Remove(dir) // fails where something is in it, and that is right
	}
	return nil, nil
}
