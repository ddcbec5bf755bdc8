//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/pcap-teardown/teardown/cmd/capgen/mix"
)

// teardown runs a command in this process and wants it to end well.
func teardown(t *testing.T, args ...string) {
	t.Helper()
	var stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &console{out: &stderr}}
	if status := a.run(context.Background(), args); status != exitDone {
		t.Fatalf("teardown %v: exit status %d\n%s", args, status, stderr.Bytes())
	}
}

// A grid is a table as text.
type grid struct {
	names []string
	rows  [][]string
}

// loadTable reads all parts of a table of a dataset.
func loadTable(t *testing.T, dir, table string) grid {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, table, "part-*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no parts: %v", dir, err)
	}
	var g grid
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		g.names = nil
		for _, column := range f.Schema().Columns() {
			g.names = append(g.names, column[0])
		}
		for _, group := range f.RowGroups() {
			reader := group.Rows()
			buffer := make([]parquet.Row, 64)
			for {
				n, err := reader.ReadRows(buffer)
				for _, row := range buffer[:n] {
					g.rows = append(g.rows, textOf(row, len(g.names)))
				}
				if err != nil {
					break
				}
			}
			reader.Close()
		}
	}
	return g
}

func (g *grid) index(name string) int { return slices.Index(g.names, name) }

// cutCapture writes the packets of a pcap or pcapng file, chosen by their number from 0, to
// pieces. It returns the names of the pieces.
func cutCapture(t *testing.T, path, dir string, pieces int, piece func(packet int) int) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]bytes.Buffer, pieces)
	packet := 0
	const packetBlock = 6
	if binary.LittleEndian.Uint32(data) == 0x0a0d0d0a {
		for len(data) > 0 {
			n := binary.LittleEndian.Uint32(data[4:])
			for i := range out {
				if binary.LittleEndian.Uint32(data) != packetBlock || i == piece(packet) {
					out[i].Write(data[:n])
				}
			}
			if binary.LittleEndian.Uint32(data) == packetBlock {
				packet++
			}
			data = data[n:]
		}
	} else {
		for i := range out {
			out[i].Write(data[:24])
		}
		for data = data[24:]; len(data) > 0; packet++ {
			n := 16 + binary.LittleEndian.Uint32(data[8:])
			out[piece(packet)].Write(data[:n])
			data = data[n:]
		}
	}
	var names []string
	for i := range out {
		name := filepath.Join(dir, fmt.Sprintf("piece-%03d.cap", i))
		if err := os.WriteFile(name, out[i].Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// byFile are the columns whose values speak of files, streams of files, and frame numbers.
var byFile = []string{"file", "frame", "conn_id", "tcp_stream", "rst_offender_frame", "first_frame", "last_frame", "teardown_frame",
	"first_rst_frame", "first_rst_offender_frame", "wireshark_completeness"}

// withoutFiles returns the rows as text without these columns; connections are numbered as
// they come.
func withoutFiles(g grid, connections map[string]int) []string {
	id := g.index("conn_id")
	var rows []string
	for _, row := range g.rows {
		text := []string{"-"}
		if row[id] != "-" {
			n, ok := connections[row[id]]
			if !ok {
				n = len(connections)
				connections[row[id]] = n
			}
			text[0] = fmt.Sprint(n)
		}
		for i, name := range g.names {
			if !slices.Contains(byFile, name) {
				text = append(text, name+"="+row[i])
			}
		}
		rows = append(rows, strings.Join(text, " "))
	}
	return rows
}

// TestJoinedPieces cuts captures, one after the other and like cards that are dealt, and
// wants the joined pieces to have the packets and connections of the whole.
func TestJoinedPieces(t *testing.T) {
	generated := filepath.Join(t.TempDir(), "small.pcap")
	f, err := os.Create(generated)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mix.Lookup("small")
	if err != nil {
		t.Fatal(err)
	}
	m.Live = 200
	if err := mix.Write(f, m, 20000, 1); err != nil {
		t.Fatal(err)
	}
	f.Close()
	captures := []string{generated, "../../testdata/captures/web.pcapng", "../../testdata/captures/mixed.pcap"}
	lab, err := filepath.Glob("../../testdata/lab/captures/*-v4.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(lab); i += len(lab) / 8 {
		captures = append(captures, lab[i])
	}
	for _, path := range captures {
		t.Run(filepath.Base(path), func(t *testing.T) {
			dir := t.TempDir()
			whole := filepath.Join(dir, "whole")
			teardown(t, "convert", path, "-o", whole)
			packets, connections := loadTable(t, whole, "packets"), loadTable(t, whole, "connections")
			n := len(packets.rows)
			wantIDs := map[string]int{}
			wantPackets := withoutFiles(packets, wantIDs)
			wantConnections := withoutFiles(connections, wantIDs)
			pieces := cutCapture(t, path, dir, 3, func(packet int) int { return min(packet*3/n, 2) })
			for i, args := range [][]string{{"--workers", "1"}, {"--workers", "3"}} {
				joined := filepath.Join(dir, fmt.Sprint("joined", i))
				teardown(t, slices.Concat([]string{"convert", "--join", "-o", joined}, args, pieces)...)
				ids := map[string]int{}
				compareLines(t, withoutFiles(loadTable(t, joined, "packets"), ids), wantPackets)
				compareLines(t, withoutFiles(loadTable(t, joined, "connections"), ids), wantConnections)
			}
			checkFiles(t, filepath.Join(dir, "joined0"))
		})
	}
}

// checkFiles wants the file of a connection to be that of its first packet, and no stream.
func checkFiles(t *testing.T, dir string) {
	t.Helper()
	packets, connections := loadTable(t, dir, "packets"), loadTable(t, dir, "connections")
	first := map[string][]string{} // by conn_id: file, frame
	for _, row := range packets.rows {
		if id := row[packets.index("conn_id")]; first[id] == nil {
			first[id] = []string{row[packets.index("file")], row[packets.index("frame")], row[packets.index("tcp_stream")]}
		}
	}
	for _, row := range connections.rows {
		got := []string{row[connections.index("file")], row[connections.index("first_frame")], row[connections.index("tcp_stream")]}
		if want := first[row[connections.index("conn_id")]]; !slices.Equal(got, want) {
			t.Errorf("connection %s: file, first frame, stream %v, want %v", row[0], got, want)
		}
		if got[2] != "-" {
			t.Errorf("connection %s has stream %s", row[0], got[2])
		}
	}
}

func compareLines(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("row %d:\n%s\nwant:\n%s", i, got[i], want[i])
		}
	}
}

// TestJoinedDealt deals the packets of a capture to pieces: in the world each has its place
// again, because times differ.
func TestJoinedDealt(t *testing.T) {
	const path = "../../testdata/captures/web.pcapng"
	dir := t.TempDir()
	whole, joined := filepath.Join(dir, "whole"), filepath.Join(dir, "joined")
	teardown(t, "convert", path, "-o", whole)
	pieces := cutCapture(t, path, dir, 5, func(packet int) int { return packet * 7 % 5 })
	teardown(t, slices.Concat([]string{"convert", "--join", "-o", joined}, pieces)...)
	ids, wantIDs := map[string]int{}, map[string]int{}
	compareLines(t, withoutFiles(loadTable(t, joined, "packets"), ids), withoutFiles(loadTable(t, whole, "packets"), wantIDs))
	got, want := withoutFiles(loadTable(t, joined, "connections"), ids), withoutFiles(loadTable(t, whole, "connections"), wantIDs)
	slices.Sort(got) // those that end with the capture are in the order of conn_id
	slices.Sort(want)
	compareLines(t, got, want)
	checkFiles(t, joined)
}
