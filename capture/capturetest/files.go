package capturetest

import "encoding/binary"

// A Packet is a frame in a capture file.
type Packet struct {
	Time int64 // nanoseconds since 1970-01-01 UTC
	Data []byte
	Wire int // length on the wire; 0 is len(Data)
}

func (p Packet) wire() int {
	if p.Wire == 0 {
		return len(p.Data)
	}
	return p.Wire
}

// A File says what kind of pcap is written.
type File struct {
	Order   binary.AppendByteOrder // nil is little endian
	Magic   uint32                 // 0 is 0xa1b2c3d4, or 0xa1b23c4d where Nano is set
	Minor   int                    // minor version; 0 is 4
	Snap    int                    // snapshot length; 0 is 262144
	Link    int                    // LINKTYPE_ value, with FCS bits if need be
	Nano    bool                   // fractions are nanoseconds
	Header  []byte                 // more bytes after the file header
	Record  []byte                 // more bytes after each record header
	Swapped bool                   // the lengths of records are in the order before version 2.3
}

// Pcap returns a capture file of format pcap.
func Pcap(f File, packets ...Packet) []byte {
	o := f.Order
	if o == nil {
		o = binary.LittleEndian
	}
	if f.Magic == 0 {
		if f.Magic = 0xa1b2c3d4; f.Nano {
			f.Magic = 0xa1b23c4d
		}
	}
	if f.Minor == 0 {
		f.Minor = 4
	}
	if f.Snap == 0 {
		f.Snap = 262144
	}
	b := o.AppendUint32(nil, f.Magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, uint16(f.Minor))
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(b, uint32(f.Snap))
	b = o.AppendUint32(b, uint32(f.Link))
	b = append(b, f.Header...)
	for _, p := range packets {
		frac := p.Time % 1e9
		if !f.Nano {
			frac /= 1000
		}
		b = o.AppendUint32(b, uint32(p.Time/1e9))
		b = o.AppendUint32(b, uint32(frac))
		first, second := len(p.Data), p.wire()
		if f.Swapped {
			first, second = second, first
		}
		b = o.AppendUint32(b, uint32(first))
		b = o.AppendUint32(b, uint32(second))
		b = append(b, f.Record...)
		b = append(b, p.Data...)
	}
	return b
}

// Pcapng builds the blocks of a capture file of format pcapng; B holds them.
type Pcapng struct {
	Order binary.AppendByteOrder // nil is little endian
	B     []byte
}

func (w *Pcapng) order() binary.AppendByteOrder {
	if w.Order == nil {
		w.Order = binary.LittleEndian
	}
	return w.Order
}

// Block appends a block, padded to a multiple of 4 bytes.
func (w *Pcapng) Block(kind int, body []byte) {
	o := w.order()
	size := uint32(12 + (len(body)+3)&^3)
	w.B = o.AppendUint32(w.B, uint32(kind))
	w.B = o.AppendUint32(w.B, size)
	w.B = append(w.B, body...)
	w.B = append(w.B, make([]byte, (4-len(body)%4)%4)...)
	w.B = o.AppendUint32(w.B, size)
}

// Section appends a section header of unknown length.
func (w *Pcapng) Section() {
	o := w.order()
	body := o.AppendUint32(nil, 0x1a2b3c4d)
	body = o.AppendUint16(body, 1)
	body = o.AppendUint16(body, 0)
	w.Block(0x0a0d0d0a, o.AppendUint64(body, ^uint64(0)))
}

// Opt returns an option, padded; code 0 ends a list of options.
func (w *Pcapng) Opt(code int, value []byte) []byte {
	o := w.order()
	b := o.AppendUint16(nil, uint16(code))
	b = o.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, (4-len(value)%4)%4)...)
}

// Interface appends an interface description with options.
func (w *Pcapng) Interface(link, snap int, options ...[]byte) {
	o := w.order()
	body := o.AppendUint16(nil, uint16(link))
	body = o.AppendUint16(body, 0)
	body = o.AppendUint32(body, uint32(snap))
	w.Block(1, append(body, Cat(options...)...))
}

// Enhanced appends an enhanced packet block; units is the time in units of the interface.
func (w *Pcapng) Enhanced(iface int, units uint64, data []byte, wire int) {
	o := w.order()
	body := o.AppendUint32(nil, uint32(iface))
	body = o.AppendUint32(body, uint32(units>>32))
	body = o.AppendUint32(body, uint32(units))
	body = o.AppendUint32(body, uint32(len(data)))
	body = o.AppendUint32(body, uint32(wire))
	w.Block(6, append(body, data...))
}

// Obsolete appends a packet block, the forerunner of the enhanced one.
func (w *Pcapng) Obsolete(iface int, units uint64, data []byte, wire int) {
	o := w.order()
	body := o.AppendUint16(nil, uint16(iface))
	body = o.AppendUint16(body, 0)
	body = o.AppendUint32(body, uint32(units>>32))
	body = o.AppendUint32(body, uint32(units))
	body = o.AppendUint32(body, uint32(len(data)))
	body = o.AppendUint32(body, uint32(wire))
	w.Block(2, append(body, data...))
}

// Simple appends a simple packet block.
func (w *Pcapng) Simple(data []byte, wire int) {
	w.Block(3, append(w.order().AppendUint32(nil, uint32(wire)), data...))
}

// Custom appends a custom block of a private enterprise number.
func (w *Pcapng) Custom(kind, enterprise int, data []byte) {
	w.Block(kind, append(w.order().AppendUint32(nil, uint32(enterprise)), data...))
}
