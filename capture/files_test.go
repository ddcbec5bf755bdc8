package capture_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"

	"github.com/pcap-teardown/teardown/capture"
	ct "github.com/pcap-teardown/teardown/capture/capturetest"
)

// place are the columns that say where a frame stands; the frames themselves are alike.
func place(t *testing.T, rows []string) string {
	t.Helper()
	var out []string
	for _, r := range rows {
		var keep []string
		for _, f := range strings.Split(r, " ") {
			name, _, ok := strings.Cut(f, "=")
			if !ok {
				continue // a word of decode_error
			}
			switch name {
			case "frame", "ts", "ts_ns", "interface", "link_type", "frame_len", "cap_len", "order_ns", "src_port":
				keep = append(keep, f)
			}
		}
		_, problem, ok := strings.Cut(r, "decode_error=")
		if ok {
			problem, _, _ = strings.Cut(problem[1:], `"`)
			keep = append(keep, "decode_error="+problem)
		}
		out = append(out, "  "+strings.Join(keep, " ")+"\n")
	}
	return strings.Join(out, "")
}

// describe returns the rows, the statistics and the error of a capture as text.
func describe(t *testing.T, r io.Reader) string {
	t.Helper()
	rows, stats, err := read(r, capture.Options{Workers: 1})
	text := fmt.Sprintf("  format %q compression %q frames %d\n", stats.Format, stats.Compression, stats.Frames)
	if stats.Frames != int64(len(rows)) {
		t.Errorf("%d frames but %d rows", stats.Frames, len(rows))
	}
	if err != io.EOF {
		text += "  error " + err.Error() + "\n"
	}
	return text + damageText(stats) + place(t, rows)
}

type fileCase struct {
	name string
	data []byte
}

func testFiles(t *testing.T, file string, cases []fileCase) {
	t.Helper()
	var out strings.Builder
	for _, c := range cases {
		whole := describe(t, bytes.NewReader(c.data))
		if slow := describe(t, iotest.OneByteReader(bytes.NewReader(c.data))); slow != whole {
			t.Errorf("%s: read byte by byte:\n%swant\n%s", c.name, slow, whole)
		}
		fmt.Fprintf(&out, "%s\n%s", c.name, whole)
	}
	golden(t, file, out.String())
}

// two frames, told apart by their source port.
var (
	frameA = ct.TCP{Src: "10.0.0.1:1111", Dst: server4, Flags: ct.SYN}.Frame()
	frameB = ct.TCP{Src: "10.0.0.1:2222", Dst: server4, Flags: ct.SYN, Payload: []byte("abc")}.Frame()
	pair   = []ct.Packet{{Time: 1700000000123456789, Data: frameA}, {Time: 1700000001000000001, Data: frameB, Wire: 1500}}
)

func TestPcap(t *testing.T) {
	be := binary.BigEndian
	fddi := ct.Cat([]byte{0x50}, make([]byte, 12), []byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, frameA[14:])
	patch := ct.Cat(make([]byte, 4), ct.U16(0x0800), []byte{0, 0})
	maybe := ct.Pcap(ct.File{Link: 1, Minor: 3, Swapped: true}, pair...)
	testFiles(t, "pcap.golden", []fileCase{
		{"microseconds", ct.Pcap(ct.File{Link: 1}, pair...)},
		{"microseconds, big endian", ct.Pcap(ct.File{Link: 1, Order: be}, pair...)},
		{"nanoseconds", ct.Pcap(ct.File{Link: 1, Nano: true}, pair...)},
		{"nanoseconds, big endian", ct.Pcap(ct.File{Link: 1, Nano: true, Order: be}, pair...)},
		{"no frames", ct.Pcap(ct.File{Link: 1})},
		{"version 2.2: lengths in the other order", ct.Pcap(ct.File{Link: 1, Minor: 2, Swapped: true}, pair...)},
		{"version 2.3 with lengths in the old order", maybe},
		{"modified libpcap", ct.Pcap(ct.File{Link: 1, Magic: 0xa1b2cd34, Record: patch}, pair...)},
		{"modified libpcap of SuSE, big endian", ct.Pcap(ct.File{Link: 1, Order: be, Magic: 0xa1b2cd34, Record: ct.Cat(patch, make([]byte, 4))}, pair...)},
		{"modified libpcap with the usual magic", ct.Pcap(ct.File{Link: 1, Record: patch}, pair...)},
		{"Nokia", ct.Pcap(ct.File{Link: 1, Record: make([]byte, 4)}, pair...)},
		{"Navtel", ct.Pcap(ct.File{Link: 1, Magic: 0xa12b3c4d}, pair...)},
		{"fmesquid", ct.Pcap(ct.File{Link: 1, Magic: 0xa1b234cd}, pair...)},
		{"Ixia, nanoseconds", ct.Pcap(ct.File{Link: 1, Magic: 0x1c0001ac, Nano: true, Header: make([]byte, 4)}, pair...)},
		{"Ixia, microseconds", ct.Pcap(ct.File{Link: 1, Magic: 0x1c0001ab, Header: make([]byte, 4), Order: be}, pair...)},
		{"AIX, nanoseconds", ct.Pcap(ct.File{Link: 6, Minor: 2, Nano: true, Magic: 0xa1b2c3d4}, pair...)},
		{"AIX, FDDI after 3 bytes", ct.Pcap(ct.File{Link: 15, Minor: 2, Nano: true, Magic: 0xa1b2c3d4}, ct.Packet{Time: 5, Data: ct.Cat(make([]byte, 3), fddi)})},
		{"Ethernet with FCS bits in the link type", ct.Pcap(ct.File{Link: 1 | 2<<28 | 1<<26}, pair...)},
		{"snapshot length smaller than frames", ct.Pcap(ct.File{Link: 1, Snap: 20}, pair...)},
		{"more captured than on the wire", ct.Pcap(ct.File{Link: 1}, ct.Packet{Data: frameA, Wire: 20})},
		{"frame without bytes", ct.Pcap(ct.File{Link: 1}, ct.Packet{}, pair[0], ct.Packet{Wire: 60}, pair[1])},
		{"times that go back", ct.Pcap(ct.File{Link: 1}, pair[1], pair[0])},
		{"time of 2100", ct.Pcap(ct.File{Link: 1}, ct.Packet{Time: 4102444800e9, Data: frameA})},
		{"two captures, the second with a time zone in its header, which nothing uses", ct.Cat(ct.Pcap(ct.File{Link: 1}, pair...), patched(ct.Pcap(ct.File{Link: 1, Order: be}, pair...), 10, 0x0e, 0x10, 0, 0, 0, 2))},
		{"two captures, one after the other", ct.Cat(ct.Pcap(ct.File{Link: 1}, pair...), ct.Pcap(ct.File{Link: 101, Order: be, Nano: true}, ct.Packet{Time: 7, Data: frameA[14:]}))},
	})
}

func TestPcapng(t *testing.T) {
	build := func(order binary.AppendByteOrder, f func(w *ct.Pcapng)) []byte {
		w := &ct.Pcapng{Order: order}
		w.Section()
		f(w)
		return w.B
	}
	le := func(f func(w *ct.Pcapng)) []byte { return build(nil, f) }
	const micro = 1700000000123456
	resolution := func(v byte, units uint64) []byte {
		return le(func(w *ct.Pcapng) {
			w.Interface(1, 0, w.Opt(9, []byte{v}))
			w.Enhanced(0, units, frameA, len(frameA))
		})
	}
	offset := func(seconds int64) []byte {
		return le(func(w *ct.Pcapng) {
			w.Interface(1, 0, w.Opt(14, binary.LittleEndian.AppendUint64(nil, uint64(seconds))))
			w.Enhanced(0, micro, frameA, len(frameA))
		})
	}
	usual := func(w *ct.Pcapng) {
		w.Interface(1, 0, w.Opt(2, []byte("eth0")), w.Opt(0, nil))
		w.Enhanced(0, micro, frameA, len(frameA))
		w.Enhanced(0, micro+1, frameB, 1500)
	}
	testFiles(t, "pcapng.golden", []fileCase{
		{"enhanced packets", le(usual)},
		{"enhanced packets, big endian", build(binary.BigEndian, usual)},
		{"a section without anything", le(func(*ct.Pcapng) {})},
		{"interfaces with and without name", le(func(w *ct.Pcapng) {
			w.Interface(1, 0, w.Opt(3, []byte("not the name")), w.Opt(2, []byte("wan\x00")), w.Opt(0, nil))
			w.Interface(101, 0)
			w.Enhanced(1, micro, frameA[14:], len(frameA)-14)
			w.Enhanced(0, micro, frameB, len(frameB))
		})},
		{"two sections of different byte order", ct.Cat(le(usual), build(binary.BigEndian, func(w *ct.Pcapng) {
			w.Interface(101, 0)
			w.Enhanced(0, micro, frameA[14:], len(frameA)-14)
		}))},
		{"simple packets, cut at the snapshot length", le(func(w *ct.Pcapng) {
			w.Interface(1, 40)
			w.Simple(frameA[:40], len(frameA))
			w.Simple(frameA[:20], 20)
		})},
		{"obsolete packets", le(func(w *ct.Pcapng) {
			w.Interface(1, 0)
			w.Obsolete(0, micro, frameA, len(frameA))
		})},
		{"custom blocks count as frames", le(func(w *ct.Pcapng) {
			w.Interface(1, 0)
			w.Custom(0xbad, 32473, []byte("hello"))
			w.Enhanced(0, micro, frameA, len(frameA))
			w.Custom(0x40000bad, 32473, []byte("hello again"))
			w.Enhanced(0, micro, frameB, len(frameB))
		})},
		{"journal entry and system call count too", le(func(w *ct.Pcapng) {
			w.Block(9, []byte("__REALTIME_TIMESTAMP=1700000000123456\nMESSAGE=hi\n"))
			w.Block(0x204, ct.Cat([]byte{1, 0}, binary.LittleEndian.AppendUint64(nil, 1700000000123456789), make([]byte, 8), []byte{26, 0, 0, 0, 5, 0}, make([]byte, 8)))
		})},
		{"names, statistics, secrets and unknown blocks do not", le(func(w *ct.Pcapng) {
			w.Interface(1, 0)
			for _, kind := range []int{4, 5, 10, 0x7777, 0x208, 0x217, 0x222} {
				w.Block(kind, make([]byte, 40))
			}
			w.Enhanced(0, micro, frameA, len(frameA))
		})},
		{"seconds", resolution(0, 1700000000)},
		{"milliseconds", resolution(3, 1700000000123)},
		{"nanoseconds", resolution(9, 1700000000123456789)},
		{"picoseconds", resolution(12, 1700000123456789012)},
		{"10^-19 seconds", resolution(19, 1<<63)},
		{"10^-127 seconds", resolution(127, 1<<63)},
		{"2^0 seconds", resolution(0x80, 1700000000)},
		{"2^-10 seconds", resolution(0x80|10, 1700000000<<10|512)},
		{"2^-32 seconds", resolution(0x80|32, 1700000000<<32|1)},
		{"2^-64 seconds", resolution(0x80|64, 1<<63)},
		{"2^-90 seconds", resolution(0x80|90, 1<<63)},
		{"seconds beyond int64 nanoseconds", resolution(0, 1<<40)},
		{"offset back", offset(-3600)},
		{"offset to before 1970", offset(-1 << 32)},
		{"offset beyond int64 nanoseconds", offset(1 << 40)},
		{"least offset", offset(-1 << 63)},
		{"FCS length", le(func(w *ct.Pcapng) {
			w.Interface(1, 0, w.Opt(13, []byte{4}))
			w.Enhanced(0, micro, ct.Cat(frameA, make([]byte, 4)), len(frameA)+4)
		})},
		{"options that are not valid", le(func(w *ct.Pcapng) {
			w.Interface(1, 0, w.Opt(9, []byte{1, 2}), w.Opt(2, nil), []byte{2, 0, 200, 0})
			w.Enhanced(0, micro, frameA, len(frameA))
		})},
		{"then a capture in format pcap", ct.Cat(le(usual), ct.Pcap(ct.File{Link: 1}, pair...))},
		{"after a capture in format pcap", ct.Cat(ct.Pcap(ct.File{Link: 1}, pair...), le(usual))},
	})
}

func TestDamage(t *testing.T) {
	plain := ct.Pcap(ct.File{Link: 1}, pair...)
	lie := func(at int, v uint32) []byte {
		b := ct.Cat(plain)
		binary.LittleEndian.PutUint32(b[at:], v)
		return b
	}
	var w ct.Pcapng
	w.Section()
	w.Interface(1, 0)
	head := len(w.B)
	w.Enhanced(0, 1, frameA, len(frameA))
	block := len(w.B) - head
	w.Enhanced(0, 2, frameB, len(frameB))
	w.Enhanced(0, 3, frameA, len(frameA))
	ng := w.B
	change := func(at int, v uint32) []byte {
		b := ct.Cat(ng)
		binary.LittleEndian.PutUint32(b[at:], v)
		return b
	}
	unpadded := ct.Cat(ng[:head], func() []byte {
		var u ct.Pcapng
		u.Enhanced(0, 9, frameA[:53], 53)
		b := ct.Cat(u.B[:len(u.B)-4-3], u.B[len(u.B)-4:])
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)))
		binary.LittleEndian.PutUint32(b[len(b)-4:], uint32(len(b)))
		return b
	}(), ng[head:])
	testFiles(t, "damage.golden", []fileCase{
		{"empty", nil},
		{"text", []byte("This is no capture.\n")},
		{"one byte", []byte{0xd4}},
		{"snoop", []byte("snoop\x00\x00\x00\x00\x00\x00\x02")},
		{"ZIP archive", []byte("PK\x03\x04\x14\x00\x00\x00")},
		{"pcap header cut", plain[:20]},
		{"Ixia header cut", ct.Pcap(ct.File{Link: 1, Magic: 0x1c0001ac})[:26]},
		{"pcap of version 1", patched(plain, 4, 1, 0)},
		{"record header cut", plain[:24+7]},
		{"packet cut", plain[:len(plain)-1]},
		{"record of 4 GiB", lie(24+8, 0xffffffff)},
		{"record of 4 GiB, then another capture", ct.Cat(lie(24+16+len(frameA)+8, 0xffffffff), plain)},
		{"record of 4 GiB, then good ones", patched(ct.Pcap(ct.File{Link: 1}, pair[0], pair[0], pair[1], pair[0], pair[1]), 24+16+len(frameA)+8, 255, 255, 255, 255)},
		{"bytes missing inside a packet, then good ones", func() []byte {
			b := ct.Pcap(ct.File{Link: 1}, pair[0], pair[0], pair[1], pair[0], pair[1])
			return ct.Cat(b[:24+30], b[24+33:])
		}()},
		{"record of 64 MB where the header allows it", patched(lie(24+8, 64<<20), 16, 0, 0, 0, 8)},
		{"section header cut", ng[:20]},
		{"section header without byte-order magic", patched(ng, 8, 1, 2, 3, 4)},
		{"section of another byte-order magic later", ct.Cat(ng, patched(ng[:28], 8, 1, 2, 3, 4), ng)},
		{"block cut", ng[:len(ng)-5]},
		{"block header cut", ng[:head+6]},
		{"block of 4 GiB, then good ones", change(head+4, 0xfffffffc)},
		{"block of 40 MB, then good ones", change(head+4, 40<<20)},
		{"block of 8 bytes, then good ones", change(head+4, 8)},
		{"block of 16 bytes, too small for its kind", change(head+4, 16)},
		{"block with another length at its end, then good ones", change(head+block-4, 77)},
		{"last block with another length at its end", patched(ng, len(ng)-4, 1)},
		{"garbage between blocks", ct.Cat(ng[:head+block], []byte("some bytes that do not belong here"), ng[head+block:])},
		{"garbage at the end", ct.Cat(ng, []byte("some bytes that do not belong here"))},
		{"length without padding, which is there", patched(patched(ng, head+4, byte(block-2)), head+block-4, byte(block-2))},
		{"length without padding, which is not there", unpadded},
		{"captured length beyond the block", change(head+20, 200)},
		{"packet of an interface that is not described", change(head+8, 7)},
		{"simple packet before any interface", func() []byte {
			var w ct.Pcapng
			w.Section()
			w.Simple(frameA, len(frameA))
			return w.B
		}()},
	})
}

func TestCompression(t *testing.T) {
	plain := ct.Pcap(ct.File{Link: 1}, pair...)
	pack := func(open func(io.Writer) (io.WriteCloser, error), parts ...[]byte) []byte {
		var out bytes.Buffer
		for _, p := range parts {
			w, err := open(&out)
			if err != nil {
				t.Fatal(err)
			}
			w.Write(p)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		return out.Bytes()
	}
	gz := func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }
	zs := func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }
	l4 := func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil }
	x := func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }
	one := pack(gz, plain)
	broken := ct.Cat(one)
	broken[len(broken)-6] ^= 0x55 // the checksum
	testFiles(t, "compression.golden", []fileCase{
		{"gzip", one},
		{"gzip of two members", pack(gz, plain[:50], plain[50:])},
		{"gzip of two captures", pack(gz, plain, plain)},
		{"gzip cut", one[:len(one)-30]},
		{"gzip cut in its header", one[:7]},
		{"gzip with a wrong checksum", broken},
		{"gzip of nothing", pack(gz, nil)},
		{"gzip of text", pack(gz, []byte("This is no capture.\n"))},
		{"gzip and zeros", ct.Cat(one, make([]byte, 9000))},
		{"gzip, zeros and garbage", ct.Cat(one, make([]byte, 20), []byte("garbage after the end"))},
		{"gzip and garbage", ct.Cat(one, []byte("garbage after the end"))},
		{"zstd", pack(zs, plain)},
		{"zstd of two frames", pack(zs, plain[:50], plain[50:])},
		{"zstd after a skippable frame", ct.Cat([]byte{0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9}, pack(zs, plain))},
		{"zstd cut", pack(zs, plain)[:60]},
		{"lz4", pack(l4, plain)},
		{"lz4 of the legacy format", pack(func(w io.Writer) (io.WriteCloser, error) {
			z := lz4.NewWriter(w)
			return z, z.Apply(lz4.LegacyOption(true))
		}, plain)},
		{"lz4 of two frames", pack(l4, plain[:50], plain[50:])},
		{"lz4 cut", pack(l4, plain)[:60]},
		{"xz", pack(x, plain)},
		{"xz cut", pack(x, plain)[:80]},
		{"xz of two streams", pack(x, plain[:50], plain[50:])},
		{"xz cut before its index", pack(x, plain)[:len(pack(x, plain))-30]},
		{"bzip2", unhex(t, bzip2Capture)},
		{"bzip2 of two streams", ct.Cat(unhex(t, bzip2Capture), unhex(t, bzip2Capture))},
		{"bzip2 cut", unhex(t, bzip2Capture)[:40]},
	})
}

// bzip2Capture is a capture of one raw IPv4 packet; nothing in Go writes bzip2.
const bzip2Capture = "425a68393141592653595290e501000023571e77900040420040800200200010000800040020005440981068612a7ea50c8f" +
	"49e9073b678de92ee310b221d77004b60a9833a8b537749496702efbef62ee48a70a120a521ca020"

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A reader that fails is damage at the place where it fails, or the error itself if there
// was nothing before.
func TestReadError(t *testing.T) {
	bad := errors.New("input/output error")
	plain := ct.Pcap(ct.File{Link: 1}, pair...)
	got := describe(t, io.MultiReader(bytes.NewReader(plain[:60]), iotest.ErrReader(bad))) +
		describe(t, io.MultiReader(bytes.NewReader(plain), iotest.ErrReader(bad))) +
		describe(t, iotest.ErrReader(bad))
	golden(t, "readerror.golden", got)
	_, _, err := read(iotest.ErrReader(bad), capture.Options{})
	if !errors.Is(err, bad) {
		t.Errorf("the error is %v, want it to be %v", err, bad)
	}
	var no *capture.NotCaptureError
	if _, _, err := read(strings.NewReader("text"), capture.Options{}); !errors.As(err, &no) {
		t.Errorf("the error of text is %v, want a NotCaptureError", err)
	}
}
