//go:build unix

package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// TestPartitionViews queries a dataset in folders with the SQL that stands in it.
func TestPartitionViews(t *testing.T) {
	duckdb := tools.Need(t, "venv/bin/duckdb")
	for _, test := range []struct{ by, query, want string }{
		{"hour", "SELECT date, hour, count(*) FROM packets GROUP BY ALL ORDER BY ALL", "2026-03-14,9,42\n2026-03-14,15,44\n"},
		{"hour", "SELECT typeof(date), typeof(hour), count(*) FROM connections GROUP BY ALL", "DATE,BIGINT,19\n"},
		{"date", "SELECT date, count(*), count(teardown) FROM packets_with_connections GROUP BY ALL", "2026-03-14,86,66\n"},
		{"date", "SELECT count(*) FROM packets WHERE date = DATE '2026-03-14'", "86\n"},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		teardown(t, "convert", "../../testdata/captures/web.pcapng", "../../testdata/captures/mixed.pcap", "-o", dir, "--partition-by", test.by)
		cmd := exec.Command(duckdb, "-csv", "-noheader", "-init", "views.sql", "-c", test.query)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", test.query, err)
		}
		if got := strings.ReplaceAll(string(out), "\r", ""); got != test.want {
			t.Errorf("%s: %q, want %q", test.query, got, test.want)
		}
	}
}

// TestPartitionNull wants rows without time to be null in the partition, not something else.
func TestPartitionNull(t *testing.T) {
	duckdb := tools.Need(t, "venv/bin/duckdb")
	dir := filepath.Join(t.TempDir(), "out")
	teardown(t, "convert", "../../testdata/captures/web.pcapng", "-o", dir, "--partition-by", "hour", "--filter", "port 1")
	cmd := exec.Command(duckdb, "-csv", "-noheader", "-init", "views.sql", "-c", "SELECT count(*), count(date), count(hour) FROM packets")
	cmd.Dir = dir
	if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != "0,0,0" {
		t.Errorf("%q, %v", out, err)
	}
}
