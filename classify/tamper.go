package classify

import (
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// How a connection was cut off, as the receiver of one direction sees it: what its first
// packets were, and which resets or silence came after them. The idea and the stages are those
// of Sundara Raman et al., "Global, Passive Detection of Connection Tampering" (SIGCOMM 2023)
// and of Cloudflare Radar; the signatures are ours, since only the number of theirs could be
// confirmed. A signature is no cause: a client that gives up looks the same.

const (
	tamperPackets = 10        // a cut after more packets of its direction is none
	tamperSilence = 3_000_000 // silence that counts as a cut, microseconds
)

// Stages of a direction.
const (
	tamperNothing = iota
	tamperSyn     // SYN or SYN-ACK
	tamperAck     // and an acknowledgment without payload
	tamperPsh     // and a segment with payload
	tamperData    // and more of them
)

// A tamper remembers one direction. A tcpAccount has it packed.
type tamper struct {
	ack           uint32 // acknowledgment number field of the first RST
	packets       uint8  // at most one more than tamperPackets
	stage         uint8
	rsts, rstAcks uint8 // without and with ACK, at most 2 each: several
	zero          bool  // an RST, not the first, whose acknowledgment number field is 0
	other         bool  // an RST with another one than the first
	over          bool  // FIN, or a packet after an RST: no cut
}

// Places of a tamper's fields in the 14 bits of tcpSide.tamper: 4, 3, 2, 2 and 1 each.
const (
	tamperStageAt   = 4
	tamperRstsAt    = 7
	tamperRstAcksAt = 9
	tamperZero      = 1 << 11
	tamperOther     = 1 << 12
	tamperOver      = 1 << 13
)

func (a *tcpAccount) unpack(side int) tamper {
	x := a.sides[side].tamper
	t := tamper{packets: uint8(x & 15), stage: uint8(x >> tamperStageAt & 7), rsts: uint8(x >> tamperRstsAt & 3),
		rstAcks: uint8(x >> tamperRstAcksAt & 3), zero: x&tamperZero != 0, other: x&tamperOther != 0, over: x&tamperOver != 0}
	if t.rsts+t.rstAcks > 0 {
		t.ack = a.events[side].resetAck
	}
	return t
}

func (a *tcpAccount) pack(side int, t *tamper) {
	x := uint16(t.packets) | uint16(t.stage)<<tamperStageAt | uint16(t.rsts)<<tamperRstsAt | uint16(t.rstAcks)<<tamperRstAcksAt
	if t.zero {
		x |= tamperZero
	}
	if t.other {
		x |= tamperOther
	}
	if t.over {
		x |= tamperOver
	}
	a.sides[side].tamper = x
	if t.rsts+t.rstAcks > 0 {
		a.events[side].resetAck = t.ack
	}
}

// addTamper takes the next packet of the direction.
func (a *tcpAccount) addTamper(side int, flags uint16, payload int64, ack uint32, again bool) {
	if a.sides[side].tamper&tamperOver != 0 {
		return
	}
	t := a.unpack(side)
	t.add(flags, payload, ack, again)
	a.pack(side, &t)
}

// add takes the next packet of the direction; again marks those that repeat numbers.
func (t *tamper) add(flags uint16, payload int64, ack uint32, again bool) {
	if t.over {
		return
	}
	if flags&flagRST != 0 {
		t.reset(flags, ack)
		return
	}
	if t.packets++; t.packets > tamperPackets || flags&flagFIN != 0 || t.rsts+t.rstAcks > 0 {
		t.over = true
		return
	}
	switch {
	case again:
	case flags&flagSYN != 0:
		t.stage = max(t.stage, tamperSyn)
	case t.stage == tamperNothing:
		t.over = true // the beginning was not seen
	case payload > 0:
		t.stage = min(max(t.stage, tamperAck)+1, tamperData)
	default:
		t.stage = max(t.stage, tamperAck)
	}
}

func (t *tamper) reset(flags uint16, ack uint32) {
	if t.rsts+t.rstAcks == 0 {
		t.ack = ack
	} else {
		t.zero = t.zero || ack == 0
		t.other = t.other || ack != t.ack
	}
	n := &t.rsts
	if flags&flagACK != 0 {
		n = &t.rstAcks
	}
	*n = min(*n+1, 2)
}

// signature returns what cut the direction off, "" for nothing. silent tells that it has said
// nothing for a while, and the other side has neither closed nor reset.
func (t *tamper) signature(silent bool) string {
	if t.over || t.stage == tamperNothing {
		return ""
	}
	var cut string
	switch {
	case t.rsts+t.rstAcks > 0:
		cut = t.resets()
	case silent && t.stage < tamperData:
		cut = "none"
	default:
		return ""
	}
	return [...]string{tamperSyn: "SYN", tamperAck: "SYN; ACK", tamperPsh: "PSH+ACK", tamperData: "PSH+ACK; Data"}[t.stage] + " > " + cut
}

// resets says which RSTs came. How many matters after the handshake only, and how their
// acknowledgment numbers compare after the first payload.
func (t *tamper) resets() string {
	several := t.rsts+t.rstAcks > 1
	switch {
	case t.rsts > 0 && t.rstAcks > 0:
		return "RST; RST+ACK"
	case t.rstAcks > 0 && several && (t.stage == tamperAck || t.stage == tamperPsh):
		return "RST+ACK; RST+ACK"
	case t.rstAcks > 0:
		return "RST+ACK"
	case several && t.stage == tamperAck:
		return "RST; RST"
	case several && t.stage == tamperPsh && t.other && t.zero:
		return "RST; RST0"
	case several && t.stage == tamperPsh && t.other:
		return "RST != RST"
	case several && t.stage == tamperPsh:
		return "RST = RST"
	}
	return "RST"
}

// tamperStage returns the stage of a cut.
func (t *tamper) tamperStage() schemas.TamperStage {
	switch t.stage {
	case tamperSyn:
		return schemas.TamperStagePostSyn
	case tamperAck:
		return schemas.TamperStagePostAck
	case tamperPsh:
		return schemas.TamperStagePostPsh
	}
	return schemas.TamperStageLaterInFlow
}

// writeTamper writes the stage and the signatures of a TCP connection whose beginning was
// seen. The stage is that of the originator's direction, which a server sees, else that of the
// other.
func writeTamper(out *table.Connections, i int, c *conn, end int64) {
	if c.tcp.Pickup != schemas.PickupSyn {
		return
	}
	stage := schemas.TamperStageNoMatch
	columns := [2]*table.Symbol{&out.TamperSignatureOrig, &out.TamperSignatureResp}
	for side := 1; side >= 0; side-- {
		own, other := &c.tcp.Dir[side], &c.tcp.Dir[1-side]
		silent := end-own.LastTime >= tamperSilence && !other.FinSeen && !other.RstSeen
		t := c.tcp.account.unpack(side)
		if s := t.signature(silent); s != "" {
			columns[side].Set(i, s)
			stage = t.tamperStage()
		}
	}
	out.TamperStage.Codes[i] = uint16(stage)
}
