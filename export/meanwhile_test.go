package export

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRemovedMeanwhile removes what is being written, and wants an error that says so and nothing that looks whole: an open
// file that has no name any more takes bytes as before.
func TestRemovedMeanwhile(t *testing.T) {
	x := randomRows(rand.New(rand.NewPCG(1, 2)), &everyType, 400)
	for _, test := range []struct {
		name   string
		rows   int // after the removal
		remove func(temporary string) error
		want   string
	}{
		{"folder, a part begins", 100, os.RemoveAll, "the output, or the folder around it, was removed or moved"},
		{"folder, a part ends", 10, os.RemoveAll, "the output, or the folder around it, was removed or moved"},
		{"one part", 100, func(dir string) error { return os.Remove(filepath.Join(dir, "packets", "part-00000.parquet")) },
			"was removed or moved while it was written; run again"},
		{"one part is another", 100, func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "packets", "part-00000.parquet"), []byte("PAR1"), 0o666)
		}, "part-00000.parquet has 4 bytes in place of "},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			d, err := CreateDataset(filepath.Join(dir, "x"), false, Options{PartRows: 100}, named("packets"), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Packets().Write(x.batch(&everyType, 0, 250), nil); err != nil {
				t.Fatal(err)
			}
			if err := test.remove(d.names.temporary); err != nil {
				t.Fatal(err)
			}
			written := d.Packets().Write(x.batch(&everyType, 250, 250+test.rows), nil)
			if written != nil && !errors.Is(written, fs.ErrNotExist) {
				t.Error(written)
			}
			err = d.Finish(Manifest{})
			if err == nil || !strings.HasPrefix(err.Error(), "export: finishing "+dir) || strings.Count(err.Error(), test.want) != 1 {
				t.Errorf("%v\nwant %s", err, test.want)
			}
			if got := names(t, dir); len(got) != 0 {
				t.Errorf("left behind: %q", got)
			}
		})
	}
}

// TestAppearedMeanwhile wants a file that somebody else has put in the place of the output to stay.
func TestAppearedMeanwhile(t *testing.T) {
	for _, overwrite := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "y.parquet")
		f, err := OpenFile(path, overwrite, everyType, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("theirs"), 0o666); err != nil {
			t.Fatal(err)
		}
		err = f.Finish()
		text, _ := os.ReadFile(path)
		if overwrite == (err != nil) || errors.Is(err, ErrExists) == overwrite || (string(text) == "theirs") == overwrite {
			t.Errorf("overwrite %t: %v, %q", overwrite, err, text)
		}
		if got := names(t, filepath.Dir(path)); len(got) != 1 {
			t.Errorf("left behind: %q", got)
		}
	}
}
