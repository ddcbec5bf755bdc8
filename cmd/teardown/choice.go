package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A choice says which connections to explain.
type choice struct {
	stream  int64
	frame   int64
	conn    int64
	address string
	all     bool // every packet of long connections
	json    bool

	given string         // the flag that was given, or empty
	end   netip.AddrPort // address, parsed; port 0 for any
}

// choices are the flags of which one may be given.
var choices = []string{"stream", "frame", "conn", "address"}

// check says what is wrong with the flags; changed reports whether one was given.
func (c *choice) check(changed func(flag string) bool) error {
	for _, flag := range choices {
		if !changed(flag) {
			continue
		}
		if c.given != "" {
			return usagef("choose by one of --stream, --frame, --conn and --address")
		}
		c.given = flag
	}
	switch {
	case c.given == "stream" && c.stream < 0, c.given == "conn" && c.conn < 0:
		return usagef("--%s must not be negative", c.given)
	case c.given == "frame" && c.frame < 1:
		return usagef("--frame must be more than 0; the first frame is 1")
	case c.given != "address":
		return nil
	}
	if end, err := netip.ParseAddrPort(c.address); err == nil {
		c.end = end
		return nil
	}
	addr, err := netip.ParseAddr(c.address)
	if err != nil {
		return usagef("--address %s is neither an address nor address:port", c.address)
	}
	c.end = netip.AddrPortFrom(addr, 0)
	return nil
}

// whole reports whether all that is meant is explained, however much: what is asked for in JSON
// is for a program.
func (c *choice) whole() bool { return c.json && c.given != "" }

// nothing says that no connection was found.
func (c *choice) nothing(tcp int64) string {
	switch {
	case c.given == "frame":
		return fmt.Sprintf("frame %d belongs to no TCP connection", c.frame)
	case c.given != "":
		return fmt.Sprintf("none of its %s is the one asked for", count(tcp, "TCP connection", "TCP connections"))
	}
	return "it has no TCP connections"
}

// A finding is the first pass: which connections are meant.
type finding struct {
	want  *choice
	ids   map[int64]bool // by --frame, known from packets
	found map[int64]*explained
	order []int64 // conn_id, in the order of first frames
	tcp   int64
	meant int64 // as many as order has, or more where a list would be too long
}

func (f *finding) packets(b *table.Packets, done func()) error {
	if f.want.given == "frame" {
		for i := range b.N {
			if b.Frame.Values[i] == f.want.frame && !b.ConnId.Null(i) {
				f.ids[b.ConnId.Values[i]] = true
			}
		}
	}
	done()
	return nil
}

// mostListed is how many connections a list shows.
const mostListed = 200

func (f *finding) connections(b *table.Connections, done func()) error {
	for i := range b.N {
		if schemas.Proto(b.Proto.Codes[i]) != schemas.ProtoTcp {
			continue
		}
		f.tcp++
		if !f.means(b, i) {
			continue
		}
		f.meant++
		if len(f.order) == mostListed && !f.want.whole() {
			continue
		}
		e := newExplained(b, i)
		f.found[e.id] = e
		f.order = append(f.order, e.id)
	}
	done()
	return nil
}

// means reports whether the connection of row i is one of those asked for.
func (f *finding) means(b *table.Connections, i int) bool {
	w := f.want
	switch w.given {
	case "stream":
		return !b.TcpStream.Null(i) && b.TcpStream.Values[i] == w.stream
	case "conn":
		return b.ConnId.Values[i] == w.conn
	case "frame":
		return f.ids[b.ConnId.Values[i]]
	case "address":
		is := func(a table.Addr, port int32) bool {
			return a.Netip() == w.end.Addr() && (w.end.Port() == 0 || int32(w.end.Port()) == port)
		}
		return is(b.OrigIp.Values[i], b.OrigPort.Values[i]) || is(b.RespIp.Values[i], b.RespPort.Values[i])
	}
	return true
}

// split returns the connections that are explained and those that are only listed, in the order of
// their first frames, with which ids grow.
func (f *finding) split() (few, others []int64) {
	slices.Sort(f.order)
	n := len(f.order)
	switch {
	case f.want.whole():
	case f.want.given == "" && n > mostExplained:
		n = 0 // a list of all says more
	default:
		n = min(n, mostExplained)
	}
	return f.order[:n], f.order[n:]
}

// beyond returns how many connections are meant that are not even listed.
func (f *finding) beyond() int64 { return f.meant - int64(len(f.order)) }

// beyondHint says where they are.
const beyondHint = "all of them are in the table connections of teardown convert"

// list names the connections that are not explained because they are too many.
func (f *finding) list(name string, ids []int64) string {
	if len(ids) == 0 {
		return ""
	}
	var b strings.Builder
	if f.want.given == "" {
		fmt.Fprintf(&b, "%s has %s; choose one with --stream, --frame, --conn or --address:\n\n", name, count(f.tcp, "TCP connection", "TCP connections"))
	} else {
		fmt.Fprintf(&b, "\n… and %s more; choose one with --stream, --frame or --conn, or see all with --json:\n\n", thousands(f.meant-mostExplained))
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, id := range ids {
		e := f.found[id]
		choose := fmt.Sprintf("--conn %d", id)
		if s := e.row.get("tcp_stream"); s != nil && f.want.given != "stream" { // connections may share one
			choose = fmt.Sprintf("--stream %v", s)
		}
		fmt.Fprintf(w, "  %s\t%s → %s\tframe %v\t%s\n", choose, e.end("orig"), e.end("resp"), e.row.get("first_frame"), e.ending)
	}
	w.Flush()
	if left := f.beyond(); left > 0 {
		fmt.Fprintf(&b, "  … and %s more; %s\n", thousands(left), beyondHint)
	}
	return b.String()
}
