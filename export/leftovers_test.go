//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package export

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// gone returns the number of a process that has ended.
func gone(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

// put makes a file, or a folder where the path ends in a slash.
func put(t *testing.T, dir, name string) {
	t.Helper()
	path := filepath.Join(dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil && name[len(name)-1] == '/' {
		err = os.MkdirAll(path, 0o777)
	} else if err == nil {
		err = os.WriteFile(path, nil, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func listed(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// TestLeftovers wants a run to remove what a killed one has left for the same place, and
// nothing else.
func TestLeftovers(t *testing.T) {
	dir, dead, live := t.TempDir(), gone(t), os.Getppid()
	name := func(form string, process int) string { return fmt.Sprintf(form, process) }
	put(t, dir, name(".out.tmp-%d-0/packets/part-00000.parquet", dead))
	put(t, dir, name(".out.tmp-%d-1/", dead))
	put(t, dir, name(".out.tmp-%d-0/", os.Getpid())) // of one that had our number
	kept := []string{
		name(".out.tmp-%d-0", live) + "/",             // somebody is at work
		name(".out.tmp-%d-2/packets/", dead),          // locked below: a process that is not seen here
		name(".out.tmp-%d-3/holidays.jpg", dead),      // not ours
		name(".out.tmp-%d-4-old/manifest.json", dead), // goes with the dataset only
		name(".out.tmp-%d", dead), name(".out.tmp-%d-x", dead), name(".out.tmp-%d-00", dead),
		name(".out.tmp-%d-0.txt", dead), name("out.tmp-%d-0", dead), name(".out2.tmp-%d-0", dead),
	}
	for _, k := range kept {
		put(t, dir, k)
	}
	if err := os.Symlink("/nowhere", filepath.Join(dir, name(".out.tmp-%d-5", dead))); err != nil {
		t.Fatal(err)
	}
	lock, err := hold(filepath.Join(dir, name(".out.tmp-%d-2", dead)))
	if err != nil || lock == nil {
		t.Fatalf("no lock: %v", err)
	}
	defer lock.Close()
	put(t, dir, "out/")
	before := listed(t, dir)
	d, err := CreateDataset(filepath.Join(dir, "out"), false, Options{}, named("packets"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Abort()
	var removed []string
	for _, p := range d.Leftovers() {
		removed = append(removed, filepath.Base(p))
	}
	want := []string{name(".out.tmp-%d-0", dead), name(".out.tmp-%d-1", dead), name(".out.tmp-%d-0", os.Getpid())}
	slices.Sort(want)
	if !slices.Equal(removed, want) {
		t.Errorf("removed %q, want %q", removed, want)
	}
	left := slices.DeleteFunc(before, func(n string) bool { return slices.Contains(want, n) })
	if got := listed(t, dir); !slices.Equal(got, left) {
		t.Errorf("left\n%q, want\n%q", got, left)
	}
}

// TestKilledWhileReplacing wants the old dataset in its place again where a process was killed
// before the new one stood there, and gone where it was killed after.
func TestKilledWhileReplacing(t *testing.T) {
	dir, dead := t.TempDir(), gone(t)
	out := filepath.Join(dir, "out")
	x := randomRows(rand.New(rand.NewPCG(1, 2)), &everyType, 200)
	if err := writeDataset(t, out, false, x, Options{}); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, fmt.Sprintf(".out.tmp-%d-0-old", dead))
	if err := os.Rename(out, old); err != nil {
		t.Fatal(err)
	}
	put(t, dir, fmt.Sprintf(".out.tmp-%d-0/manifest.json", dead))
	if err := writeDataset(t, out, false, x, Options{}); err == nil {
		t.Error("the old dataset was written over")
	}
	if _, err := ReadManifest(out); err != nil {
		t.Errorf("the old dataset is not back: %v", err)
	}
	put(t, dir, filepath.Base(old)+"/packets/part-00000.parquet")
	if err := writeDataset(t, out, true, x, Options{}); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, dir); !slices.Equal(got, []string{"out"}) {
		t.Errorf("left: %q", got)
	}
}

// TestRemoveUnfinished wants nothing left of what is being written, folders around it included, and what is finished to stay.
func TestRemoveUnfinished(t *testing.T) {
	dir := t.TempDir()
	done, err := OpenPlainFile(filepath.Join(dir, "done"), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := done.Finish(); err != nil {
		t.Fatal(err)
	}
	d, err := CreateDataset(filepath.Join(dir, "new", "er", "out"), false, Options{}, named("packets"), named("connections"))
	if err != nil {
		t.Fatal(err)
	}
	if got := RemoveUnfinished(); !slices.Equal(got, []string{filepath.Join(dir, "new", "er", "out")}) {
		t.Errorf("removed %q", got)
	}
	if got := listed(t, dir); !slices.Equal(got, []string{"done"}) {
		t.Errorf("left: %q", got)
	}
	if err := d.Finish(Manifest{}); err == nil {
		t.Error("the dataset appeared")
	}
	if got := listed(t, dir); !slices.Equal(got, []string{"done"}) {
		t.Errorf("left after Finish: %q", got)
	}
}

func TestIsUnfinished(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]bool{
		".out.tmp-7-0/packets/": true, ".out.tmp-7-12-old/manifest.json": true, ".x.parquet.tmp-7-0": true, ".a.tmp-1-1.tmp-7-0": true,
		"out.tmp-7-0": false, ".out.tmp-7": false, ".out.tmp-07-0": false, ".out.tmp-0-0": false, ".out.tmp-7-x": false, ".out.tmp-7-0-older": false,
		".tmp-7-0": false, ".mine.tmp-7-0/notes.txt": false, ".none.tmp-7-0": false,
	} {
		top, _, _ := strings.Cut(name, "/")
		if top != ".none.tmp-7-0" {
			put(t, dir, name)
		}
		if got := IsUnfinished(filepath.Join(dir, top)); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestFolders wants the folders that were made for an output to go with it, but for those that hold something by then.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenPlainFile(filepath.Join(dir, "a", "b", "c", "out"), false)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "a/note.txt")
	if err := f.Abort(); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, filepath.Join(dir, "a")); !slices.Equal(got, []string{"note.txt"}) {
		t.Errorf("left: %q", got)
	}
	if _, err := OpenPlainFile(filepath.Join(dir, "a", "note.txt", "out"), false); err == nil {
		t.Error("a folder was made in a file")
	}
	if f, err = OpenPlainFile(filepath.Join(dir, "d", "out"), false); err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, filepath.Join(dir, "d")); !slices.Equal(got, []string{"out"}) {
		t.Errorf("left: %q", got)
	}
}

// TestFoldersVanish wants an output although a run that failed takes its folder away at the worst moment.
func TestFoldersVanish(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "new")
	once := sync.OnceFunc(func() { removeFolders([]string{parent}) })
	a, err := newAside(filepath.Join(parent, "out"), false, func(temporary string) error {
		once()
		return os.Mkdir(temporary, 0o777)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(a.temporary); err != nil {
		t.Fatal(err)
	}
	a.done()
	if got := listed(t, filepath.Dir(parent)); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
}
