package capture

import (
	"encoding/binary"
	"math"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// A decoder turns raw batches into rows. Every worker has one.
type decoder struct {
	parsed
	layers           int        // IP headers met in this frame
	path             tunnelPath // tunnels entered
	nextSrc, nextDst uint64     // Ethernet addresses inside a tunnel
	hasNext          bool
	kinds            []byte // of the TCP options of this frame
	touched          byte   // nobody reads it
	longWay          bool   // plain frames are not decoded by the short way; for tests

	name        string // of the capture
	inputIndex  int64
	noPackets   bool              // see Options
	noDecoded   bool              // likewise
	digestsOnly bool              // likewise
	heads       *table.Heads      // likewise
	file        uint32            // number of the name in the batch at hand
	optionTexts map[string]string // by sequence of kinds; kept for good, bounded
	out         *table.Packets
	codes       batchCodes
	filled      int        // rows before this one are in all columns
	run         int        // rows from this one on are plain, of one interface, and still in few columns
	runLink     *linkLayer // that interface
}

// batchCodes are numbers of symbols in the dictionaries of the batch at hand, so that most
// rows need no look-up. They are void at the next batch.
type batchCodes struct {
	link      *linkLayer
	linkCode  uint32
	problems  [problemCount]uint32
	options   [64]optionCode
	tunnel    tunnelPath
	tunnelNum uint32

	timestamps uint32 // of options that are timestamps only
}

type optionCode struct {
	kinds uint64 // up to 8 kinds and a leading 1; 0 for none
	code  uint32
}

// maxOptionTexts bounds the memory that hostile captures can make it take.
const maxOptionTexts = 1 << 14

func newDecoder(name string, opt *Options) *decoder {
	noPackets := opt.NoPackets || opt.DigestsOnly
	heads := opt.Heads
	if heads == nil {
		heads = &allHeads
	}
	return &decoder{name: name, inputIndex: opt.InputIndex, noPackets: noPackets, noDecoded: noPackets || opt.NoDecoded, digestsOnly: opt.DigestsOnly,
		heads: heads, optionTexts: map[string]string{}, kinds: make([]byte, 0, 40)}
}

// batch decodes all records of raw into raw.out.
func (d *decoder) batch(raw *rawBatch) {
	d.start(raw.out)
	for i := range raw.records {
		if i%ahead == 0 {
			d.touch(raw.records[i:min(i+ahead, len(raw.records))])
		}
		d.take(i, raw.first+int64(i), &raw.records[i])
	}
	d.finish(len(raw.records))
}

// start begins to fill out.
func (d *decoder) start(out *table.Packets) {
	d.out, d.filled, d.run, d.runLink = out, 0, 0, nil
	out.WantDigests()
	d.codes = batchCodes{}
	d.file = out.File.Code(d.name)
}

// take decodes a record into row i; frame is its number. Rows come in order.
func (d *decoder) take(i int, frame int64, r *record) {
	out := d.out
	out.Frame.Values[i], out.OrderNs.Values[i] = frame, r.order
	plain := !d.longWay && d.plain(i, frame, r)
	if d.digestsOnly {
		if plain {
			return
		}
		out.WantColumns()
	}
	if i-d.filled == someRows {
		d.fill(i)
	}
	out.FrameLen.Values[i], out.CapLen.Values[i] = max(int64(r.wire)-int64(r.skip), 0), max(int64(len(r.data))-int64(r.skip), 0)
	if plain {
		if r.link != d.runLink {
			d.plainRows(i)
			d.runLink = r.link
		}
		return
	}
	d.plainRows(i)
	d.run = i + 1
	out.Digests[i].Bits, out.Others = 0, append(out.Others, int32(i))
	if !r.noTime {
		put64(&out.TsNs, i, r.ts)
	}
	d.begin(r)
	d.link(r.link, r.data, int(r.wire))
	d.row(i, r)
}

// fill fills the columns of the rows before row to that are made of digests and of other columns.
func (d *decoder) fill(to int) {
	d.plainRows(to)
	if !d.noPackets {
		microColumn(d.out, d.filled, to)
		flagColumns(d.out, d.filled, to)
	}
	d.filled = to
}

// finish ends a batch of n rows.
func (d *decoder) finish(n int) {
	out := d.out
	out.N, out.Digested = n, n
	d.fill(n)
	out.PayloadHead.Close(n)
	out.TcpOptionsRaw.Close(n)
	fill(out.File.Codes[:n], d.file)
	fill(out.InputIndex.Values[:n], d.inputIndex)
}

// ahead is how many frames are touched at a time.
const ahead = 16

// touch looks at the headers of frames that come next. They lie far apart, most of them no longer in the nearest
// caches; the processor fetches several at once where nothing depends on what they hold.
func (d *decoder) touch(records []record) {
	var sum byte
	for i := range records {
		if b := records[i].data; len(b) > lastTouched {
			sum += b[0] + b[lastTouched]
		}
	}
	d.touched = sum
}

// lastTouched is a byte among the options of a TCP header, in the usual frame.
const lastTouched = 14 + 20 + 28

// begin forgets the frame before. Fields that have a bit in set need no clearing.
func (d *decoder) begin(r *record) {
	d.set, d.problem, d.checksum, d.rerouted = 0, r.problem, 0, false
	d.src.Version, d.dst.Version = 0, 0
	d.qsrc.Version, d.qdst.Version = 0, 0
	d.payload, d.options = nil, nil
	d.layers, d.path, d.tunnels, d.hasNext = 0, 0, 0, false
}

// These are the Set of columns that can be null, without asking whether they can.

func put32(c *table.Int32, i int, v int32) { c.Values[i], c.Valid[i] = v, 1 }

func put64(c *table.Int64, i int, v int64) { c.Values[i], c.Valid[i] = v, 1 }

// microColumn fills ts out of ts_ns in rows lo to hi.
func microColumn(b *table.Packets, lo, hi int) {
	copy(b.Ts.Valid[lo:hi], b.TsNs.Valid[lo:hi])
	micros := b.Ts.Values[lo:hi]
	for i, v := range b.TsNs.Values[lo:hi] {
		micros[i] = floorMicro(v)
	}
}

// flagColumns fills the columns of single flags out of tcp_flags in rows lo to hi.
func flagColumns(b *table.Packets, lo, hi int) {
	flags, valid := b.TcpFlags.Values[lo:hi], b.TcpFlags.Valid[lo:hi]
	columns := [...]*table.Bool{&b.FlagFin, &b.FlagSyn, &b.FlagRst, &b.FlagPsh, &b.FlagAck, &b.FlagUrg, &b.FlagEce, &b.FlagCwr, &b.FlagAe}
	for _, c := range columns {
		copy(c.Valid[lo:hi], valid)
	}
	at := lo
	for ; len(flags) >= 8; flags, at = flags[8:], at+8 {
		var low, high uint64 // the lower and the upper eight bits of eight rows
		for i, f := range (*[8]int32)(flags) {
			low |= uint64(f&0xff) << (8 * i)
			high |= uint64(f>>8&0xff) << (8 * i)
		}
		for bit, c := range columns[:8] {
			binary.LittleEndian.PutUint64(c.Values[at:], low>>bit&0x0101010101010101)
		}
		binary.LittleEndian.PutUint64(b.FlagAe.Values[at:], high&0x0101010101010101)
	}
	for i, f := range flags {
		for bit, c := range columns {
			c.Values[at+i] = uint8(f>>bit) & 1
		}
	}
}

// row writes the frame at hand into row i.
func (d *decoder) row(i int, r *record) {
	b := d.out
	b.Interface.Codes[i] = d.interfaceCode(r.link)
	if r.link.linkType != noLinkType {
		put32(&b.LinkType, i, int32(r.link.linkType))
	}
	if d.problem != problemNone {
		code := &d.codes.problems[d.problem]
		if *code == 0 {
			*code = b.DecodeError.Code(problemText[d.problem])
		}
		b.DecodeError.Codes[i] = *code
	}
	set := d.set
	if set&hasEth != 0 && !d.noPackets {
		b.EthSrc.Set(i, d.ethSrc)
		b.EthDst.Set(i, d.ethDst)
	}
	if set&hasVLAN != 0 {
		put32(&b.VlanId, i, d.vlan)
		if set&hasInnerVLAN != 0 {
			put32(&b.VlanInnerId, i, d.inner)
		}
	}
	if d.tunnels != 0 {
		if d.tunnels != d.codes.tunnel {
			d.codes.tunnel, d.codes.tunnelNum = d.tunnels, b.Tunnel.Code(d.tunnels.String())
		}
		b.Tunnel.Codes[i] = d.codes.tunnelNum
	}
	if set&hasVersion != 0 {
		d.ipRow(i)
	}
}

// interfaceCode returns the symbol of the name of an interface.
func (d *decoder) interfaceCode(l *linkLayer) uint32 {
	if l != d.codes.link {
		d.codes.link, d.codes.linkCode = l, 0
		if l.name != "" {
			d.codes.linkCode = d.out.Interface.Code(l.name)
		}
	}
	return d.codes.linkCode
}

func (d *decoder) ipRow(i int) {
	b, set := d.out, d.set
	put32(&b.IpVersion, i, int32(d.version))
	b.SrcIp.Values[i], b.DstIp.Values[i] = d.src, d.dst
	if set&hasIPLen != 0 {
		put64(&b.IpLen, i, d.ipLen)
	}
	if set&hasTOS != 0 {
		put32(&b.IpDscp, i, int32(d.tos>>2))
		put32(&b.IpEcn, i, int32(d.tos&3))
	}
	if set&hasTTL != 0 {
		put32(&b.IpTtl, i, int32(d.ttl))
	}
	if set&hasIPProto != 0 {
		put32(&b.IpProto, i, int32(d.proto))
	}
	if set&hasIPID != 0 {
		put64(&b.IpId, i, d.ipID)
	}
	if set&hasDF != 0 && !d.noPackets {
		b.IpDf.Set(i, d.df)
	}
	if set&hasFrag != 0 {
		b.IpMf.Set(i, d.mf)
		put32(&b.IpFragOffset, i, d.fragOffset)
	}
	if set&hasFlow != 0 {
		put64(&b.IpFlowLabel, i, d.flow)
	}
	if set&hasSrcPort != 0 {
		put32(&b.SrcPort, i, d.srcPort)
	}
	if set&hasDstPort != 0 {
		put32(&b.DstPort, i, d.dstPort)
	}
	if set&hasPayloadLen != 0 {
		put64(&b.PayloadLen, i, d.payloadLen)
		if len(d.payload) > 0 {
			b.PayloadHead.Set(i, d.payload)
		}
	}
	if set&hasSeq != 0 {
		d.tcpRow(i)
	}
	if set&hasICMPType != 0 {
		d.icmpRow(i)
	}
}

func (d *decoder) tcpRow(i int) {
	b, set := d.out, d.set
	put64(&b.TcpSeq, i, d.seq)
	if set&hasAck != 0 {
		put64(&b.TcpAck, i, d.ack)
	}
	if set&hasHeaderLen != 0 {
		put32(&b.TcpHeaderLen, i, d.headerLen)
	}
	b.ChecksumStatus.Codes[i] = uint16(d.checksum)
	if set&hasWindow != 0 {
		put32(&b.TcpWindow, i, d.window)
	}
	if set&hasFlags != 0 {
		f := d.flags
		put32(&b.TcpFlags, i, f)
		if !d.noPackets {
			b.TcpFlagsText.Codes[i] = uint16(f) + 1
		}
	}
	if set&hasOptions != 0 {
		d.optionsRow(i, d.flags)
	}
}

// optionsRow writes the TCP options of the frame at hand.
func (d *decoder) optionsRow(i int, flags int32) {
	b, set := d.out, d.set
	if !d.noPackets {
		b.TcpOptions.Codes[i] = d.optionsCode()
	}
	if !d.noDecoded || flags&flagRST != 0 {
		b.TcpOptionsRaw.Set(i, d.options)
	}
	if set&hasMSS != 0 {
		put32(&b.TcpMss, i, d.mss)
	}
	if set&hasScale != 0 {
		put32(&b.TcpWindowScale, i, int32(d.scale))
	}
	if set&hasSACK != 0 {
		b.TcpSackPermitted.Set(i, true)
	}
	if set&hasTSVal != 0 {
		put64(&b.TcpTsval, i, d.tsval)
	}
	if set&hasTSEcr != 0 {
		put64(&b.TcpTsecr, i, d.tsecr)
	}
}

// optionsCode returns the symbol of the option kinds of the frame at hand.
func (d *decoder) optionsCode() uint32 {
	if len(d.kinds) == 0 {
		return 0
	}
	if len(d.kinds) > 7 {
		return d.out.TcpOptions.Code(d.optionsText())
	}
	key := uint64(1)
	for _, k := range d.kinds {
		key = key<<8 | uint64(k)
	}
	slot := &d.codes.options[key*0x9e3779b97f4a7c15>>58]
	if slot.kinds != key {
		*slot = optionCode{key, d.out.TcpOptions.Code(d.optionsText())}
	}
	return slot.code
}

func (d *decoder) optionsText() string {
	text, ok := d.optionTexts[string(d.kinds)]
	if !ok {
		text = optionText(d.kinds)
		if len(d.optionTexts) < maxOptionTexts {
			d.optionTexts[string(d.kinds)] = text
		}
	}
	return text
}

func (d *decoder) icmpRow(i int) {
	b, set := d.out, d.set
	put32(&b.IcmpType, i, int32(d.icmpType))
	if set&hasICMPCode != 0 {
		put32(&b.IcmpCode, i, int32(d.icmpCode))
	}
	if set&hasQuotedProto == 0 {
		return
	}
	b.QuotedSrcIp.Values[i], b.QuotedDstIp.Values[i] = d.qsrc, d.qdst
	put32(&b.QuotedProto, i, int32(d.qproto))
	if set&hasQuotedSrcPort != 0 {
		put32(&b.QuotedSrcPort, i, d.qsrcPort)
	}
	if set&hasQuotedDstPort != 0 {
		put32(&b.QuotedDstPort, i, d.qdstPort)
	}
	if set&hasQuotedSeq != 0 {
		put64(&b.QuotedSeq, i, d.qseq)
	}
	if set&hasQuotedTCP != 0 {
		put32(&b.QuotedTcpFlags, i, d.qflags)
		put64(&b.QuotedAck, i, d.qack)
	}
}

// floorMicro turns nanoseconds into microseconds, rounded down before 1970 too.
func floorMicro(ns int64) int64 {
	us := ns / 1000
	if ns%1000 < 0 && us > math.MinInt64 {
		us--
	}
	return us
}
