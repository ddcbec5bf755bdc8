package export

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
)

// named returns a table of every type under another name.
func named(name string) *schemas.Table {
	t := everyType
	t.Name = name
	return &t
}

// names lists what is in a folder, hidden files too.
func names(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(dir, path); err == nil && !e.IsDir() {
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func writeDataset(t *testing.T, dir string, overwrite bool, x rows, opt Options) error {
	t.Helper()
	d, err := CreateDataset(dir, overwrite, opt, named("packets"), named("connections"))
	if err != nil {
		return err
	}
	var back atomic.Int64
	given := int64(0)
	for lo := 0; lo < x.len(); lo += 70 {
		given++
		if err := d.Packets().Write(x.batch(&everyType, lo, min(lo+70, x.len())), func() { back.Add(1) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Finish(Manifest{SchemaVersion: "7"}); err != nil {
		t.Fatal(err)
	}
	if back.Load() != given {
		t.Errorf("%d of %d batches came back", back.Load(), given)
	}
	return nil
}

// TestDataset writes parts of 100 rows and reads all back.
func TestDataset(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "x")
	x := randomRows(rand.New(rand.NewPCG(1, 2)), &everyType, 250)
	if err := writeDataset(t, dir, false, x, Options{PartRows: 100}); err != nil {
		t.Fatal(err)
	}
	want := []string{"connections/part-00000.parquet", "manifest.json", "packets/part-00000.parquet",
		"packets/part-00001.parquet", "packets/part-00002.parquet", "views.sql"}
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Fatalf("files %q, want %q", got, want)
	}
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := rows{columns: make([][]any, len(everyType.Columns))}
	for i, p := range m.Parts {
		file, err := os.ReadFile(filepath.Join(dir, p.Path))
		if err != nil {
			t.Fatal(err)
		}
		if want := []int64{100, 100, 50, 0}[i]; p.Rows != want || p.Bytes != int64(len(file)) {
			t.Errorf("manifest says %+v; want %d rows, %d bytes", p, want, len(file))
		}
		for c, v := range readParquet(t, file, &everyType).columns {
			got.columns[c] = append(got.columns[c], v...)
		}
	}
	compareRows(t, got, x, &everyType)
	if m.SchemaVersion != "7" || m.Counts.Rows["packets"] != 250 || m.Counts.Rows["connections"] != 0 {
		t.Errorf("manifest %+v", m)
	}
}

// TestDatasetPlace tries what may stand where a dataset shall be.
func TestDatasetPlace(t *testing.T) {
	x := randomRows(rand.New(rand.NewPCG(1, 2)), &everyType, 5)
	dir := filepath.Join(t.TempDir(), "x")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(dir, 0o777))
	must(writeDataset(t, dir, false, x, Options{})) // an empty folder is fine
	if err := writeDataset(t, dir, false, x, Options{}); !errors.Is(err, ErrExists) {
		t.Errorf("existing dataset: %v", err)
	}
	for _, stranger := range []struct{ file, name string }{
		{"notes.ipynb", "notes.ipynb"}, {".cache/x", ".cache"}, {"packets/part-00001.parquet", "packets/part-00001.parquet"},
		{"packets/mine.parquet", "packets/mine.parquet"}, {"connections/date=2026-11-22/part-00000.parquet", "connections/date=2026-11-22"},
	} {
		file, top := filepath.Join(dir, filepath.FromSlash(stranger.file)), filepath.Join(dir, filepath.FromSlash(stranger.name))
		must(os.MkdirAll(filepath.Dir(file), 0o777))
		must(os.WriteFile(file, nil, 0o666))
		var e *StrangerError
		if err := writeDataset(t, dir, true, x, Options{}); !errors.As(err, &e) || filepath.Join(dir, e.Name) != top {
			t.Errorf("%s: %v", stranger.file, err)
		}
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s is gone: %v", stranger.file, err)
		}
		must(os.RemoveAll(top))
	}
	sql := filepath.Join(dir, viewsName)
	must(os.WriteFile(sql, []byte("SELECT 1;"), 0o666))
	var e *StrangerError
	if err := writeDataset(t, dir, true, x, Options{}); !errors.As(err, &e) || e.Name != viewsName || !e.Changed {
		t.Errorf("changed views: %v", err)
	}
	must(os.Remove(sql))
	must(writeDataset(t, dir, true, x, Options{PartRows: 2}))
	must(writeDataset(t, dir, true, x, Options{}))
	if got := names(t, filepath.Dir(dir)); len(got) != 4 {
		t.Errorf("after overwriting: %q", got)
	}
	link := filepath.Join(t.TempDir(), "link")
	must(os.Symlink(dir, link))
	must(writeDataset(t, link, true, x, Options{}))
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v", err)
	}

	foreign := t.TempDir()
	must(os.WriteFile(filepath.Join(foreign, ManifestName), []byte("{}"), 0o666))
	if err := writeDataset(t, foreign, true, x, Options{}); !errors.Is(err, ErrNotDataset) {
		t.Errorf("foreign folder: %v", err)
	}
	file := filepath.Join(foreign, ManifestName)
	if err := writeDataset(t, file, true, x, Options{}); !errors.Is(err, ErrExists) {
		t.Errorf("file: %v", err)
	}
	if got := names(t, foreign); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
}

func TestAbort(t *testing.T) {
	dir := t.TempDir()
	x := randomRows(rand.New(rand.NewPCG(1, 2)), &everyType, 50)
	d, err := CreateDataset(filepath.Join(dir, "x"), false, Options{PartRows: 20}, named("packets"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.Connections() != nil {
		t.Error("a writer of a table that is not written")
	}
	if err := d.Packets().Write(x.batch(&everyType, 0, 50), nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Abort(); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(filepath.Join(dir, "y.parquet"), false, everyType, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Abort(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
}

func TestOpenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "y.parquet")
	x := randomRows(rand.New(rand.NewPCG(1, 2)), &everyType, 50)
	for _, overwrite := range []bool{false, true} {
		f, err := OpenFile(path, overwrite, everyType, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Write(x.batch(&everyType, 0, 50), nil); err != nil {
			t.Fatal(err)
		}
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := OpenFile(path, false, everyType, Options{}); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	compareRows(t, readParquet(t, file, &everyType), x, &everyType)
}

// A failing writer fails after some bytes.
type failing struct{ left int }

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, &fs.PathError{Op: "write", Path: "pipe", Err: syscall.EPIPE}
	}
	return len(b), nil
}

// TestWriteError looks for the cause in errors and for batches that do not come back.
func TestWriteError(t *testing.T) {
	x := randomRows(rand.New(rand.NewPCG(1, 2)), &everyType, 4000)
	for _, left := range []int{0, 3, 100_000} {
		w, err := NewWriter(&failing{left}, everyType, Options{RowGroupRows: 1000, Workers: 3})
		if err != nil {
			t.Fatal(err)
		}
		var back atomic.Int64
		given := int64(0)
		var first error
		for lo := 0; lo < x.len(); lo += 100 {
			given++
			if err := w.Write(x.batch(&everyType, lo, lo+100), func() { back.Add(1) }); first == nil {
				first = err
			}
		}
		if err := w.Close(); !errors.Is(err, syscall.EPIPE) || !strings.Contains(err.Error(), "every_type") {
			t.Errorf("Close: %v", err)
		}
		if first != nil && !errors.Is(first, syscall.EPIPE) {
			t.Errorf("Write: %v", first)
		}
		if back.Load() != given {
			t.Errorf("%d of %d batches came back", back.Load(), given)
		}
	}
}

// TestFinishError wants messages to name the place and the table, and the package once.
func TestFinishError(t *testing.T) {
	dir, x := t.TempDir(), randomRows(rand.New(rand.NewPCG(1, 2)), &everyType, 50)
	dataset, err := CreateDataset(filepath.Join(dir, "x"), false, Options{}, named("packets"), nil)
	if err != nil {
		t.Fatal(err)
	}
	file, err := OpenFile(filepath.Join(dir, "y.parquet"), false, everyType, Options{})
	if err != nil {
		t.Fatal(err)
	}
	dataset.writers[0].(*parts).file.Close()
	file.out.File.Close()
	for _, test := range []struct {
		w      TableWriter
		finish func() error
		want   string
	}{
		{dataset.Packets(), func() error { return dataset.Finish(Manifest{}) }, "export: finishing " + dir + "/x: writing table packets: write "},
		{file, file.Finish, "export: " + dir + "/y.parquet: writing table every_type: write "},
	} {
		if err := test.w.Write(x.batch(&everyType, 0, 50), nil); err != nil {
			t.Fatal(err)
		}
		if err := test.finish(); !errors.Is(err, fs.ErrClosed) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%v\nwant %s", err, test.want)
		}
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
}

func TestOptions(t *testing.T) {
	for _, opt := range []Options{{Compression: "lzo"}, {Format: Arrow, Compression: "gzip"}, {RowGroupRows: -1}, {PartRows: -1}} {
		if _, err := NewWriter(new(bytes.Buffer), everyType, opt); err == nil {
			t.Errorf("%+v: no error", opt)
		}
	}
	if _, err := NewWriter(new(bytes.Buffer), schemas.Table{Name: "x"}, Options{}); err == nil {
		t.Error("no columns: no error")
	}
}
