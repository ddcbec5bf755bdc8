package scenario

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// buildProgram builds the command teardown and returns its path.
func buildProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "teardown")
	cmd := exec.Command("go", "build", "-o", path, "../../cmd/teardown")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// TestScenariosByProgram converts the captures with the program and reads the Parquet files with
// another library's reader.
func TestScenariosByProgram(t *testing.T) {
	program := buildProgram(t)
	for n, w := range Worlds(load(t)) {
		dir := t.TempDir()
		file, out := filepath.Join(dir, "scenarios.pcap"), filepath.Join(dir, "out")
		if err := os.WriteFile(file, w.Capture(), 0o644); err != nil {
			t.Fatal(err)
		}
		args := []string{"convert", file, "-o", out, "--quiet"}
		if w.MaxConnections > 0 {
			args = append(args, "--max-connections", strconv.Itoa(w.MaxConnections))
		}
		if text, err := exec.Command(program, args...).CombinedOutput(); err != nil {
			t.Fatalf("teardown %v: %v\n%s", args, err, text)
		}
		packets := readParquet(t, filepath.Join(out, "packets"))
		if len(packets) != w.Frames() {
			t.Fatalf("%d rows for %d frames", len(packets), w.Frames())
		}
		var connections []Row
		for _, row := range readParquet(t, filepath.Join(out, "connections")) {
			if row = ConnectionRow(row); row != nil {
				connections = append(connections, row)
			}
		}
		for _, row := range packets {
			PacketRow(row)
		}
		r, err := w.Localise(packets, connections)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range w.Scenarios {
			t.Run(fmt.Sprintf("%s/%d", s.Name, n), func(t *testing.T) {
				if report := w.Judge(r, i, Judgement{}); report != "" {
					t.Error(report)
				}
			})
		}
	}
}

// readParquet returns the rows of all parts of a table as text.
func readParquet(t *testing.T, dir string) []Row {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil || parts == nil {
		t.Fatalf("no Parquet files in %s: %v", dir, err)
	}
	var all []Row
	for _, part := range parts {
		f, err := os.Open(part)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r := parquet.NewReader(f)
		columns := r.Schema().Columns()
		buf := make([]parquet.Row, 64)
		for {
			n, err := r.ReadRows(buf)
			for _, values := range buf[:n] {
				row := Row{}
				for _, v := range values {
					if v.IsNull() {
						continue
					}
					name := columns[v.Column()][0]
					if v.RepetitionLevel() > 0 {
						row[name] += "," + v.String()
					} else {
						row[name] = v.String()
					}
				}
				all = append(all, row)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		r.Close()
	}
	return all
}
