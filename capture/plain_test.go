package capture

import (
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/pcap-teardown/teardown/capture/capturetest"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestPlain decodes plain frames, and frames that are nearly plain, with and without the short way for plain ones.
func TestPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	links := []*linkLayer{newLinkLayer(linkEthernet), newLinkLayer(linkEthernet), newLinkLayer(linkEthernet), newLinkLayer(linkRaw)}
	links[1].name, links[2].fcs = "eth1", 4
	taken := 0
	for range 300 {
		raw := &rawBatch{first: 7}
		link := links[0]
		for len(raw.records) < 100 {
			if r.IntN(8) == 0 {
				link = links[r.IntN(len(links))]
			}
			data := nearlyPlain(r)
			wire := uint32(len(data))
			switch r.IntN(6) {
			case 0:
				data = data[:r.IntN(len(data)+1)]
			case 1:
				wire = uint32(r.IntN(2 * len(data)))
			}
			raw.records = append(raw.records, record{data: data, link: link, wire: wire, ts: int64(len(raw.records)), order: 5})
		}
		decode := func(longWay bool, opt Options) *table.Packets {
			raw.out = table.NewPackets(len(raw.records))
			opt.InputIndex = 3
			d := newDecoder("a.pcap", &opt)
			d.longWay = longWay
			d.batch(raw)
			return raw.out
		}
		got, want := decode(false, Options{}), decode(true, Options{})
		d := newDecoder("a.pcap", &Options{InputIndex: 3})
		d.start(table.NewPackets(len(raw.records)))
		for i := range raw.records {
			if d.plain(i, 1, &raw.records[i]) {
				taken++
			}
		}
		for _, opt := range []Options{{NoDecoded: true}, {NoPackets: true}} {
			short, long := decode(false, opt), decode(true, opt)
			for k, c := range want.Columns() {
				name := schemas.PacketBatch.Columns[k].Name
				for _, b := range []*table.Packets{short, long} {
					all, bare := visible(c, want.N), visible(b.Columns()[k], want.N)
					switch {
					case name == "tcp_options_raw":
						for i := range all {
							if want.TcpFlags.Values[i]&flagRST == 0 || want.TcpFlags.Null(i) {
								all[i] = nil
							}
						}
					case name == "checksum_status", opt.NoPackets && slices.Contains(onlyShown, name):
						all = make([]any, want.N)
					}
					if !reflect.DeepEqual(all, bare) {
						t.Fatalf("column %s with %+v:\n%v\n%v", name, opt, bare, all)
					}
				}
			}
		}
		for k, c := range want.Columns() {
			if !reflect.DeepEqual(visible(got.Columns()[k], got.N), visible(c, want.N)) {
				t.Fatalf("column %d of %d differs:\n%v\n%v", k, len(want.Columns()), visible(got.Columns()[k], got.N), visible(c, want.N))
			}
		}
	}
	if taken < 3000 {
		t.Errorf("only %d frames were plain", taken)
	}
}

// TestDigestsOnly holds that with Options.DigestsOnly digests are the same as always, that frames without one are in all
// columns that classify reads, and that a batch that was emptied is like a new one.
func TestDigestsOnly(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	link := newLinkLayer(linkEthernet)
	used := table.NewDigests(200)
	inDigests, inColumns, batches := 0, 0, 0
	var heads table.Heads
	for i := range heads {
		heads[i] = uint8(r.IntN(4))
	}
	for round := range 200 {
		raw := &rawBatch{first: 7}
		for len(raw.records) < 200 {
			data := nearlyPlain(r)
			if round%2 == 0 && len(raw.records)%50 != 0 { // few rows are in all columns
				data = capturetest.TCP{Src: "10.0.0.1:1000", Dst: "10.0.0.2:80", Flags: r.IntN(256), Payload: data}.Frame()
			}
			raw.records = append(raw.records, record{data: data, link: link, wire: uint32(len(data)), ts: int64(len(raw.records)), order: 5})
		}
		decode := func(opt Options, out *table.Packets) *table.Packets {
			raw.out = out
			newDecoder("a.pcap", &opt).batch(raw)
			return raw.out
		}
		want := decode(Options{NoPackets: true, Heads: &heads}, table.NewPackets(200))
		got := decode(Options{DigestsOnly: true, Heads: &heads}, used)
		for i, d := range want.Digests[:want.Digested] {
			if x := got.Digests[i]; x != d && (x.Bits != 0 || d.Bits != 0) {
				t.Fatalf("digest %+v, want %+v", x, d)
			}
		}
		full := 0
		for k, c := range want.Columns() {
			name := schemas.PacketBatch.Columns[k].Name
			if full = len(got.Others); full == 0 && !slices.Contains(alwaysThere, name) {
				continue
			}
			all, bare := visible(c, want.N), visible(got.Columns()[k], got.N)
			for i := range all {
				x := &want.Digests[i]
				if name == "payload_head" && x.Bits != 0 && x.Bits&table.DigestHead == 0 && x.Flags&flagRST == 0 {
					all[i] = nil
				}
				if x.Bits != 0 && !slices.Contains(alwaysThere, name) {
					if all[i] = nil; !schemas.PacketBatch.Columns[k].Nullable {
						bare[i] = nil // undefined
					}
				}
			}
			if !reflect.DeepEqual(all, bare) {
				t.Fatalf("column %s:\n%v\n%v", name, bare, all)
			}
		}
		inDigests += got.N - full
		if inColumns += full; full > 0 && full < 200/16 {
			batches++
		}
		got.N = len(got.Frame.Values)
		got.Reset()
	}
	if inDigests < 20000 || inColumns < 1000 || batches < 20 {
		t.Errorf("%d rows with digests, %d without; %d batches with few of these", inDigests, inColumns, batches)
	}
}

// alwaysThere are the columns that all rows are in with Options.DigestsOnly.
var alwaysThere = []string{"file", "frame", "input_index", "order_ns", "payload_head", "tcp_options_raw"}

// onlyShown are the columns that stay empty with Options.NoPackets.
var onlyShown = []string{"ts", "eth_src", "eth_dst", "ip_df", "flag_fin", "flag_syn", "flag_rst", "flag_psh", "flag_ack", "flag_urg",
	"flag_ece", "flag_cwr", "flag_ae", "tcp_flags_text", "tcp_options"}

func nearlyPlain(r *rand.Rand) []byte {
	f := capturetest.TCP{Src: "10.0.0.1:1000", Dst: "10.0.0.2:80", Flags: capturetest.ACK, Payload: make([]byte, r.IntN(100))}
	if r.IntN(2) == 0 {
		f.Options = capturetest.Timestamps(r.IntN(9), 2)
	} else if r.IntN(2) == 0 {
		f.Options = slices.Concat([][]byte{
			{optMSS, 4, 5, 0xb4}, {optNOP, optNOP, optSACK, 2}, {optNOP, optScale, 3, 7}, {optEOL, 0, 0, 0}, {optTimestamp, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1}, {3, 4, 3, 3}, {5, 10, 1, 2},
		}[r.IntN(4):][:r.IntN(4)]...)
	}
	b := f.Frame()
	for i := 14 + 12; i < len(b); i++ {
		if i < 34 || i >= 38 && i < 46 || i >= 48 {
			b[i] = byte(r.UintN(256))
		}
	}
	if f.Options != nil {
		copy(b[54:], f.Options)
	}
	if r.IntN(3) == 0 {
		b[47] = byte(r.UintN(256)) // flags
	}
	if r.IntN(3) == 0 {
		b[12+r.IntN(min(len(b)-12, 50))] = byte(r.UintN(256))
	}
	if r.IntN(8) == 0 {
		binary.BigEndian.PutUint16(b[16:], uint16(r.IntN(120)))
	}
	if r.IntN(8) == 0 {
		b[20] ^= 0x40 | byte(r.IntN(2))<<7
	}
	return b
}

// visible returns what readers see of a column: values of rows that are null do not count.
func visible(c table.Column, rows int) []any {
	var out []any
	v := reflect.ValueOf(c).Elem()
	valid := v.FieldByName("Valid")
	for i := range rows {
		if valid.IsValid() && valid.Len() > 0 && valid.Index(i).Uint() == 0 {
			out = append(out, nil)
			continue
		}
		switch c := c.(type) {
		case *table.Text:
			out = append(out, slices.Clone(c.Value(i)))
		case *table.Symbol:
			out = append(out, orNil(c.Value(i)))
		case *table.Address:
			if c.Values[i].Version != 0 {
				out = append(out, c.Values[i])
			} else {
				out = append(out, nil)
			}
		case *table.Word:
			out = append(out, orNil(c.Codes[i]))
		default:
			out = append(out, v.FieldByName("Values").Index(i).Interface())
		}
	}
	return out
}

func orNil[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}
