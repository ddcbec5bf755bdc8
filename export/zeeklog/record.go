package zeeklog

import (
	"crypto/sha1"
	"encoding/binary"
	"math/big"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// Details are what conn.log says of a connection beside the columns of its row.
type Details struct {
	Duration int64    // microseconds; 0 leaves it and the sizes unset
	Missed   int64    // bytes in gaps
	Bytes    [2]int64 // payload of originator and responder; -1 where it is not known
}

// A kind says how a value is written.
type kind uint8

const (
	text   kind = iota // as it is; JSON in quotes
	number             // as it is in both
)

// A field is one column of conn.log.
type field struct {
	name, typ string
	kind      kind
}

// fields are those of Conn::Info of Zeek 8, and community_id of the policy script.
var fields = [...]field{
	{"ts", "time", number}, {"uid", "string", text},
	{"id.orig_h", "addr", text}, {"id.orig_p", "port", number}, {"id.resp_h", "addr", text}, {"id.resp_p", "port", number},
	{"proto", "enum", text}, {"service", "string", text}, {"duration", "interval", number},
	{"orig_bytes", "count", number}, {"resp_bytes", "count", number}, {"conn_state", "string", text},
	{"local_orig", "bool", number}, {"local_resp", "bool", number}, {"missed_bytes", "count", number}, {"history", "string", text},
	{"orig_pkts", "count", number}, {"orig_ip_bytes", "count", number}, {"resp_pkts", "count", number}, {"resp_ip_bytes", "count", number},
	{"tunnel_parents", "set[string]", text}, {"ip_proto", "count", number}, {"community_id", "string", text},
}

// A record has the texts of a row; a missing text is unset.
type record [len(fields)][]byte

// logged reports whether Zeek has rows of a protocol: ESP and mobility headers of IPv6, and what
// has no next header, end its analysis.
func logged(b *table.Connections, i int) bool {
	if b.IpVersion.Values[i] != 6 {
		return true
	}
	switch b.IpProto.Values[i] {
	case 50, 59, 135:
		return false
	}
	return true
}

// fill makes r the record of a row. json chooses the form of times and booleans.
func (r *record) fill(b *table.Connections, i int, d *Details, json bool) {
	for f := range r {
		r[f] = r[f][:0]
	}
	at := 0
	next := func() *[]byte { at++; return &r[at-1] }
	skip := func() { at++ }
	integer := func(v int64) { p := next(); *p = appendInt(*p, v) }
	column := func(c *table.Int64) {
		if c.Null(i) {
			skip()
			return
		}
		integer(c.Values[i])
	}
	truth := func(v bool) {
		p := next()
		word := "F"
		switch {
		case json && v:
			word = "true"
		case json:
			word = "false"
		case v:
			word = "T"
		}
		*p = append(*p, word...)
	}
	seconds := func(micros int64) { p := next(); *p = appendSeconds(*p, micros, json) }

	if b.TsStart.Null(i) {
		seconds(0)
	} else {
		seconds(b.TsStart.Values[i])
	}
	p := next()
	*p = appendUID(*p, b, i)
	proto := schemas.Proto(b.Proto.Codes[i])
	ports := proto == schemas.ProtoTcp || proto == schemas.ProtoUdp || proto == schemas.ProtoIcmp
	end := func(a table.Addr, port *table.Int32) {
		p := next()
		*p = a.AppendText(*p)
		if ports && !port.Null(i) {
			integer(int64(port.Values[i]))
		} else {
			integer(0)
		}
	}
	end(b.OrigIp.Values[i], &b.OrigPort)
	end(b.RespIp.Values[i], &b.RespPort)
	p = next()
	if ports {
		*p = append(*p, proto.String()...)
	} else {
		*p = append(*p, "unknown_transport"...)
	}
	skip() // service
	if d.Duration > 0 {
		seconds(d.Duration)
		for _, n := range d.Bytes {
			if n < 0 {
				skip()
				continue
			}
			integer(n)
		}
	} else {
		at += 3
	}
	p = next()
	*p = append(*p, schemas.ZeekConnState(b.ZeekConnState.Codes[i]).String()...)
	truth(isLocal(b.OrigIp.Values[i]))
	truth(isLocal(b.RespIp.Values[i]))
	integer(d.Missed)
	p = next()
	if code := b.ZeekHistory.Codes[i]; code != 0 {
		*p = append(*p, b.ZeekHistory.Dict[code]...)
	}
	column(&b.OrigPackets)
	column(&b.OrigIpBytes)
	column(&b.RespPackets)
	column(&b.RespIpBytes)
	skip() // tunnel_parents
	integer(int64(b.IpProto.Values[i]))
	p = next()
	*p = append(*p, b.CommunityId.Value(i)...)
}

// appendUID appends a uid: C and 96 bits in base 62, like Zeek's.
func appendUID(dst []byte, b *table.Connections, i int) []byte {
	h := sha1.New()
	h.Write([]byte(b.File.Value(i)))
	h.Write(b.CommunityId.Value(i))
	var id [8]byte
	binary.BigEndian.PutUint64(id[:], uint64(b.ConnId.Values[i]))
	h.Write(id[:])
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	n, base, digit := new(big.Int).SetBytes(h.Sum(nil)[:12]), big.NewInt(int64(len(digits))), new(big.Int)
	dst = append(dst, 'C')
	for range 17 {
		n.DivMod(n, base, digit)
		dst = append(dst, digits[digit.Int64()])
	}
	return dst
}
