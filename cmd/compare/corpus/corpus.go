package corpus

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Capture is a file to compare on.
type Capture struct {
	Path string // to open
	Name string // to show: slashes, relative to the argument it was found under
}

// beside lists the endings of files that lie beside captures in a folder.
var beside = []string{".csv", ".md", ".txt", ".json", ".go", ".py"}

// Find returns the captures of the arguments, each a file or a folder to walk,
// ordered by path. In folders, hidden files and those that are by their name
// something else are left out.
func Find(args []string) ([]Capture, error) {
	var found []Capture
	for _, arg := range args {
		err := filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			hidden := strings.HasPrefix(d.Name(), ".") && path != arg
			switch {
			case d.IsDir() && hidden:
				return fs.SkipDir
			case d.IsDir(), hidden:
				return nil
			case path != arg && slices.Contains(beside, filepath.Ext(path)):
				return nil
			}
			if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
				return err
			}
			name, err := filepath.Rel(arg, path)
			if err != nil || name == "." {
				name = filepath.Base(path)
			}
			found = append(found, Capture{Path: path, Name: filepath.ToSlash(name)})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("corpus: %w", err)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("corpus: no captures in %s", strings.Join(args, ", "))
	}
	slices.SortFunc(found, func(a, b Capture) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(found, func(a, b Capture) bool { return a.Path == b.Path }), nil
}

// Choose returns a sample of the captures of the arguments: Find, then Sample.
func Choose(args []string, size string) ([]Capture, error) {
	all, err := Find(args)
	if err != nil {
		return nil, err
	}
	return Sample(all, size)
}

// Sample returns size captures, "all" or a number, spread over the folders in
// proportion to their files, with at least one of each while the number lasts.
// Within a folder the choice depends on nothing but the names.
func Sample(all []Capture, size string) ([]Capture, error) {
	if size == "all" {
		return all, nil
	}
	n, err := strconv.Atoi(size)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("corpus: sample is %q, want \"all\" or a number of captures", size)
	}
	if n >= len(all) {
		return all, nil
	}
	byFolder := map[string][]Capture{}
	var folders []string
	for _, c := range all {
		folder := filepath.Dir(c.Path)
		if byFolder[folder] == nil {
			folders = append(folders, folder)
		}
		byFolder[folder] = append(byFolder[folder], c)
	}
	for _, list := range byFolder {
		slices.SortFunc(list, func(a, b Capture) int {
			return cmp.Or(cmp.Compare(scatter(a.Name), scatter(b.Name)), strings.Compare(a.Name, b.Name))
		})
	}
	var chosen []Capture
	for _, folder := range folders {
		list := byFolder[folder]
		share := max(1, len(list)*n/len(all))
		chosen = append(chosen, list[:min(share, len(list))]...)
	}
	// Rounding leaves the number a little off: the largest folder evens it out.
	largest := slices.MaxFunc(folders, func(a, b string) int { return len(byFolder[a]) - len(byFolder[b]) })
	taken := max(1, len(byFolder[largest])*n/len(all))
	for len(chosen) < n && taken < len(byFolder[largest]) {
		chosen = append(chosen, byFolder[largest][taken])
		taken++
	}
	chosen = chosen[:min(n, len(chosen))]
	slices.SortFunc(chosen, func(a, b Capture) int { return strings.Compare(a.Path, b.Path) })
	return chosen, nil
}

// scatter orders names in a way that has nothing to do with their letters.
func scatter(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}
