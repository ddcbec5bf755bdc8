package tshark

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
)

// A manifest is what is compared of manifest.json.
type manifest struct {
	Inputs []struct {
		Frames int64             `json:"frames"`
		Damage []json.RawMessage `json:"damage"`
		Error  string            `json:"error"`
	} `json:"inputs"`
	Counts struct {
		Frames      int64            `json:"frames"`
		Packets     int64            `json:"packets"`
		Connections int64            `json:"connections"`
		LeftOut     map[string]int64 `json:"left_out"`
		Rows        map[string]int64 `json:"rows"`
	} `json:"counts"`
	Parts []struct {
		Table string `json:"table"`
		Path  string `json:"path"`
		Rows  int64  `json:"rows"`
		Bytes int64  `json:"bytes"`
	} `json:"parts"`
}

// manifest checks that the counts of a manifest add up and are those of the
// files: frames in are rows out.
func (c *checks) manifest(dir string, status int, packets *dataset.Table) {
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	var m manifest
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		c.failf("manifest: %v", err)
		return
	}
	connections, err := dataset.ReadTable(dir, "connections")
	if err != nil {
		c.failf("%v", err)
		return
	}
	equal := func(what string, got, want int64) {
		if got != want {
			c.failf("manifest: %s is %d, want %d", what, got, want)
		}
	}
	var frames, leftOut int64
	damaged := false
	for _, in := range m.Inputs {
		frames += in.Frames
		damaged = damaged || len(in.Damage) > 0 || in.Error != ""
	}
	for _, n := range m.Counts.LeftOut {
		leftOut += n
	}
	equal("the sum of the inputs' frames", frames, m.Counts.Frames)
	equal("packets and what was left out", m.Counts.Packets+leftOut, m.Counts.Frames)
	equal("packets", m.Counts.Packets, int64(packets.Rows))
	equal("connections", m.Counts.Connections, int64(connections.Rows))
	equal("rows of packets", m.Counts.Rows["packets"], int64(packets.Rows))
	equal("rows of connections", m.Counts.Rows["connections"], int64(connections.Rows))
	if damaged != (status == 3) {
		c.failf("manifest: damage is %t, the exit status is %d", damaged, status)
	}
	rows := map[string]int64{}
	for _, p := range m.Parts {
		rows[p.Table] += p.Rows
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(p.Path)))
		if err != nil {
			c.failf("manifest: %v", err)
			continue
		}
		equal("the size of "+p.Path, p.Bytes, info.Size())
	}
	equal("the sum of rows of the parts of packets", rows["packets"], int64(packets.Rows))
	equal("the sum of rows of the parts of connections", rows["connections"], int64(connections.Rows))
}
