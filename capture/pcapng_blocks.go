package capture

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"
)

// Options of interface description blocks.
const (
	optionEnd      = 0
	optionName     = 2
	optionTsResol  = 9
	optionFCSLen   = 13
	optionTsOffset = 14
)

// An interfaceBlock is what an interface description block says.
type interfaceBlock struct {
	link    *linkLayer
	snap    uint32 // bytes of a frame that are captured at most; 0 for all
	binary  bool   // the time unit is 2^-digits seconds, else 10^-digits
	digits  uint8
	seconds int64  // added to all times
	factor  uint64 // nanoseconds per unit where that is whole and seconds is 0, else 0
}

// describe reads an interface description block.
func (s *section) describe(body []byte, number int) *interfaceBlock {
	i := &interfaceBlock{
		link:   newLinkLayer(int(s.u16(body))),
		snap:   s.u32(body[4:]),
		digits: 6,
	}
	i.link.name = strconv.Itoa(number)
	for o := body[8:]; len(o) >= 4; {
		kind, n := s.u16(o), int(s.u16(o[2:]))
		o = o[4:]
		if kind == optionEnd || n > len(o) {
			break
		}
		v := o[:n]
		switch {
		case kind == optionName && n > 0:
			if name := string(bytes.ToValidUTF8(bytes.TrimRight(v, "\x00"), []byte("\ufffd"))); name != "" {
				i.link.name = name
			}
		case kind == optionTsResol && n == 1:
			i.binary, i.digits = v[0]&0x80 != 0, v[0]&0x7f
		case kind == optionFCSLen && n == 1:
			i.link.fcs = int(v[0])
		case kind == optionTsOffset && n == 8:
			i.seconds = int64(s.u64(v))
		}
		o = o[min((n+3)&^3, len(o)):]
	}
	if !i.binary && i.digits <= 9 && i.seconds == 0 {
		i.factor = power10(9 - i.digits)
	}
	return i
}

func power10(n uint8) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// time turns a time stamp into nanoseconds since 1970, rounded down. ok is false where
// these do not fit into 64 bits.
func (i *interfaceBlock) time(units uint64) (ns int64, ok bool) {
	if hi, lo := bits.Mul64(units, i.factor); i.factor > 0 && hi == 0 && lo < 1<<63 {
		return int64(lo), true
	}
	var hi, lo uint64 // nanoseconds without the offset
	switch {
	case i.binary:
		hi, lo = bits.Mul64(units, 1e9)
		if i.digits < 64 {
			lo = lo>>i.digits | hi<<(64-i.digits)
			hi >>= i.digits
		} else {
			hi, lo = 0, hi>>(i.digits-64)
		}
	case i.digits <= 9:
		hi, lo = bits.Mul64(units, power10(9-i.digits))
	case i.digits <= 28:
		lo = units / power10(i.digits-9)
	}
	// seconds may be anything: add in 128 bits, where nothing overflows.
	negative := i.seconds < 0
	magnitude := uint64(i.seconds)
	if negative {
		magnitude = -magnitude
	}
	addHi, addLo := bits.Mul64(magnitude, 1e9)
	var carry uint64
	if negative {
		lo, carry = bits.Sub64(lo, addLo, 0)
		hi, _ = bits.Sub64(hi, addHi, carry)
	} else {
		lo, carry = bits.Add64(lo, addLo, 0)
		hi, _ = bits.Add64(hi, addHi, carry)
	}
	if hi == 0 && lo < 1<<63 || hi == ^uint64(0) && lo >= 1<<63 {
		return int64(lo), true
	}
	return 0, false
}

// enhanced reads an enhanced packet block.
func (s *section) enhanced(body []byte, offset int64) bool {
	units := uint64(s.u32(body[4:]))<<32 | uint64(s.u32(body[8:]))
	return s.packet(s.u32(body), units, s.u32(body[12:]), s.u32(body[16:]), body[20:], offset)
}

// obsolete reads a packet block, the forerunner of the enhanced one.
func (s *section) obsolete(body []byte, offset int64) bool {
	units := uint64(s.u32(body[4:]))<<32 | uint64(s.u32(body[8:]))
	return s.packet(uint32(s.u16(body)), units, s.u32(body[12:]), s.u32(body[16:]), body[20:], offset)
}

func (s *section) packet(number uint32, units uint64, capLen, wire uint32, rest []byte, offset int64) bool {
	r := record{wire: wire}
	if uint64(capLen) > uint64(len(rest)) {
		s.w.report(offset, 0, "pcapng packet block of %d bytes claims %d captured bytes", len(rest), capLen)
		r.problem = problemRecordCut
		capLen = uint32(len(rest))
	}
	r.data = rest[:capLen:capLen]
	if uint64(number) >= uint64(len(s.interfaces)) {
		r.link, r.noTime, r.problem = s.unknown, true, problemNoInterface
		return s.w.add(s.in, &r)
	}
	i := s.interfaces[number]
	r.link = i.link
	var ok bool
	if r.ts, ok = i.time(units); !ok {
		r.noTime, r.problem = true, problemTime
	}
	return s.w.add(s.in, &r)
}

// simple reads a simple packet block, which belongs to the first interface and has no time.
func (s *section) simple(body []byte) bool {
	r := record{wire: s.u32(body), noTime: true, data: body[4:]}
	if len(s.interfaces) == 0 {
		r.link, r.problem = s.unknown, problemNoInterface
	} else {
		i := s.interfaces[0]
		r.link = i.link
		if i.snap > 0 && i.snap < r.wire {
			r.data = r.data[:min(uint64(len(r.data)), uint64(i.snap))]
		}
	}
	if uint64(len(r.data)) > uint64(r.wire) {
		r.data = r.data[:r.wire]
	}
	return s.w.add(s.in, &r)
}

// notPacket makes a frame of a block that is no packet; Wireshark numbers these too.
func (s *section) notPacket(data []byte) bool {
	return s.w.add(s.in, &record{wire: uint32(len(data)), noTime: true, data: data, link: s.other})
}

// journal makes a frame of an entry of the systemd journal.
func (s *section) journal(data []byte) bool {
	data = bytes.TrimRight(data, "\x00")
	r := record{wire: uint32(len(data)), noTime: true, data: data, link: s.other}
	const field = "__REALTIME_TIMESTAMP="
	if _, value, ok := bytes.Cut(data, []byte(field)); ok {
		value, _, _ = bytes.Cut(value, []byte("\n"))
		if us, err := strconv.ParseInt(string(value), 10, 64); err == nil && us >= 0 && us <= math.MaxInt64/1000 {
			r.ts, r.noTime = us*1000, false
		}
	}
	return s.w.add(s.in, &r)
}

// sysdig makes a frame of a system call that sysdig wrote. Its header has, after the
// processor, the time in nanoseconds, the thread and the length of the event.
func (s *section) sysdig(body []byte, header int) bool {
	if len(body) < header {
		return s.notPacket(body)
	}
	r := record{wire: s.u32(body[18:]), data: body[header:], link: s.other}
	ns := s.u64(body[2:])
	if r.ts = int64(ns); ns > math.MaxInt64 {
		r.noTime, r.problem = true, problemTime
	}
	return s.w.add(s.in, &r)
}
