package readers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// tryViews moves a dataset, changes into its folder, starts DuckDB's command line
// with its views.sql and counts the rows of every view. It returns what is wrong.
func tryViews(ctx context.Context, d datasetDir, rows map[string]int) ([]string, error) {
	duckdb, err := tools.Path("venv/bin/duckdb")
	if err != nil {
		return nil, err
	}
	moved := d.dir + " moved"
	if err := os.Rename(d.dir, moved); err != nil {
		return nil, err
	}
	defer os.Rename(moved, d.dir)
	query := func(sql string) ([]string, error) {
		var out, messages bytes.Buffer
		// -init instead of the user's own ~/.duckdbrc
		cmd := exec.CommandContext(ctx, duckdb, "-init", "views.sql", "-csv", "-noheader", "-c", sql)
		cmd.Dir, cmd.Stdout, cmd.Stderr = moved, &out, &messages
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, messages.String())
		}
		return strings.Fields(out.String()), nil
	}
	views, err := query("select view_name from duckdb_views() where not internal order by 1")
	if err != nil {
		return []string{fmt.Sprintf("%s: duckdb -init views.sql: %v", d.about, err)}, nil
	}
	var wrong []string
	counts := map[string]string{}
	for _, view := range views {
		got, err := query(`select count(*) from "` + view + `"`)
		if err != nil || len(got) != 1 {
			wrong = append(wrong, fmt.Sprintf("%s: view %s: %q, %v", d.about, view, got, err))
			continue
		}
		counts[view] = got[0]
	}
	for table, n := range rows {
		if counts[table] != strconv.Itoa(n) {
			wrong = append(wrong, fmt.Sprintf("%s: view %s of %s has %q rows, want %d", d.about, table, filepath.Base(d.dir), counts[table], n))
		}
	}
	if len(views) < len(rows)+1 {
		wrong = append(wrong, fmt.Sprintf("%s: views.sql has the views %v, want packets, connections and a joined one", d.about, views))
	}
	return wrong, nil
}
