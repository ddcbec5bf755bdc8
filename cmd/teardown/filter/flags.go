package filter

import (
	"github.com/pcap-teardown/teardown/schemas/table"
)

// flagBits are the names of bits in octet 13 of the TCP header.
var flagBits = map[string]int64{
	"tcp-fin": 0x01, "tcp-syn": 0x02, "tcp-rst": 0x04, "tcp-push": 0x08,
	"tcp-ack": 0x10, "tcp-urg": 0x20, "tcp-ece": 0x40, "tcp-cwr": 0x80,
}

// relations compare two numbers.
var relations = map[string]func(a, b int64) bool{
	"=":  func(a, b int64) bool { return a == b },
	"==": func(a, b int64) bool { return a == b },
	"!=": func(a, b int64) bool { return a != b },
	"<":  func(a, b int64) bool { return a < b },
	">":  func(a, b int64) bool { return a > b },
	"<=": func(a, b int64) bool { return a <= b },
	">=": func(a, b int64) bool { return a >= b },
}

// flags reads tcp[tcpflags] [& bits] relation bits.
func (p *parser) flags() (matcher, error) {
	p.next += 2 // tcp [
	if t := p.take(); t.text != "tcpflags" && t.text != "13" {
		return nil, wrong(t, "of the bytes of packets only tcp[tcpflags] is understood")
	}
	if !p.accept("]") {
		return nil, wrong(p.peek(), "] is expected here")
	}
	mask := int64(0xff)
	if p.accept("&") {
		var err error
		if mask, err = p.bits(); err != nil {
			return nil, err
		}
	}
	t := p.take()
	relation, ok := relations[t.text]
	if !ok {
		return nil, wrong(t, "a comparison is expected here, such as != 0")
	}
	value, err := p.bits()
	if err != nil {
		return nil, err
	}
	return func(b *table.Packets, i int) bool {
		return b.TcpFlags.Valid[i] != 0 && relation(int64(b.TcpFlags.Values[i])&0xff&mask, value)
	}, nil
}

// bits reads names of flags or numbers, joined with |, in parentheses or not.
func (p *parser) bits() (int64, error) {
	n, err := p.bit()
	for err == nil && p.accept("|") {
		var more int64
		more, err = p.bit()
		n |= more
	}
	return n, err
}

func (p *parser) bit() (int64, error) {
	if p.depth++; p.depth > maxDepth {
		return 0, wrong(p.peek(), "too many parentheses")
	}
	defer func() { p.depth-- }()
	if p.accept("(") {
		n, err := p.bits()
		if err == nil && !p.accept(")") {
			err = wrong(p.peek(), "a closing parenthesis is expected here")
		}
		return n, err
	}
	if n, ok := flagBits[p.peek().text]; ok {
		p.take()
		return n, nil
	}
	return p.number("a number or a flag such as tcp-syn")
}
