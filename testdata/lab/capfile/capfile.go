package capfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Link types (https://www.tcpdump.org/linktypes.html).
const (
	Null     = 0
	Ethernet = 1
	Raw      = 101
	SLL      = 113
	IPv4     = 228
	IPv6     = 229
	SLL2     = 276
)

// Record is one frame.
type Record struct {
	Time time.Time
	Data []byte
	Len  int // length on the wire
}

// Format says how a file is written. The zero value is little-endian pcapng
// with nanoseconds.
type Format struct {
	Pcap      bool // classic pcap
	Micros    bool // microseconds instead of nanoseconds
	BigEndian bool
	Gzip      bool
}

// Extension is the file name's end for the format.
func (f Format) Extension() string {
	e := ".pcapng"
	if f.Pcap {
		e = ".pcap"
	}
	if f.Gzip {
		e += ".gz"
	}
	return e
}

func (f Format) order() binary.AppendByteOrder {
	if f.BigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// Write stores the records under that name.
func Write(name string, f Format, link, snap int, recs []Record) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	bw := bufio.NewWriterSize(file, 1<<20)
	var w io.Writer = bw
	var zw *gzip.Writer
	if f.Gzip {
		zw = gzip.NewWriter(bw)
		w = zw
	}
	if f.Pcap {
		err = writePcap(w, f, link, snap, recs)
	} else {
		err = writeNg(w, f, link, snap, recs)
	}
	if zw != nil && err == nil {
		err = zw.Close()
	}
	if err == nil {
		err = bw.Flush()
	}
	if e := file.Close(); err == nil {
		err = e
	}
	return err
}

func writePcap(w io.Writer, f Format, link, snap int, recs []Record) error {
	o := f.order()
	magic, unit := uint32(0xa1b23c4d), int64(1)
	if f.Micros {
		magic, unit = 0xa1b2c3d4, 1000
	}
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(o.AppendUint16(b, 2), 4)
	b = o.AppendUint32(append(b, make([]byte, 8)...), uint32(snap))
	b = o.AppendUint32(b, uint32(link))
	if _, err := w.Write(b); err != nil {
		return err
	}
	for _, r := range recs {
		b = o.AppendUint32(b[:0], uint32(r.Time.Unix()))
		b = o.AppendUint32(b, uint32(int64(r.Time.Nanosecond())/unit))
		b = o.AppendUint32(b, uint32(len(r.Data)))
		b = o.AppendUint32(b, uint32(r.Len))
		if _, err := w.Write(append(b, r.Data...)); err != nil {
			return err
		}
	}
	return nil
}

func writeNg(w io.Writer, f Format, link, snap int, recs []Record) error {
	o := f.order()
	block := func(kind uint32, body []byte) error {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		n := uint32(len(body) + 12)
		b := o.AppendUint32(o.AppendUint32(nil, kind), n)
		b = o.AppendUint32(append(b, body...), n)
		_, err := w.Write(b)
		return err
	}
	b := o.AppendUint32(nil, 0x1a2b3c4d)
	b = o.AppendUint16(o.AppendUint16(b, 1), 0)
	b = o.AppendUint64(b, ^uint64(0))
	if err := block(0x0a0d0d0a, b); err != nil {
		return err
	}
	b = o.AppendUint16(o.AppendUint16(nil, uint16(link)), 0)
	b = o.AppendUint32(b, uint32(snap))
	b = append(o.AppendUint16(o.AppendUint16(b, 2), 3), "lab\x00"...) // if_name
	if !f.Micros {
		b = append(o.AppendUint16(o.AppendUint16(b, 9), 1), 9, 0, 0, 0) // if_tsresol
	}
	b = o.AppendUint32(b, 0)
	if err := block(1, b); err != nil {
		return err
	}
	for _, r := range recs {
		t := uint64(r.Time.UnixNano())
		if f.Micros {
			t /= 1000
		}
		b = o.AppendUint32(o.AppendUint32(o.AppendUint32(nil, 0), uint32(t>>32)), uint32(t))
		b = o.AppendUint32(o.AppendUint32(b, uint32(len(r.Data))), uint32(r.Len))
		if err := block(6, append(b, r.Data...)); err != nil {
			return err
		}
	}
	return nil
}

// Reader gives the frames of a file one after the other.
type Reader struct {
	r     *bufio.Reader
	close func() error
	o     binary.ByteOrder
	ng    bool
	nano  bool
	link  int
	frame int
	name  string
}

// Open opens a file of any format that Write makes.
func Open(name string) (*Reader, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	r := &Reader{r: bufio.NewReaderSize(f, 1<<20), close: f.Close, name: name}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(r.r)
		if err != nil {
			return nil, r.fail(err)
		}
		r.r = bufio.NewReaderSize(z, 1<<20)
	}
	magic, err := r.r.Peek(12)
	if err != nil {
		return nil, r.fail(err)
	}
	le, be := binary.LittleEndian.Uint32(magic), binary.BigEndian.Uint32(magic)
	switch {
	case le == 0x0a0d0d0a:
		r.ng, r.nano, r.o = true, false, binary.LittleEndian
		if binary.BigEndian.Uint32(magic[8:]) == 0x1a2b3c4d {
			r.o = binary.BigEndian
		}
		return r, nil
	case le == 0xa1b2c3d4 || le == 0xa1b23c4d:
		r.o, r.nano = binary.LittleEndian, le == 0xa1b23c4d
	case be == 0xa1b2c3d4 || be == 0xa1b23c4d:
		r.o, r.nano = binary.BigEndian, be == 0xa1b23c4d
	default:
		return nil, r.fail(fmt.Errorf("no pcap or pcapng"))
	}
	var h [24]byte
	if _, err := io.ReadFull(r.r, h[:]); err != nil {
		return nil, r.fail(err)
	}
	r.link = int(r.o.Uint32(h[20:]))
	return r, nil
}

func (r *Reader) fail(err error) error {
	r.close()
	return fmt.Errorf("capfile: %s: frame %d: %w", r.name, r.frame+1, err)
}

// Close closes the file.
func (r *Reader) Close() error { return r.close() }

// Next returns the next frame and its link type; io.EOF at the end.
func (r *Reader) Next() (Record, int, error) {
	if r.ng {
		return r.nextNg()
	}
	var h [16]byte
	if _, err := io.ReadFull(r.r, h[:]); err != nil {
		if err == io.EOF {
			return Record{}, 0, err
		}
		return Record{}, 0, r.fail(err)
	}
	sub := int64(r.o.Uint32(h[4:]))
	if !r.nano {
		sub *= 1000
	}
	return r.body(Record{Time: time.Unix(int64(r.o.Uint32(h[:])), sub), Len: int(r.o.Uint32(h[12:]))}, int(r.o.Uint32(h[8:])), r.r)
}

func (r *Reader) body(rec Record, n int, from io.Reader) (Record, int, error) {
	if n < 0 || n > 1<<18 {
		return rec, 0, r.fail(fmt.Errorf("captured length %d", n))
	}
	rec.Data = make([]byte, n)
	if _, err := io.ReadFull(from, rec.Data); err != nil {
		return rec, 0, r.fail(err)
	}
	r.frame++
	return rec, r.link, nil
}

func (r *Reader) nextNg() (Record, int, error) {
	for {
		var h [8]byte
		if _, err := io.ReadFull(r.r, h[:]); err != nil {
			if err == io.EOF {
				return Record{}, 0, err
			}
			return Record{}, 0, r.fail(err)
		}
		n := int(r.o.Uint32(h[4:])) - 8
		if n < 4 || n > 1<<20 {
			return Record{}, 0, r.fail(fmt.Errorf("block length %d", n+8))
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(r.r, b); err != nil {
			return Record{}, 0, r.fail(err)
		}
		switch r.o.Uint32(h[:]) {
		case 1:
			r.link = int(r.o.Uint16(b))
			r.nano = bytes.Contains(b[8:], r.o.(binary.AppendByteOrder).AppendUint16(r.o.(binary.AppendByteOrder).AppendUint16(nil, 9), 1))
		case 6:
			t := int64(uint64(r.o.Uint32(b[4:]))<<32 | uint64(r.o.Uint32(b[8:])))
			if !r.nano {
				t *= 1000
			}
			return r.body(Record{Time: time.Unix(0, t), Len: int(r.o.Uint32(b[16:]))}, int(r.o.Uint32(b[12:])), bytes.NewReader(b[20:]))
		}
	}
}
