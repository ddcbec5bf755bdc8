package main

import (
	"net"
	"strings"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// webStory is an afternoon of one client as its own machine captures it: name
// resolution, a page fetched and closed properly, a refused port, a server that
// resets, a ping, a closed UDP port, and the same over IPv6.
func webStory() *tape {
	t := newTape(time.Date(2026, 3, 14, 9, 26, 53, 589793238, time.UTC), 1417*time.Microsecond)
	client := newHost("02:00:5e:10:00:01", "192.0.2.10", 64)
	server := newHost("02:00:5e:10:00:fe", "198.51.100.80", 57)
	resolver := newHost("02:00:5e:10:00:fe", "203.0.113.53", 60)
	client6 := newHost("02:00:5e:10:00:01", "2001:db8:1::10", 64)
	server6 := newHost("02:00:5e:10:00:fe", "2001:db8:2::80", 58)

	t.arp(client, server.mac)
	t.lookup(client, resolver, 40001, "www.example.com", server)

	page := t.talk(client, server, 50080, 80, 4294966000) // wraps within the request
	page.cc = true
	page.open()
	page.send(page.orig, "PA", "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: story/1\r\nAccept: */*\r\n"+
		strings.Repeat("X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 30)+"\r\n")
	page.ack(page.resp)
	body := strings.Repeat("All work and no play makes a dull page.\n", 36)
	page.send(page.resp, "A", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2800\r\n\r\n"+body[:1360])
	page.send(page.resp, "PA", body)
	page.ack(page.orig)
	t.wait(210 * time.Millisecond)
	page.again(page.resp, "PA", body)
	page.ack(page.orig)
	page.close(page.orig)

	refused := t.talk(client, server, 50081, 8081, 71000)
	refused.send(refused.orig, "S", "")
	refuse(refused)

	reset := t.talk(client, server, 50082, 443, 92000)
	reset.open()
	reset.send(reset.orig, "PA", "\x16\x03\x01\x00\x2fthis is no handshake that a server would like")
	reset.send(reset.resp, "RA", "")

	t.ping(client, server, 3)

	t.udp(client, server, 50083, 33434, []byte("is anybody there?"))
	t.packet(server, client, t.network(server, client, layers.IPProtocolICMPv4),
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4CodePort)},
		gopacket.Payload(t.last(1)))

	t.solicit(client6, server6)
	six := t.talk(client6, server6, 50084, 80, 1234567)
	six.open()
	six.send(six.orig, "PA", "GET / HTTP/1.0\r\n\r\n")
	six.send(six.resp, "PA", "HTTP/1.0 204 No Content\r\n\r\n")
	six.send(six.resp, "FA", "")
	six.send(six.orig, "FA", "") // three segments close it
	six.ack(six.resp)
	return t
}

// refuse answers a SYN as RFC 9293 3.10.7.1 asks for when nothing listens.
func refuse(c *conversation) {
	tcp := c.header(c.resp, "RA")
	tcp.Seq, tcp.Window = 0, 0
	c.put(c.resp, tcp, "")
}

// arp puts a request of the client for the gateway, and the answer, on the tape.
func (t *tape) arp(client host, gateway net.HardwareAddr) {
	router := host{mac: gateway, ip: newHost("02:00:00:00:00:00", "192.0.2.1", 0).ip}
	none := net.HardwareAddr{0, 0, 0, 0, 0, 0}
	for _, step := range []struct {
		op       uint16
		from, to host
		asked    net.HardwareAddr
		frameTo  net.HardwareAddr
	}{
		{layers.ARPRequest, client, router, none, layers.EthernetBroadcast},
		{layers.ARPReply, router, client, client.mac, client.mac},
	} {
		t.ethernet(step.from, step.frameTo, layers.EthernetTypeARP, &layers.ARP{
			AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
			Operation: step.op, SourceHwAddress: step.from.mac, SourceProtAddress: step.from.ip.AsSlice(),
			DstHwAddress: step.asked, DstProtAddress: step.to.ip.AsSlice(),
		})
	}
}

// lookup puts a DNS question for an address and its answer on the tape.
func (t *tape) lookup(client, resolver host, port uint16, name string, answer host) {
	q := layers.DNSQuestion{Name: []byte(name), Type: layers.DNSTypeA, Class: layers.DNSClassIN}
	ask := &layers.DNS{ID: 0x2a2a, RD: true, Questions: []layers.DNSQuestion{q}}
	t.udp(client, resolver, port, 53, serialize(ask))
	reply := &layers.DNS{ID: 0x2a2a, QR: true, RD: true, RA: true, Questions: []layers.DNSQuestion{q},
		Answers: []layers.DNSResourceRecord{{
			Name: []byte(name), Type: layers.DNSTypeA, Class: layers.DNSClassIN, TTL: 300, IP: answer.ip.AsSlice()}}}
	t.udp(resolver, client, 53, port, serialize(reply))
}

// ping puts n echo requests with their replies on the tape.
func (t *tape) ping(client, server host, n int) {
	for i := range n {
		for _, step := range []struct {
			from, to host
			kind     uint8
		}{{client, server, layers.ICMPv4TypeEchoRequest}, {server, client, layers.ICMPv4TypeEchoReply}} {
			t.packet(step.from, step.to, t.network(step.from, step.to, layers.IPProtocolICMPv4),
				&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(step.kind, 0), Id: 77, Seq: uint16(i + 1)},
				gopacket.Payload("abcdefghijklmnopqrstuvwabcdefghi"))
		}
		t.wait(time.Second)
	}
}

// solicit puts a neighbour solicitation (RFC 4861) on the tape.
func (t *tape) solicit(client, target host) {
	t.packet(client, target, t.network(client, target, layers.IPProtocolICMPv6),
		&layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(layers.ICMPv6TypeNeighborSolicitation, 0)},
		&layers.ICMPv6NeighborSolicitation{TargetAddress: target.ip.AsSlice(), Options: layers.ICMPv6Options{
			{Type: layers.ICMPv6OptSourceAddress, Data: client.mac}}})
}
