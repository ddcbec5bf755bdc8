package derive

import (
	"net/netip"

	"github.com/pcap-teardown/teardown/schemas"
)

// Facts are what the capture alone says about a connection's end.
type Facts struct {
	Teardown   string
	Side       string // visible sender of the first closing segment
	FinVariant string
	RSTs       []RST
	First      *RST // first effective reset, nil if none
	Ignored    bool // there were resets, none had an effect
	EndFrame   int  // the packet that decided, 0 if none
}

func (c *Conn) sideOf(a netip.AddrPort) string {
	if a == c.Orig {
		return schemas.TeardownSideOrig.String()
	}
	return schemas.TeardownSideResp.String()
}

// finState is how far the closing by FINs had come.
type finState struct {
	a, b       *Packet // first FIN, first FIN of the other side
	ackA, ackB *Packet // first segment that acknowledges each
	dataAfter  bool    // new data of the other side that had seen FIN a
}

// fins2 looks at all packets before upTo. Acknowledgments count wherever they
// stand, because a capture may show them before what they acknowledge.
func (c *Conn) fins2(upTo *Packet) (f finState) {
	var seen []*Packet
	for _, p := range c.Packets {
		if p == upTo {
			break
		}
		if p.has(rst) {
			continue
		}
		seen = append(seen, p)
		if p.has(fin) {
			if f.a == nil {
				f.a = p
			} else if f.b == nil && p.Src != f.a.Src {
				f.b = p
			}
		}
	}
	if f.a == nil {
		return f
	}
	known := map[netip.AddrPort]uint32{}
	for _, p := range seen {
		if p.Src != f.a.Src && p.has(ack) && !before(p.Ack, f.a.End()) {
			if f.ackA == nil {
				f.ackA = p
			}
			e, some := known[p.Src]
			if p.Len > 0 && (!some || before(e, p.Seq+uint32(p.Len))) && (f.b == nil || before(p.Seq, f.b.Seq) || p != f.b && p.Seq == f.b.Seq) {
				f.dataAfter = true
			}
		}
		if f.b != nil && f.ackB == nil && p.Src != f.b.Src && p.has(ack) && !before(p.Ack, f.b.End()) {
			f.ackB = p
		}
		if e, some := known[p.Src]; !some || before(e, p.End()) {
			known[p.Src] = p.End()
		}
	}
	return f
}

func (f *finState) variant() string {
	switch {
	case f.a == nil || f.b == nil:
		return schemas.FinVariantNone.String()
	case before(f.a.Ack, f.b.End()) && before(f.b.Ack, f.a.End()):
		return schemas.FinVariantSimultaneous.String()
	case f.dataAfter:
		return schemas.FinVariantHalfClose.String()
	case f.ackA == f.b:
		return schemas.FinVariantThreeSegment.String()
	}
	return schemas.FinVariantFourSegment.String()
}

// Derive works out the facts of a connection.
func (c *Conn) Derive() Facts {
	f := Facts{RSTs: c.resets(), Side: schemas.TeardownSideNone.String(), FinVariant: schemas.FinVariantNone.String()}
	for i := range f.RSTs {
		if f.RSTs[i].Effective && f.First == nil {
			f.First = &f.RSTs[i]
		}
	}
	f.Ignored = len(f.RSTs) > 0 && f.First == nil
	fs := c.fins2(nil)
	if f.First != nil {
		fs = c.fins2(f.First.Packet)
	}
	f.FinVariant = fs.variant()
	closer := func(p *Packet) {
		f.EndFrame, f.Side = p.Frame, c.sideOf(p.Src)
		if p.ICMP && p.From != c.Resp.Addr() {
			f.Side = schemas.TeardownSideThirdParty.String()
		} else if p.ICMP {
			f.Side = schemas.TeardownSideResp.String()
		}
	}
	if t := c.fragment(&f); t != "" {
		f.Teardown = t
		// Who closed is who sent the first FIN or RST; what decided is the first packet.
		switch {
		case fs.a != nil:
			closer(fs.a)
		case f.First != nil:
			closer(f.First.Packet)
		}
		f.EndFrame = 0
		if t != schemas.TeardownOneDirectionOnly.String() {
			f.EndFrame = c.Packets[0].Frame
		}
		return f
	}
	if t, p := c.early(&f); t != "" {
		f.Teardown = t
		if p != nil {
			closer(p)
		}
		return f
	}
	if f.First != nil {
		f.Teardown = c.byReset(&f, &fs)
		switch {
		case fs.a != nil:
			closer(fs.a)
		default:
			closer(f.First.Packet)
		}
		f.EndFrame = f.First.Packet.Frame
		if f.Teardown == schemas.TeardownRstCrossed.String() || f.FinVariant == schemas.FinVariantSimultaneous.String() {
			f.Side = schemas.TeardownSideBoth.String()
		}
		return f
	}
	if fs.a != nil {
		closer(fs.a)
		f.Teardown = c.byFin(&fs)
		if fs.b != nil {
			f.EndFrame = fs.b.Frame
			for _, p := range []*Packet{fs.ackA, fs.ackB} {
				if p != nil {
					f.EndFrame = max(f.EndFrame, p.Frame)
				}
			}
		}
		if f.FinVariant == schemas.FinVariantSimultaneous.String() {
			f.Side = schemas.TeardownSideBoth.String()
		}
		return f
	}
	f.Teardown = c.notClosed()
	return f
}

func (c *Conn) byFin(fs *finState) string {
	switch {
	case fs.b == nil && fs.ackA != nil:
		return schemas.TeardownHalfClosedOpen.String()
	case fs.b == nil:
		return schemas.TeardownFinUnacked.String()
	case fs.ackA == nil || fs.ackB == nil:
		return schemas.TeardownFinLastAckMissing.String()
	}
	return map[string]string{
		schemas.FinVariantSimultaneous.String(): schemas.TeardownFinSimultaneous.String(),
		schemas.FinVariantHalfClose.String():    schemas.TeardownFinHalfClose.String(),
		schemas.FinVariantThreeSegment.String(): schemas.TeardownFinThreeSegment.String(),
		schemas.FinVariantFourSegment.String():  schemas.TeardownFinFourSegment.String(),
	}[fs.variant()]
}

func (c *Conn) byReset(f *Facts, fs *finState) string {
	r := f.First.Packet
	switch {
	case fs.b != nil && fs.ackA != nil && fs.ackB != nil:
		return schemas.TeardownRstAfterFinComplete.String()
	case fs.b != nil:
		return schemas.TeardownFinBothThenRst.String()
	case fs.a != nil && fs.a.Src == r.Src:
		return schemas.TeardownFinThenRstSameSide.String()
	case fs.a != nil:
		return schemas.TeardownFinThenRstByPeer.String()
	}
	active := schemas.RstFormActive.String()
	for i := range f.RSTs {
		o := &f.RSTs[i]
		if f.First.Form == active && o.Form == active && o.Packet.Src != r.Src && o.Packet.Time.Sub(r.Time) <= c.rtt() {
			return schemas.TeardownRstCrossed.String()
		}
	}
	respData, origData := 0, map[uint32]bool{}
	for _, p := range c.Packets {
		if p == r {
			break
		}
		if p.Len > 0 && p.Src == c.Resp {
			respData++
		} else if p.Len > 0 {
			origData[p.Seq] = true
		}
	}
	switch {
	case r.Src == c.Resp && c.Pickup == "syn" && respData == 0 && len(origData) <= 1 && c.handshakeDone():
		return schemas.TeardownRstPostHandshake.String()
	case f.First.Form == schemas.RstFormReplyToAck.String():
		return schemas.TeardownRstReply.String()
	}
	return schemas.TeardownRstAbort.String()
}
