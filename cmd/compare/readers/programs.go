package readers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// programs are the readers: a Python below .tools, a script of testdata/readers
// and the argument before the datasets.
var programs = []struct {
	name, python, script, which string
	arrow                       bool
}{
	{"pyarrow", "venv", "read_local.py", "pyarrow", false},
	{"pandas", "venv", "read_local.py", "pandas", false},
	{"polars", "venv", "read_local.py", "polars", false},
	{"duckdb", "venv", "read_local.py", "duckdb", false},
	{"arrow", "venv", "read_local.py", "arrow", true},
	{"spark 3.5", "spark35", "read_spark.py", "", false},
	{"spark 4", "spark4", "read_spark.py", "", false},
}

// readAll runs every reader over the datasets and hands on what each of them saw.
func readAll(ctx context.Context, datasets []datasetDir, each func(program string, all []seen) error) error {
	root, err := tools.Root()
	if err != nil {
		return err
	}
	for _, p := range programs {
		python, err := tools.Path(p.python + "/bin/python")
		if err != nil {
			return err
		}
		args := []string{filepath.Join(root, "testdata", "readers", p.script)}
		if p.which != "" {
			args = append(args, p.which)
		}
		dirs := 0
		for _, d := range datasets {
			if d.arrow == p.arrow {
				args = append(args, d.dir)
				dirs++
			}
		}
		if dirs == 0 {
			continue
		}
		all, err := read(ctx, python, args)
		if err != nil {
			return fmt.Errorf("readers: %s: %w", p.name, err)
		}
		if want := dirs * len(tables); len(all) != want {
			return fmt.Errorf("readers: %s saw %d tables, want %d", p.name, len(all), want)
		}
		if err := each(p.name, all); err != nil {
			return err
		}
	}
	return nil
}

func read(ctx context.Context, python string, args []string) ([]seen, error) {
	var messages bytes.Buffer
	cmd := exec.CommandContext(ctx, python, args...)
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		const enough = 3000
		text := messages.Bytes()
		return nil, fmt.Errorf("%w\n%s", err, text[max(0, len(text)-enough):])
	}
	var all []seen
	for lines := json.NewDecoder(bytes.NewReader(out)); ; {
		var s seen
		switch err := lines.Decode(&s); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, s)
	}
}
