package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// maxRecounted is how many connections are held at a time; with more of them the tables are
// read several times.
const maxRecounted = 500_000

// A recount is what the packets of a connection say. Index 0 is the originator.
type recount struct {
	seen                      bool // its row was found
	file                      string
	first, last               int64
	firstNs, lastNs           int64
	hasFirst, hasLast         bool
	ends                      [2]table.Addr
	ports                     [2]int32
	hasPorts, isTCP           bool
	packets, ipBytes, payload [2]int64
	flags, firstFlags         [2]int32
	sent                      [2]bool
	syn, fin, rst             [2]int64
	repeated, disordered, dup [2]int64
	zeroWindows, keepAlives   [2]int64
}

// packetColumns are those that connections are recounted from.
var packetColumns = []string{"file", "frame", "ts_ns", "src_ip", "dst_ip", "ip_proto", "ip_len", "src_port", "dst_port", "tcp_flags", "payload_len", "conn_id", "direction", "segment_kind"}

// add counts a packet.
func (c *recount) add(b *table.Packets, i int) {
	side := 0
	if schemas.Direction(b.Direction.Codes[i]) == schemas.DirectionResp {
		side = 1
	}
	if c.packets[0]+c.packets[1] == 0 {
		c.file, c.first = b.File.Value(i), b.Frame.Values[i]
		c.firstNs, c.hasFirst = b.TsNs.Values[i], !b.TsNs.Null(i)
		c.ends[side], c.ends[1-side] = b.SrcIp.Values[i], b.DstIp.Values[i]
		if c.hasPorts = !b.SrcPort.Null(i) && !b.DstPort.Null(i); c.hasPorts {
			c.ports[side], c.ports[1-side] = b.SrcPort.Values[i], b.DstPort.Values[i]
		}
		c.isTCP = b.IpProto.Values[i] == 6 // IANA
	}
	c.last = b.Frame.Values[i]
	if !b.TsNs.Null(i) {
		c.lastNs, c.hasLast = b.TsNs.Values[i], true
	}
	c.packets[side]++
	if !b.IpLen.Null(i) {
		c.ipBytes[side] += b.IpLen.Values[i]
	}
	if !b.PayloadLen.Null(i) {
		c.payload[side] += b.PayloadLen.Values[i]
	}
	if c.isTCP {
		c.addTCP(b, i, side)
	}
}

func (c *recount) addTCP(b *table.Packets, i, side int) {
	flags := b.TcpFlags.Values[i]
	if !c.sent[side] {
		c.sent[side], c.firstFlags[side] = true, flags
	}
	c.flags[side] |= flags
	for bit, n := range []*[2]int64{&c.fin, &c.syn, &c.rst} { // RFC 9293 3.1
		n[side] += int64(flags >> bit & 1)
	}
	switch schemas.SegmentKind(b.SegmentKind.Codes[i]) {
	case schemas.SegmentKindRetransmission, schemas.SegmentKindFinRetransmission,
		schemas.SegmentKindSynRetransmission, schemas.SegmentKindSynAckRetransmission:
		c.repeated[side]++
	case schemas.SegmentKindOutOfOrder:
		c.disordered[side]++
	case schemas.SegmentKindDupAck:
		c.dup[side]++
	case schemas.SegmentKindZeroWindow:
		c.zeroWindows[side]++
	case schemas.SegmentKindKeepAlive:
		c.keepAlives[side]++
	}
}

// A check compares a column of a connection's row with the recount; it returns both as text.
type check struct {
	column string
	values func(c *recount, b *table.Connections, i int) (got, want string)
}

// checks are in the order of messages.
var checks = func() []check {
	number := func(name string, column func(*table.Connections) *table.Int64, want func(*recount) (int64, bool)) check {
		return check{name, func(c *recount, b *table.Connections, i int) (string, string) {
			x := column(b)
			n, ok := want(c)
			return optional(x.Values[i], !x.Null(i)), optional(n, ok)
		}}
	}
	small := func(name string, column func(*table.Connections) *table.Int32, want func(*recount) (int32, bool)) check {
		return check{name, func(c *recount, b *table.Connections, i int) (string, string) {
			x := column(b)
			n, ok := want(c)
			return optional(int64(x.Values[i]), !x.Null(i)), optional(int64(n), ok)
		}}
	}
	all := []check{
		{"file", func(c *recount, b *table.Connections, i int) (string, string) { return b.File.Value(i), c.file }},
		number("first_frame", func(b *table.Connections) *table.Int64 { return &b.FirstFrame }, func(c *recount) (int64, bool) { return c.first, true }),
		number("last_frame", func(b *table.Connections) *table.Int64 { return &b.LastFrame }, func(c *recount) (int64, bool) { return c.last, true }),
		number("ts_start_ns", func(b *table.Connections) *table.Int64 { return &b.TsStartNs }, func(c *recount) (int64, bool) { return c.firstNs, c.hasFirst }),
		number("ts_start", func(b *table.Connections) *table.Int64 { return &b.TsStart }, func(c *recount) (int64, bool) { return micros(c.firstNs), c.hasFirst }),
		number("ts_end", func(b *table.Connections) *table.Int64 { return &b.TsEnd }, func(c *recount) (int64, bool) { return micros(c.lastNs), c.hasLast }),
		number("duration_ns", func(b *table.Connections) *table.Int64 { return &b.DurationNs }, func(c *recount) (int64, bool) { return c.lastNs - c.firstNs, c.hasFirst && c.hasLast }),
	}
	for side, prefix := range []string{"orig", "resp"} {
		address := func(b *table.Connections) *table.Address {
			return []*table.Address{&b.OrigIp, &b.RespIp}[side]
		}
		all = append(all,
			check{prefix + "_ip", func(c *recount, b *table.Connections, i int) (string, string) {
				return string(address(b).Values[i].AppendText(nil)), string(c.ends[side].AppendText(nil))
			}},
			small(prefix+"_flags", func(b *table.Connections) *table.Int32 { return []*table.Int32{&b.OrigFlags, &b.RespFlags}[side] },
				func(c *recount) (int32, bool) { return c.flags[side], c.sent[side] }),
			small(prefix+"_first_flags", func(b *table.Connections) *table.Int32 {
				return []*table.Int32{&b.OrigFirstFlags, &b.RespFirstFlags}[side]
			},
				func(c *recount) (int32, bool) { return c.firstFlags[side], c.sent[side] }),
			check{prefix + "_port", func(c *recount, b *table.Connections, i int) (string, string) {
				x := []*table.Int32{&b.OrigPort, &b.RespPort}[side]
				if !c.hasPorts {
					return "", "" // type and code of ICMP
				}
				return optional(int64(x.Values[i]), !x.Null(i)), fmt.Sprint(c.ports[side])
			}})
		for _, n := range []struct {
			name    string
			columns [2]func(*table.Connections) *table.Int64
			counts  func(*recount) *[2]int64
			tcp     bool
		}{
			{"_packets", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigPackets, &b.RespPackets }), func(c *recount) *[2]int64 { return &c.packets }, false},
			{"_ip_bytes", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigIpBytes, &b.RespIpBytes }), func(c *recount) *[2]int64 { return &c.ipBytes }, false},
			{"_payload_bytes", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigPayloadBytes, &b.RespPayloadBytes }), func(c *recount) *[2]int64 { return &c.payload }, false},
			{"_syn_count", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigSynCount, &b.RespSynCount }), func(c *recount) *[2]int64 { return &c.syn }, true},
			{"_fin_count", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigFinCount, &b.RespFinCount }), func(c *recount) *[2]int64 { return &c.fin }, true},
			{"_rst_count", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigRstCount, &b.RespRstCount }), func(c *recount) *[2]int64 { return &c.rst }, true},
			{"_retransmissions", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigRetransmissions, &b.RespRetransmissions }), func(c *recount) *[2]int64 { return &c.repeated }, true},
			{"_out_of_order", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigOutOfOrder, &b.RespOutOfOrder }), func(c *recount) *[2]int64 { return &c.disordered }, true},
			{"_dup_acks", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigDupAcks, &b.RespDupAcks }), func(c *recount) *[2]int64 { return &c.dup }, true},
			{"_zero_windows", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigZeroWindows, &b.RespZeroWindows }), func(c *recount) *[2]int64 { return &c.zeroWindows }, true},
			{"_keep_alives", pair(func(b *table.Connections) (x, y *table.Int64) { return &b.OrigKeepAlives, &b.RespKeepAlives }), func(c *recount) *[2]int64 { return &c.keepAlives }, true},
		} {
			all = append(all, number(prefix+n.name, n.columns[side], func(c *recount) (int64, bool) { return n.counts(c)[side], c.isTCP || !n.tcp }))
		}
	}
	return all
}()

func pair(columns func(*table.Connections) (x, y *table.Int64)) [2]func(*table.Connections) *table.Int64 {
	return [2]func(*table.Connections) *table.Int64{
		func(b *table.Connections) *table.Int64 { x, _ := columns(b); return x },
		func(b *table.Connections) *table.Int64 { _, y := columns(b); return y },
	}
}

func optional(n int64, ok bool) string {
	if !ok {
		return "null"
	}
	return fmt.Sprint(n)
}

func micros(ns int64) int64 {
	us := ns / 1000
	if ns%1000 < 0 {
		us--
	}
	return us
}

// connections recounts all connections from their packets. What it returns as missed says which
// part of that is not possible, and why; it is empty where nothing was left out.
func (v *verification) connections(ctx context.Context) (missed string, err error) {
	for _, t := range []*schemas.Table{&schemas.Packets, &schemas.Connections} {
		if _, written := v.manifest.Counts.Rows[t.Name]; !written {
			return "connections with their packets: the dataset does not have the table " + t.Name, nil
		}
	}
	packets, err := v.has(&schemas.Packets)
	if err != nil {
		return "", err
	}
	columns, err := v.has(&schemas.Connections)
	if err != nil {
		return "", err
	}
	if lacking := without(packetColumns, packets); len(lacking) > 0 {
		return "connections with their packets: the table packets does not have " + strings.Join(lacking, ", "), nil
	}
	if !slices.Contains(columns, connID) {
		return "connections with their packets: the table connections does not have " + connID, nil
	}
	if v.manifest.Options["connections"] == zeekFormat {
		// It changes sides later, and counts datagrams, not their fragments.
		return "connections with their packets: Zeek's rule does not count from them alone", nil
	}
	byTime := v.manifest.Options["partition_by"] != ""
	var able []check
	names := []string{connID}
	for _, c := range checks {
		if slices.Contains(columns, c.column) && (!byTime || !slices.Contains(inOrder, c.column)) {
			able, names = append(able, c), append(names, c.column)
		}
	}
	if byTime {
		if left := common(inOrder, columns); len(left) > 0 {
			missed = "with the packets, whose order folders by time do not keep: " + strings.Join(left, ", ")
		}
	}
	passes := v.manifest.Counts.Connections/maxRecounted + 1
	for pass := range passes {
		if err := v.recount(ctx, names, able, func(id int64) bool { return id%passes == pass }); err != nil {
			return "", err
		}
	}
	return missed, nil
}

// inOrder are the columns that depend on the order of packets, which folders by time do not
// keep where times go back.
var inOrder = []string{"file", "first_frame", "last_frame", "ts_start", "ts_start_ns", "ts_end", "duration_ns", "orig_first_flags", "resp_first_flags"}

// connID is the column that joins the tables.
const connID = "conn_id"

// recount checks the connections whose conn_id is in this pass.
func (v *verification) recount(ctx context.Context, names []string, able []check, mine func(id int64) bool) error {
	known := map[int64]*recount{}
	var order []int64
	err := v.each(ctx, &schemas.Packets, packetColumns, func(batch table.Batch) {
		b := batch.(*table.Packets)
		for i := range b.N {
			id := b.ConnId.Values[i]
			if b.ConnId.Null(i) || !mine(id) {
				continue
			}
			c := known[id]
			if c == nil {
				c = &recount{}
				known[id] = c
				order = append(order, id)
			}
			c.add(b, i)
		}
	})
	if err != nil {
		return err
	}
	err = v.each(ctx, &schemas.Connections, names, func(batch table.Batch) {
		b := batch.(*table.Connections)
		for i := range b.N {
			id := b.ConnId.Values[i]
			if !mine(id) {
				continue
			}
			c := known[id]
			switch {
			case c == nil:
				v.wrong("connections: conn_id %d has no packets", id)
				continue
			case c.seen:
				v.wrong("connections: conn_id %d has two rows", id)
				continue
			}
			c.seen = true
			for _, k := range able {
				if got, want := k.values(c, b, i); got != want {
					v.wrong("connections: conn_id %d: %s is %s, its packets say %s", id, k.column, got, want)
				}
			}
		}
	})
	for _, id := range order {
		if err == nil && !known[id].seen {
			v.wrong("connections: conn_id %d has packets and no row", id)
		}
	}
	return err
}
