package main

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// A frame is one captured packet with its capture time.
type frame struct {
	at   time.Time
	data []byte
}

// A tape collects frames. now is the time of the next frame; every frame moves
// it forward by step.
type tape struct {
	frames []frame
	now    time.Time
	step   time.Duration
	vlans  []uint16 // tags that every frame gets, outermost first
	id     uint16   // IPv4 identification of the next packet
}

func newTape(start time.Time, step time.Duration) *tape {
	return &tape{now: start, step: step, id: 0x1000}
}

// wait moves the clock forward without a frame.
func (t *tape) wait(d time.Duration) { t.now = t.now.Add(d) }

// A host is one end of the traffic.
type host struct {
	mac net.HardwareAddr
	ip  netip.Addr
	ttl uint8 // hop limit for IPv6
}

func newHost(mac, ip string, ttl uint8) host {
	hw, err := net.ParseMAC(mac)
	if err != nil {
		panic(err)
	}
	return host{mac: hw, ip: netip.MustParseAddr(ip), ttl: ttl}
}

// network returns the IP header of a packet between two hosts, ready to be
// changed by the caller before it is put on a tape.
func (t *tape) network(from, to host, proto layers.IPProtocol) gopacket.SerializableLayer {
	if from.ip.Is6() {
		return &layers.IPv6{
			Version: 6, HopLimit: from.ttl, NextHeader: proto, FlowLabel: 0x12345,
			SrcIP: from.ip.AsSlice(), DstIP: to.ip.AsSlice(),
		}
	}
	t.id++
	return &layers.IPv4{
		Version: 4, IHL: 5, TTL: from.ttl, Id: t.id, Protocol: proto, Flags: layers.IPv4DontFragment,
		SrcIP: from.ip.AsSlice(), DstIP: to.ip.AsSlice(),
	}
}

// packet puts an IP packet on the tape: IP header, then the given layers.
// Lengths and checksums are filled in.
func (t *tape) packet(from, to host, ip gopacket.SerializableLayer, above ...gopacket.SerializableLayer) {
	kind := layers.EthernetTypeIPv4
	if from.ip.Is6() {
		kind = layers.EthernetTypeIPv6
	}
	t.ethernet(from, to.mac, kind, append([]gopacket.SerializableLayer{ip}, above...)...)
}

// ethernet puts a frame on the tape, with the VLAN tags in force.
func (t *tape) ethernet(from host, to net.HardwareAddr, kind layers.EthernetType, above ...gopacket.SerializableLayer) {
	below := []gopacket.SerializableLayer{&layers.Ethernet{SrcMAC: from.mac, DstMAC: to, EthernetType: kind}}
	for i, id := range t.vlans {
		tagged := layers.EthernetTypeDot1Q
		if i == 0 && len(t.vlans) > 1 {
			tagged = layers.EthernetTypeQinQ
		}
		if i == 0 {
			below[0].(*layers.Ethernet).EthernetType = tagged
		} else {
			below[i].(*layers.Dot1Q).Type = tagged
		}
		below = append(below, &layers.Dot1Q{VLANIdentifier: id, Type: kind})
	}
	t.put(serialize(append(below, above...)...))
}

// put appends a frame of the given bytes at the current time.
func (t *tape) put(data []byte) {
	t.frames = append(t.frames, frame{t.now, data})
	t.now = t.now.Add(t.step)
}

// serialize returns the bytes of the layers with lengths and checksums filled in.
func serialize(all ...gopacket.SerializableLayer) []byte {
	for _, l := range all {
		if ip, ok := l.(gopacket.NetworkLayer); ok {
			setChecksumNetwork(ip, all)
		}
	}
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, all...); err != nil {
		panic(fmt.Sprintf("make: a layer of the story cannot be written: %v", err))
	}
	return append([]byte(nil), buf.Bytes()...)
}

// setChecksumNetwork tells the transport headers whose addresses their checksum covers.
func setChecksumNetwork(ip gopacket.NetworkLayer, all []gopacket.SerializableLayer) {
	for _, l := range all {
		if c, ok := l.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}); ok {
			if err := c.SetNetworkLayerForChecksum(ip); err != nil {
				panic(err)
			}
		}
	}
}

// udp puts a UDP datagram on the tape.
func (t *tape) udp(from, to host, sport, dport uint16, payload []byte) {
	t.packet(from, to, t.network(from, to, layers.IPProtocolUDP),
		&layers.UDP{SrcPort: layers.UDPPort(sport), DstPort: layers.UDPPort(dport)}, gopacket.Payload(payload))
}

// last returns the bytes of the frame n places before the end of the tape,
// without Ethernet header, for ICMP errors that quote it.
func (t *tape) last(n int) []byte {
	const ethernetHeader, vlanTag = 14, 4
	return t.frames[len(t.frames)-n].data[ethernetHeader+vlanTag*len(t.vlans):]
}
