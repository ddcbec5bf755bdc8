package corpus

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// tree makes files and returns their folder.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func names(list []Capture) string {
	var all []string
	for _, c := range list {
		all = append(all, c.Name)
	}
	return strings.Join(all, " ")
}

func TestFind(t *testing.T) {
	dir := tree(t, "b/one.pcap", "a/two.pcapng.gz", "README.md", "a/.hidden", "a/notes.txt", ".git/x.pcap", "plain")
	got, err := Find([]string{dir, filepath.Join(dir, "plain")})
	if err != nil {
		t.Fatal(err)
	}
	if want := "a/two.pcapng.gz b/one.pcap plain"; names(got) != want {
		t.Errorf("got %s, want %s", names(got), want)
	}
	if _, err := Find([]string{filepath.Join(dir, "a", ".hidden")}); err != nil {
		t.Errorf("a file that is named is a capture whatever its name: %v", err)
	}
	if _, err := Find([]string{t.TempDir()}); err == nil {
		t.Error("a folder without captures: no error")
	}
}

func TestSample(t *testing.T) {
	var all []string
	for _, folder := range []string{"big", "small"} {
		for i := range map[string]int{"big": 20, "small": 2}[folder] {
			all = append(all, folder+"/"+string(rune('a'+i))+".pcap")
		}
	}
	captures, err := Find([]string{tree(t, all...)})
	if err != nil {
		t.Fatal(err)
	}
	first, err := Sample(captures, "6")
	if err != nil {
		t.Fatal(err)
	}
	again, err := Sample(captures, "6")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, again) || len(first) != 6 {
		t.Errorf("two samples of 6: %s and %s", names(first), names(again))
	}
	if got := strings.Count(names(first), "small/"); got != 1 {
		t.Errorf("sample has %d of the small folder, want 1: %s", got, names(first))
	}
	if got, err := Sample(captures, "all"); err != nil || len(got) != 22 {
		t.Errorf("all: %d captures, %v", len(got), err)
	}
	for _, size := range []string{"0", "-1", "many"} {
		if _, err := Sample(captures, size); err == nil {
			t.Errorf("sample of %q: no error", size)
		}
	}
}
