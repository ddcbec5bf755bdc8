package filter

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Directions of a qualifier.
const (
	either = iota // src or dst
	source
	destination
	both // src and dst
)

// qualifiers are the words before a value.
type qualifiers struct {
	protocol  string // word of protocols, or empty
	direction int
	kind      string // host, net, port, portrange; empty for none
}

// hint ends the messages about words that the language of tcpdump has and this one has not.
const hint = "these are: host, net, port, portrange, src, dst, ip, ip6, tcp, udp, sctp, icmp, icmp6, vlan, less, greater, tcp[tcpflags]"

// primitive reads one test.
func (p *parser) primitive() (matcher, error) {
	t := p.peek()
	switch t.text {
	case "":
		return nil, wrong(t, "a test is expected here, such as host 192.0.2.1")
	case "less", "greater":
		p.take()
		n, err := p.number("a number of bytes")
		if err != nil {
			return nil, err
		}
		return lengthIs(t.text == "less", n), nil
	case "vlan":
		p.take()
		if next := p.peek().text; next == "" || next[0] < '0' || next[0] > '9' {
			return hasVLAN, nil
		}
		at := p.peek()
		n, err := p.number("a VLAN identifier")
		if err == nil && n > 4095 {
			err = wrong(at, "VLAN identifiers are 0 to 4095")
		}
		return vlanIs(int32(n)), err
	case "tcp":
		if p.tokens[p.next+1].text == "[" {
			return p.flags()
		}
	}
	return p.qualified()
}

// qualified reads [protocol] [direction] [kind] value.
func (p *parser) qualified() (matcher, error) {
	var q qualifiers
	first := p.peek()
	if _, ok := protocols[first.text]; ok {
		q.protocol = p.take().text
	}
	at := p.peek()
	directed := p.direction(&q)
	if kind := p.peek(); slices.Contains([]string{"host", "net", "port", "portrange"}, kind.text) {
		q.kind = p.take().text
		if (q.kind == "host" || q.kind == "net") && len(protocols[q.protocol].numbers) > 0 {
			return nil, wrong(kind, "addresses belong to ip and ip6; write: "+q.protocol+" and "+q.kind+" …")
		}
		if strings.HasPrefix(q.kind, "port") && q.protocol != "" && !protocols[q.protocol].ports {
			return nil, wrong(kind, q.protocol+" has no ports")
		}
		p.last = q
		return p.value(q)
	}
	switch {
	case directed:
		q.kind = "host"
		if isValue(p.peek().text) {
			p.last = q
			return p.value(q)
		}
		return nil, wrong(p.peek(), "after src and dst, an address, host, net, port or portrange is expected")
	case q.protocol != "":
		return protocolIs(q.protocol), nil
	case isValue(at.text):
		if p.last.kind == "" {
			p.last.kind = "host"
		}
		return p.value(p.last)
	}
	return nil, wrong(first, "is not understood; "+hint)
}

// direction reads src, dst, src or dst, src and dst.
func (p *parser) direction(q *qualifiers) bool {
	words := func(i int) string { return p.tokens[min(p.next+i, len(p.tokens)-1)].text }
	a, op, b := words(0), words(1), words(2)
	other := map[string]string{"src": "dst", "dst": "src"}[a]
	switch {
	case other == "":
		return false
	case b == other && (op == "or" || op == "||"):
		q.direction = either
		p.next += 3
	case b == other && (op == "and" || op == "&&"):
		q.direction = both
		p.next += 3
	default:
		q.direction = source
		if a == "dst" {
			q.direction = destination
		}
		p.next++
	}
	return true
}

// isValue reports whether a word is a number or an address rather than a keyword.
func isValue(text string) bool {
	return text != "" && (text[0] >= '0' && text[0] <= '9' || strings.Contains(text, ":"))
}

func (p *parser) value(q qualifiers) (matcher, error) {
	t := p.take()
	if t.text == "" {
		return nil, wrong(t, "a value of "+q.kind+" is missing")
	}
	switch q.kind {
	case "host":
		a, err := netip.ParseAddr(t.text)
		if err != nil || a.Zone() != "" {
			return nil, wrong(t, "no IP address; names are not looked up")
		}
		return inNet(q, netip.PrefixFrom(a, a.BitLen())), nil
	case "net":
		prefix, err := p.net(t)
		if err != nil {
			return nil, err
		}
		return inNet(q, prefix), nil
	case "port":
		n, ok := port(t.text)
		if !ok {
			return nil, wrong(t, "no port; write its number, 0 to 65535")
		}
		return inPorts(q, n, n), nil
	}
	low, high, found := strings.Cut(t.text, "-")
	lo, ok1 := port(low)
	hi, ok2 := port(high)
	if !found || !ok1 || !ok2 {
		return nil, wrong(t, "no range of ports; write for example 8000-8080")
	}
	return inPorts(q, min(lo, hi), max(lo, hi)), nil
}

func port(text string) (int32, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int32(n), err == nil
}

// net reads 192.0.2.0/24, 192.0.2 (which is 192.0.2.0/24), 192.0.2.0 mask 255.255.255.0 or 2001:db8::/32.
func (p *parser) net(t token) (netip.Prefix, error) {
	bad := wrong(t, "no network; write for example 192.0.2.0/24, 10 or 2001:db8::/32")
	text, length, hasLength := strings.Cut(t.text, "/")
	bits := -1
	if !strings.Contains(text, ":") {
		n := strings.Count(text, ".")
		if n > 3 {
			return netip.Prefix{}, bad
		}
		bits = 8 * (n + 1)
		text += strings.Repeat(".0", 3-n)
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, bad
	}
	if bits < 0 {
		bits = a.BitLen()
	}
	if hasLength {
		n, err := strconv.ParseUint(length, 10, 8)
		if err != nil || int(n) > a.BitLen() {
			return netip.Prefix{}, bad
		}
		bits = int(n)
	}
	if p.peek().text == "mask" && !hasLength && a.Is4() {
		p.take()
		m := p.take()
		mask, err := netip.ParseAddr(m.text)
		if err != nil || !mask.Is4() {
			return netip.Prefix{}, wrong(m, "no mask; write for example 255.255.255.0")
		}
		for bits = 32; bits > 0 && netip.PrefixFrom(mask, bits-1).Masked().Addr() == mask; {
			bits--
		}
		if ones := netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), bits).Masked().Addr(); ones != mask {
			return netip.Prefix{}, wrong(m, "the mask has gaps")
		}
	}
	prefix := netip.PrefixFrom(a, bits)
	if prefix.Masked() != prefix {
		return netip.Prefix{}, wrong(t, "bits behind the network are set; write "+prefix.Masked().String())
	}
	return prefix, nil
}

// number reads decimal, octal with 0 and hexadecimal with 0x, as tcpdump does.
func (p *parser) number(what string) (int64, error) {
	t := p.take()
	n, err := strconv.ParseUint(t.text, 0, 31)
	if err != nil || strings.Contains(t.text, "_") {
		return 0, wrong(t, what+" is expected here")
	}
	return int64(n), nil
}
