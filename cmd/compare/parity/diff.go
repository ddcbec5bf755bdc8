package parity

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
)

// A difference is one cell in which converter and plugin differ.
type difference struct {
	capture, frame, column string
	ours, plugin           dataset.Cell
}

// A comparison is what was found in one capture.
type comparison struct {
	packets, connections int
	cells                int
	differences          []difference
	exceptions           map[string]int // packets by reason
	failures             []string
}

// exception names the reason for which the converter has no connection for a
// packet that the plugin has judged, "" if there is none.
func exception(packets *dataset.Table, row int) string {
	switch {
	case !slices.Contains(linkTypes, packets.Column("link_type")[row].Text):
		return "link type to come"
	case packets.Column("tunnel")[row].Null && packets.Column("ip_proto")[row].Text != "6":
		return "tunnel to come"
	}
	return ""
}

// linkTypes are the LINKTYPE_ values that the converter decodes: BSD loopback
// (0, 108), Ethernet (1), raw IP (12, 14, 101, 228, 229), Linux cooked (113, 276).
var linkTypes = []string{"0", "1", "12", "14", "101", "108", "113", "228", "229", "276"}

// value returns the cell of a column; a list without elements is an absent
// field, as null is.
func value(t *dataset.Table, name string, row int) dataset.Cell {
	cells := t.Column(name)
	if cells == nil || cells[row].Text == "" {
		return dataset.None
	}
	return cells[row]
}

// connectionOf returns the frame in a conn_id.
func connectionOf(connID dataset.Cell) string {
	n, err := strconv.ParseInt(connID.Text, 10, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatInt(n&(1<<36-1), 10)
}

// compare holds the readings of one pass and of two against the tables.
func compare(name string, packets, connections *dataset.Table, onePass, twoPass *reading) *comparison {
	c := &comparison{exceptions: map[string]int{}}
	for _, r := range []*reading{onePass, twoPass} {
		for _, w := range r.wrong {
			c.failures = append(c.failures, fmt.Sprintf("%s: %s", name, w))
		}
	}
	byFirst := map[string]int{} // row of connections by first frame
	for row := range connections.Rows {
		if connections.Column("proto")[row].Text == "tcp" {
			byFirst[connectionOf(connections.Column("conn_id")[row])] = row
			c.connections++
		}
	}
	frames := packets.Column("frame")
	for row := range packets.Rows {
		frame := frames[row].Text
		one, two := onePass.rows[frame], twoPass.rows[frame]
		if one == nil || two == nil {
			if onePass.status == 0 {
				c.failures = append(c.failures, fmt.Sprintf("%s: tshark has no frame %s", name, frame))
			}
			continue
		}
		connID := packets.Column("conn_id")[row]
		if connID.Null || packets.Column("ip_proto")[row].Text != "6" {
			if one[0] == "" {
				continue
			}
			if why := exception(packets, row); why != "" {
				c.exceptions[why]++
				continue
			}
		}
		c.packets++
		check := func(column string, ours, plugin dataset.Cell) {
			c.cells++
			if ours != plugin {
				c.differences = append(c.differences, difference{name, frame, column, ours, plugin})
			}
		}
		first := dataset.None
		if !connID.Null {
			first = dataset.Text(connectionOf(connID))
		}
		check("conn_first_frame", first, column{}.cell(one[0]))
		check("conn_first_frame", first, column{}.cell(two[0]))
		for i, col := range packetColumns {
			ours := value(packets, col.name, row)
			check(col.name, ours, col.cell(one[1+i]))
			check(col.name, ours, col.cell(two[1+i]))
		}
		// All packets of a connection show its columns; in one pass none does.
		connection, known := byFirst[first.Text]
		for i, col := range connectionColumns {
			ours := dataset.None
			if known {
				ours = value(connections, col.name, connection)
			}
			check(col.name, ours, col.cell(two[1+len(packetColumns)+i]))
		}
	}
	return c
}
