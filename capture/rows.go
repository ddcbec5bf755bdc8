package capture

import (
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

	optionTexts map[string]string // by sequence of kinds; kept for good, bounded
	out         *table.Packets
	codes       batchCodes
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
}

type optionCode struct {
	kinds uint64 // up to 8 kinds and a leading 1; 0 for none
	code  uint32
}

// maxOptionTexts bounds the memory that hostile captures can make it take.
const maxOptionTexts = 1 << 14

func newDecoder() *decoder {
	return &decoder{optionTexts: map[string]string{}, kinds: make([]byte, 0, 40)}
}

// batch decodes all records of raw into out.
func (d *decoder) batch(raw *rawBatch, out *table.Packets, name string, inputIndex int64) {
	d.out = out
	d.codes = batchCodes{}
	n := len(raw.records)
	out.N = n
	file := out.File.Code(name)
	for i := range raw.records {
		r := &raw.records[i]
		d.parsed = parsed{problem: r.problem}
		d.layers, d.path, d.hasNext = 0, 0, false
		d.link(r.link, r.data, int(r.wire))
		out.File.Codes[i] = file
		out.Frame.Values[i] = raw.first + int64(i)
		out.InputIndex.Values[i] = inputIndex
		d.row(i, r)
	}
	out.PayloadHead.Close(n)
	out.TcpOptionsRaw.Close(n)
}

// row writes the frame at hand into row i.
func (d *decoder) row(i int, r *record) {
	b := d.out
	b.OrderNs.Values[i] = r.order
	b.FrameLen.Values[i] = int64(r.wire)
	b.CapLen.Values[i] = int64(len(r.data))
	if !r.noTime {
		b.TsNs.Set(i, r.ts)
		b.Ts.Set(i, floorMicro(r.ts))
	}
	if r.link != d.codes.link {
		d.codes.link, d.codes.linkCode = r.link, 0
		if r.link.name != "" {
			d.codes.linkCode = b.Interface.Code(r.link.name)
		}
	}
	b.Interface.Codes[i] = d.codes.linkCode
	if r.link.linkType != noLinkType {
		b.LinkType.Set(i, int32(r.link.linkType))
	}
	if d.problem != problemNone {
		code := &d.codes.problems[d.problem]
		if *code == 0 {
			*code = b.DecodeError.Code(problemText[d.problem])
		}
		b.DecodeError.Codes[i] = *code
	}
	set := d.set
	if set&hasEth != 0 {
		b.EthSrc.Set(i, d.ethSrc)
		b.EthDst.Set(i, d.ethDst)
	}
	if set&hasVLAN != 0 {
		b.VlanId.Set(i, d.vlan)
		if set&hasInnerVLAN != 0 {
			b.VlanInnerId.Set(i, d.inner)
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

func (d *decoder) ipRow(i int) {
	b, set := d.out, d.set
	b.IpVersion.Set(i, int32(d.version))
	b.SrcIp.Values[i], b.DstIp.Values[i] = d.src, d.dst
	if set&hasIPLen != 0 {
		b.IpLen.Set(i, d.ipLen)
	}
	if set&hasTOS != 0 {
		b.IpDscp.Set(i, int32(d.tos>>2))
		b.IpEcn.Set(i, int32(d.tos&3))
	}
	if set&hasTTL != 0 {
		b.IpTtl.Set(i, int32(d.ttl))
	}
	if set&hasIPProto != 0 {
		b.IpProto.Set(i, int32(d.proto))
	}
	if set&hasIPID != 0 {
		b.IpId.Set(i, d.ipID)
	}
	if set&hasDF != 0 {
		b.IpDf.Set(i, d.df)
	}
	if set&hasFrag != 0 {
		b.IpMf.Set(i, d.mf)
		b.IpFragOffset.Set(i, d.fragOffset)
	}
	if set&hasFlow != 0 {
		b.IpFlowLabel.Set(i, d.flow)
	}
	if set&hasSrcPort != 0 {
		b.SrcPort.Set(i, d.srcPort)
	}
	if set&hasDstPort != 0 {
		b.DstPort.Set(i, d.dstPort)
	}
	if set&hasPayloadLen != 0 {
		b.PayloadLen.Set(i, d.payloadLen)
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
	b.TcpSeq.Set(i, d.seq)
	if set&hasAck != 0 {
		b.TcpAck.Set(i, d.ack)
	}
	if set&hasHeaderLen != 0 {
		b.TcpHeaderLen.Set(i, d.headerLen)
	}
	b.ChecksumStatus.Codes[i] = uint16(d.checksum)
	if set&hasWindow != 0 {
		b.TcpWindow.Set(i, d.window)
	}
	if set&hasFlags != 0 {
		f := d.flags
		b.TcpFlags.Set(i, f)
		b.TcpFlagsText.Codes[i] = uint16(f) + 1
		b.FlagFin.Set(i, f&flagFIN != 0)
		b.FlagSyn.Set(i, f&flagSYN != 0)
		b.FlagRst.Set(i, f&flagRST != 0)
		b.FlagPsh.Set(i, f&flagPSH != 0)
		b.FlagAck.Set(i, f&flagACK != 0)
		b.FlagUrg.Set(i, f&flagURG != 0)
		b.FlagEce.Set(i, f&flagECE != 0)
		b.FlagCwr.Set(i, f&flagCWR != 0)
		b.FlagAe.Set(i, f&flagAE != 0)
	}
	if set&hasOptions == 0 {
		return
	}
	b.TcpOptions.Codes[i] = d.optionsCode()
	b.TcpOptionsRaw.Set(i, d.options)
	if set&hasMSS != 0 {
		b.TcpMss.Set(i, d.mss)
	}
	if set&hasScale != 0 {
		b.TcpWindowScale.Set(i, int32(d.scale))
	}
	if set&hasSACK != 0 {
		b.TcpSackPermitted.Set(i, true)
	}
	if set&hasTSVal != 0 {
		b.TcpTsval.Set(i, d.tsval)
	}
	if set&hasTSEcr != 0 {
		b.TcpTsecr.Set(i, d.tsecr)
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
	b.IcmpType.Set(i, int32(d.icmpType))
	if set&hasICMPCode != 0 {
		b.IcmpCode.Set(i, int32(d.icmpCode))
	}
	if set&hasQuotedProto == 0 {
		return
	}
	b.QuotedSrcIp.Values[i], b.QuotedDstIp.Values[i] = d.qsrc, d.qdst
	b.QuotedProto.Set(i, int32(d.qproto))
	if set&hasQuotedSrcPort != 0 {
		b.QuotedSrcPort.Set(i, d.qsrcPort)
	}
	if set&hasQuotedDstPort != 0 {
		b.QuotedDstPort.Set(i, d.qdstPort)
	}
	if set&hasQuotedSeq != 0 {
		b.QuotedSeq.Set(i, d.qseq)
	}
	if set&hasQuotedTCP != 0 {
		b.QuotedTcpFlags.Set(i, d.qflags)
		b.QuotedAck.Set(i, d.qack)
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
