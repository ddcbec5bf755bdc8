package main

import (
	"strings"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// mixedSnapLength cuts the long frames of mixedStory.
const mixedSnapLength = 600

// mixedStory is what a probe in a network sees: VLAN tags, fragments, extension
// headers, a SYN without answer, an ICMP error that quotes a SYN, loss and
// reordering, keep-alives, a closed window, a connection that started before
// the capture, a reused port, and frames cut by the snap length.
func mixedStory() *tape {
	t := newTape(time.Date(2026, 3, 14, 15, 9, 26, 535897000, time.UTC), 911*time.Microsecond)
	a := newHost("02:00:5e:20:00:0a", "192.0.2.20", 128)
	b := newHost("02:00:5e:20:00:0b", "198.51.100.25", 62)
	router := newHost("02:00:5e:20:00:01", "203.0.113.1", 254)
	a6 := newHost("02:00:5e:20:00:0a", "2001:db8:20::a", 128)
	b6 := newHost("02:00:5e:20:00:0b", "2001:db8:20::b", 62)

	t.vlans = []uint16{100}
	mail := t.talk(a, b, 61000, 25, 5000)
	mail.open()
	mail.send(mail.resp, "PA", "220 mail.example.com ESMTP\r\n")
	mail.send(mail.orig, "PA", "QUIT\r\n")
	mail.send(mail.resp, "FPA", "221 2.0.0 Bye\r\n")
	mail.ack(mail.orig)
	mail.send(mail.orig, "FA", "")
	mail.ack(mail.resp)
	t.vlans = []uint16{200, 42}
	t.lookup(a, b, 40002, "mail.example.com", b)
	t.vlans = nil

	silent := t.talk(a, b, 61001, 9, 6000)
	silent.send(silent.orig, "S", "")
	for _, pause := range []time.Duration{time.Second, 2 * time.Second} {
		t.wait(pause)
		silent.orig.next--
		silent.send(silent.orig, "S", "")
	}
	unreachable := t.talk(a, b, 61002, 10, 7000)
	unreachable.send(unreachable.orig, "S", "")
	t.packet(router, a, t.network(router, a, layers.IPProtocolICMPv4),
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4CodeHost)},
		gopacket.Payload(t.last(1)))

	disorder := t.talk(a, b, 61003, 8000, 8000)
	disorder.open()
	one, two, three := strings.Repeat("1", 500), strings.Repeat("2", 500), strings.Repeat("3", 700)
	disorder.send(disorder.orig, "A", one)
	disorder.orig.next += uint32(len(two))
	disorder.send(disorder.orig, "A", three)
	disorder.resp.window = 0
	dup := disorder.header(disorder.resp, "A")
	dup.Ack -= uint32(len(two) + len(three))
	disorder.put(disorder.resp, dup, "")
	late := disorder.header(disorder.orig, "A")
	late.Seq -= uint32(len(two) + len(three))
	disorder.put(disorder.orig, late, two)
	disorder.ack(disorder.resp) // window 0
	t.wait(5 * time.Second)
	disorder.resp.window = 65160
	disorder.ack(disorder.resp)
	for range 2 { // keep-alive and its answer (RFC 9293 3.8.4)
		t.wait(75 * time.Second)
		probe := disorder.header(disorder.orig, "A")
		probe.Seq--
		disorder.put(disorder.orig, probe, "")
		disorder.ack(disorder.resp)
	}
	disorder.send(disorder.orig, "R", "")

	middle := t.talk(b, a, 22, 61004, 9000)
	middle.timestamps = false
	middle.send(middle.orig, "PA", "the end of something long")
	middle.ack(middle.resp)
	middle.close(middle.resp)
	reused := t.talk(a, b, 61003, 8000, 990000)
	reused.open()
	reused.send(reused.resp, "RA", "")

	t.fragments(a, b)
	t.extensions(a6, b6)
	return t
}

// fragments puts a UDP datagram in two IPv4 fragments on the tape.
func (t *tape) fragments(from, to host) {
	udp := &layers.UDP{SrcPort: 40003, DstPort: 5000}
	if err := udp.SetNetworkLayerForChecksum(t.network(from, to, layers.IPProtocolUDP).(*layers.IPv4)); err != nil {
		panic(err)
	}
	whole := serialize(udp, gopacket.Payload(strings.Repeat("f", 1200)))
	const cut = 800
	for i, part := range [][]byte{whole[:cut], whole[cut:]} {
		ip := t.network(from, to, layers.IPProtocolUDP).(*layers.IPv4)
		ip.Id, ip.Flags, ip.FragOffset = 0x7777, 0, uint16(i*cut/8)
		if i == 0 {
			ip.Flags = layers.IPv4MoreFragments
		}
		t.packet(from, to, ip, gopacket.Payload(part))
	}
}

// extensions puts IPv6 packets with extension headers on the tape: a UDP
// datagram behind hop-by-hop options, and the first fragment of another.
func (t *tape) extensions(from, to host) {
	udp := &layers.UDP{SrcPort: 40004, DstPort: 5001}
	ip := t.network(from, to, layers.IPProtocolIPv6HopByHop).(*layers.IPv6)
	hop := []byte{byte(layers.IPProtocolUDP), 0, 1, 4, 0, 0, 0, 0} // PadN of four bytes
	if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
		panic(err)
	}
	t.packet(from, to, ip, gopacket.Payload(append(hop, serialize(udp, gopacket.Payload("behind options"))...)))

	ip = t.network(from, to, layers.IPProtocolIPv6Fragment).(*layers.IPv6)
	head := []byte{byte(layers.IPProtocolUDP), 0, 0, 1, 0, 0, 0x12, 0x34} // offset 0, more fragments
	t.packet(from, to, ip, gopacket.Payload(append(head, serialize(udp, gopacket.Payload(strings.Repeat("g", 100)))...)))
}
