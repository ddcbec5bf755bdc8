//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// runVerify returns the exit status and the messages of teardown verify.
func runVerify(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &console{out: &out}}
	status := a.run(context.Background(), slices.Concat([]string{"verify"}, args))
	return status, out.String()
}

var verified = []string{"../../testdata/captures/web.pcapng", "../../testdata/captures/mixed.pcap"}

// TestVerifyIntact wants nothing to be wrong with what convert writes.
func TestVerifyIntact(t *testing.T) {
	for _, flags := range []string{
		"", "--join", "--partition-by hour --part-rows 7", "--partition-by date --join", "--format arrow", "--filter tcp --limit 30", "--no-payload --max-streams 3",
		"--table packets", "--table connections", "--columns conn_id,teardown", "--connections zeek", "--idle-other 500ms --community-id-seed 7",
		"--part-rows 10 --row-group-rows 3", "--from 2026-03-14T09:26:54Z",
	} {
		t.Run(flags, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			teardown(t, slices.Concat([]string{"convert", "-o", dir}, strings.Fields(flags), verified)...)
			for _, args := range [][]string{{dir}, {dir, "--captures", verified[1], "--captures", verified[0]}, {dir, "--captures", "../../testdata/captures/*.pcap*", "--workers", "1"}} {
				if status, out := runVerify(t, args...); status != exitDone {
					t.Errorf("%v: exit status %d\n%s", args, status, out)
				}
			}
		})
	}
}

// TestVerifyAgreement wants verify to claim what it has compared, and no more.
func TestVerifyAgreement(t *testing.T) {
	const withPackets = "not compared: connections with their packets: "
	for flags, want := range map[string]string{
		"":                    "agree with the manifest and each other\n",
		"--limit 10":          "agree with the manifest and each other\n",
		"--connections zeek":  "agree with the manifest\n" + withPackets + "Zeek's rule does not count from them alone\n",
		"--table packets":     "agree with the manifest\n" + withPackets + "the dataset does not have the table connections\n",
		"--table connections": "agree with the manifest\n" + withPackets + "the dataset does not have the table packets\n",
		"--columns conn_id,rule": "agree with the manifest\n" + withPackets +
			"the table packets does not have file, frame, ts_ns, src_ip, dst_ip, ip_proto, ip_len, src_port, dst_port, tcp_flags, payload_len, direction, segment_kind\n",
		"--columns teardown," + strings.Join(packetColumns, ","): "agree with the manifest and each other\n",
		"--columns frame,teardown": "agree with the manifest\n" + withPackets +
			"the table packets does not have file, ts_ns, src_ip, dst_ip, ip_proto, ip_len, src_port, dst_port, tcp_flags, payload_len, conn_id, direction, segment_kind\n",
		"--partition-by hour": "agree with the manifest\nnot compared: with the packets, whose order folders by time do not keep: " +
			"file, first_frame, last_frame, ts_start, ts_start_ns, ts_end, duration_ns, orig_first_flags, resp_first_flags\n",
	} {
		dir := filepath.Join(t.TempDir(), "out")
		teardown(t, slices.Concat([]string{"convert", "-o", dir}, strings.Fields(flags), verified)...)
		if status, out := runVerify(t, dir); status != exitDone || !strings.HasSuffix(out, want) {
			t.Errorf("%q: exit status %d\n%swant the end %s", flags, status, out, want)
		}
	}
}

// TestVerifyFolders reads more folders than are open at a time, in turns: pings 37 minutes apart
// go through twelve hours twice.
func TestVerifyFolders(t *testing.T) {
	dir := t.TempDir()
	data, err := os.ReadFile(verified[1])
	if err != nil {
		t.Fatal(err)
	}
	capture := slices.Clone(data[:24])
	for i := range 400 { // the first packet of the file at other times
		packet := slices.Clone(data[24 : 40+binary.LittleEndian.Uint32(data[32:])])
		binary.LittleEndian.PutUint32(packet, uint32(1_800_000_000+i*2220%43200))
		capture = append(capture, packet...)
	}
	name, out := filepath.Join(dir, "pings.pcap"), filepath.Join(dir, "out")
	if err := os.WriteFile(name, capture, 0o666); err != nil {
		t.Fatal(err)
	}
	teardown(t, "convert", name, "-o", out, "--partition-by", "hour", "--part-rows", "5")
	if status, text := runVerify(t, out, "--captures", name); status != exitDone {
		t.Errorf("exit status %d\n%s", status, text)
	}
}

// tamper rewrites the only part of a table, with its size right in the manifest. Drop is a
// row to leave out, or -1; the manifest then counts one less.
func tamper(t *testing.T, dir string, def *schemas.Table, change func(b table.Batch), drop int) {
	t.Helper()
	m, err := export.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.Parts, func(p export.Part) bool { return p.Table == def.Name })
	part := &m.Parts[i]
	r, err := export.OpenPart(dir, *part, def)
	if err != nil {
		t.Fatal(err)
	}
	b := newBatch(def)
	n, err := r.Next(b)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if change != nil {
		change(b)
	}
	path := filepath.Join(dir, part.Path)
	os.Remove(path)
	f, err := export.OpenFile(path, false, *def, export.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if drop < 0 {
		err = f.Write(b, nil)
	} else {
		kept := newBatch(def).(*table.Packets)
		copyRows(kept, b.(*table.Packets), 0, drop)
		copyRows(kept, b.(*table.Packets), drop+1, n)
		closeTexts(kept)
		err = f.Write(kept, nil)
		part.Rows--
		m.Counts.Rows[def.Name]--
		m.Counts.Packets--
		m.Counts.Frames--
		m.Inputs[0].Frames--
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	part.Bytes = info.Size()
	writeManifest(t, dir, m)
}

func writeManifest(t *testing.T, dir string, m export.Manifest) {
	t.Helper()
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, export.ManifestName), data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestVerifyFinds wants every kind of damage to be found and told.
func TestVerifyFinds(t *testing.T) {
	onPackets := func(change func(b *table.Packets)) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			tamper(t, dir, &schemas.Packets, func(b table.Batch) { change(b.(*table.Packets)) }, -1)
		}
	}
	onConnections := func(change func(b *table.Connections)) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			tamper(t, dir, &schemas.Connections, func(b table.Batch) { change(b.(*table.Connections)) }, -1)
		}
	}
	onManifest := func(change func(m *export.Manifest)) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			m, err := export.ReadManifest(dir)
			if err != nil {
				t.Fatal(err)
			}
			change(&m)
			writeManifest(t, dir, m)
		}
	}
	for _, test := range []struct {
		name     string
		damage   func(t *testing.T, dir string)
		captures bool // they are needed to see it
		want     string
	}{
		{"payload of a packet", onPackets(func(b *table.Packets) { b.PayloadLen.Values[4]++ }), false, `connections: conn_id \d+: (orig|resp)_payload_bytes is \d+, its packets say \d+`},
		{"time of a packet", onPackets(func(b *table.Packets) { b.TsNs.Values[0] -= 1000 }), false, `ts_start_ns is \d+, its packets say \d+`},
		{"flags of a packet", onPackets(func(b *table.Packets) { b.TcpFlags.Values[4] ^= 4 }), false, `_rst_count is \d+, its packets say \d+`},
		{"kind of a segment", onPackets(func(b *table.Packets) { b.SegmentKind.Codes[4] = uint16(schemas.SegmentKindRetransmission) }), false, `_retransmissions is 0, its packets say 1`},
		{"side of a packet", onPackets(func(b *table.Packets) { b.Direction.Codes[4] = 3 - b.Direction.Codes[4] }), false, `_packets is \d+, its packets say`},
		{"connection of a packet", onPackets(func(b *table.Packets) { b.ConnId.Values[4] = 77 }), false, `conn_id 77 has packets and no row`},
		{"bytes of a connection", onConnections(func(b *table.Connections) { b.RespIpBytes.Values[2]++ }), false, `resp_ip_bytes is \d+, its packets say \d+`},
		{"address of a connection", onConnections(func(b *table.Connections) { b.OrigIp.Values[2].Lo++ }), false, `orig_ip is [0-9.:a-f]+, its packets say`},
		{"last frame of a connection", onConnections(func(b *table.Connections) { b.LastFrame.Values[2]++ }), false, `last_frame is`},
		{"identity of a connection", onConnections(func(b *table.Connections) { b.ConnId.Values[2] = 7777 }), false, `conn_id 7777 has no packets`},
		{"connection twice", onConnections(func(b *table.Connections) { b.ConnId.Values[2] = b.ConnId.Values[1] }), false, `has two rows`},
		{"hop limit of a packet", onPackets(func(b *table.Packets) { b.IpTtl.Values[4]++ }), true, `packets/part-00000.parquet: row 5: ip_ttl is \d+, the captures say \d+`},
		{"verdict", onConnections(func(b *table.Connections) {
			b.Teardown.Codes[slices.IndexFunc(b.Teardown.Codes, func(c uint16) bool { return c > 1 })]--
		}), true, `row \d+: teardown is \w+, the captures say \w+`},
		{"row", func(t *testing.T, dir string) { tamper(t, dir, &schemas.Packets, nil, 4) }, false, `_packets is \d+, its packets say \d+`},
		{"row without connection", func(t *testing.T, dir string) {
			tamper(t, dir, &schemas.Packets, func(b table.Batch) {}, slices.Index(connected(t, dir), false))
		}, true, `row \d+: frame is \d+, the captures say \d+`},
		{"part", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "connections", "part-00000.parquet")) }, false, `connections/part-00000.parquet: the part is missing \(no such file or directory\)`},
		{"end of a part", func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, "packets", "part-00000.parquet"), 3000) }, false, `packets/part-00000.parquet: 3000 bytes, the manifest says \d+`},
		{"another part", func(t *testing.T, dir string) {
			os.WriteFile(filepath.Join(dir, "packets", "part-00007.parquet"), nil, 0o666)
		}, false, `packets/part-00007.parquet: the manifest does not know it`},
		{"rows of a part", onManifest(func(m *export.Manifest) { m.Parts[0].Rows-- }), false, `part-00000.parquet: 86 rows, the manifest says 85`},
		{"packets counted", onManifest(func(m *export.Manifest) { m.Counts.Packets-- }), false, `85 packets and 0 frames left out are not 86 frames`},
		{"frames counted", onManifest(func(m *export.Manifest) { m.Inputs[1].Frames++ }), false, `the inputs have 87 frames, counts say 86`},
		{"connections counted", onManifest(func(m *export.Manifest) { m.Counts.Connections++ }), false, `table connections: 19 rows, 19 rows in parts, counts say 20`},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			teardown(t, slices.Concat([]string{"convert", "-o", dir}, verified)...)
			test.damage(t, dir)
			status, out := runVerify(t, dir)
			if test.captures {
				if status != exitDone {
					t.Errorf("found without the captures:\n%s", out)
				}
				status, out = runVerify(t, dir, "--captures", verified[0], "--captures", verified[1])
			}
			if status != exitFailed || !regexp.MustCompile(test.want).MatchString(out) {
				t.Errorf("exit status %d, want %s:\n%s", status, test.want, out)
			}
		})
	}
}

// connected says of every packet whether it has a connection.
func connected(t *testing.T, dir string) []bool {
	t.Helper()
	r, err := export.OpenPart(dir, export.Part{Path: "packets/part-00000.parquet"}, &schemas.Packets)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b := table.NewPackets(table.BatchRows)
	var has []bool
	for {
		n, err := r.Next(b)
		if err == io.EOF {
			return has
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			has = append(has, !b.ConnId.Null(i))
		}
	}
}

// Captures of one name below several folders are told apart, and so are names that are no UTF-8.
func TestVerifySameNames(t *testing.T) {
	root := t.TempDir()
	var folders []string
	for i, from := range verified {
		folder := filepath.Join(root, string(rune('a'+i)))
		folders = append(folders, folder)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"day.pcap", "night\xff.pcap"} {
			if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir := filepath.Join(root, "out")
	teardown(t, slices.Concat([]string{"convert", "-o", dir}, folders)...)
	args := []string{dir}
	for _, f := range slices.Backward(folders) {
		args = append(args, "--captures", f)
	}
	if status, out := runVerify(t, args...); status != exitDone {
		t.Errorf("exit status %d\n%s", status, out)
	}
}

func TestVerifyRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	teardown(t, slices.Concat([]string{"convert", "-o", dir}, verified)...)
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{nil, exitUsage, "verify takes one dataset"},
		{[]string{t.TempDir()}, exitFailed, "no manifest.json; give the folder that convert wrote"},
		{[]string{filepath.Join(dir, "manifest.json")}, exitFailed, "manifest.json: a file; verify takes the folder that convert wrote"},
		{[]string{dir + "2"}, exitFailed, "out2: no such folder; check the name"},
		{[]string{dir, "--captures", verified[0]}, exitFailed, "mixed.pcap is not among those given with --captures"},
		{[]string{dir, "--workers", "0"}, exitUsage, "--workers must be more than 0"},
	} {
		if status, out := runVerify(t, test.args...); status != test.status || !strings.Contains(out, test.want) {
			t.Errorf("verify %v: exit status %d\n%s", test.args, status, out)
		}
	}
}
