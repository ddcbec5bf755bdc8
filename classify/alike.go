package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// Floods and scans are SYNs that nobody answers, by the million, which differ in nothing that the rules look at: other ends,
// times and numbers, but the same looks. The row of one of them is found the way of all rows, and those that are like it
// are copies, but for their own columns. What rules look at is not said here a second time: TestAlike makes SYNs that
// differ in all that counts as alike, and holds that no cell tells a copy from a row of its own.

// lone reports whether e is a SYN, to which nobody has answered. Its sequence numbers do not wrap around: Zeek then counts
// other bytes.
func (e *embryo) lone() bool {
	return e.flags&(flagFIN|flagSYN|flagRST|flagACK) == flagSYN && e.key.proto == protoTCP && e.bits&bitZeek == 0 &&
		uint64(e.seq)+uint64(e.length) < 1<<32-1
}

// A likeness is a row of a lone SYN that those of others can be copies of.
type likeness struct {
	row      int // in the batch at work; -1 for none
	looks    looks
	version  uint8
	flipped  bool // the sender is the responder
	numbered bool // it has a tcp_stream
	needs    bool // what is known of its hosts may count
	input    int64
	tunnel   string
	reason   schemas.Finish
	silence  int64
	known    facts.Known // without its time
	ending   facts.Ending
	state    facts.Connection
	details  ZeekDetails
}

// likenesses is how many rows of a batch are kept to be copied: scanners have a few forms of SYN, which take turns.
const likenesses = 8

// copiesAtOnce is how many rows are copied together, column by column: their embryos stay in the first cache.
const copiesAtOnce = 32

// copies are rows at the end of a batch that are still to be written.
type copies struct {
	likely [likenesses]likeness
	rows   [copiesAtOnce]copied
	n      int
	runs   [copiesAtOnce]table.Run
}

// A copied is a row that is like another.
type copied struct {
	embryo  *embryo
	stream  int64 // tcp_stream, or -1
	from    int
	swapped bool // the originator is the second end of the key
}

// forget forgets the rows of the batch before.
func (x *copies) forget() {
	for i := range x.likely {
		x.likely[i].row = -1
	}
}

// of returns the place of the row that e may be like.
func (x *copies) of(e *embryo) *likeness {
	n := uint32(e.window) ^ uint32(e.mss) ^ uint32(e.ttl)<<3 ^ uint32(e.scale) ^ e.length
	return &x.likely[(n^n>>4^n>>9)%likenesses]
}

// wholeSeconds returns 2n for a time of n whole seconds and 2n+1 for one between these and the next. The rules compare
// silences with whole seconds, so that those with one result are the same to them.
func wholeSeconds(micros int64) int64 {
	n := micros / 1_000_000 * 2
	if micros%1_000_000 != 0 {
		n++
	}
	return n
}

// copy adds the row of a finished connection to out if it is like an earlier one, which is returned, else nil.
func (w *rowWriter) copy(out *table.Connections, f *finished, stream int64) *likeness {
	e := f.embryo
	if out.N == 0 {
		w.copies.forget()
	}
	if e == nil || !e.lone() {
		return nil
	}
	x := w.copies.of(e)
	if x.row < 0 || x.looks != e.looks || x.version != e.key.version || x.numbered != (stream >= 0) || x.input != e.connID>>frameBits ||
		x.reason != f.finish.Reason || x.silence != wholeSeconds(f.finish.Time-e.time) || x.tunnel != f.tunnel ||
		facts.BreakAfter(&w.breaks, e.time, f.finish.Time) != 0 {
		return nil
	}
	swapped := e.reversed != x.flipped
	if x.needs {
		orig, resp, _, port := e.key.roles(swapped)
		x.state.Dir[0].SynTime = e.time // of all that facts.Consult looks at, what a SYN has of its own
		w.known = facts.Known{}
		w.knowledge.consultEnds(&orig, &resp, port, &x.state, &x.ending, &w.known)
		if w.known.Time = 0; w.known != x.known {
			return nil
		}
	}
	if w.copies.n == len(w.copies.rows) {
		w.finish(out)
	}
	w.copies.rows[w.copies.n] = copied{e, stream, x.row, swapped}
	w.copies.n++
	out.N++
	return x
}

// keep makes the last row of out, that of a finished connection, one that others can be like.
func (w *rowWriter) keep(out *table.Connections, f *finished, stream int64) {
	e := f.embryo
	if e == nil || !e.lone() || f.finish.Break != 0 || w.arena.lender.HasOwn(w.row.state()) {
		return
	}
	x := w.copies.of(e)
	x.row, x.looks, x.version, x.input, x.tunnel = out.N-1, e.looks, e.key.version, e.connID>>frameBits, f.tunnel
	x.flipped, x.numbered = w.row.account.is(bitSwapped) != e.reversed, stream >= 0
	x.reason, x.silence = f.finish.Reason, wholeSeconds(f.finish.Time-e.time)
	x.ending, x.state, x.known = w.ending, *w.row.state(), w.known
	x.known.Time = 0
	x.needs = facts.NeedsKnown(&x.state, &x.ending)
	x.details = w.row.zeekDetails()
}

// finish writes the rows that are still to be copied. It comes before any other row, and before the batch is handed on.
func (w *rowWriter) finish(out *table.Connections) {
	rows := w.copies.rows[:w.copies.n]
	if len(rows) == 0 {
		return
	}
	w.copies.n = 0
	at := out.N - len(rows)
	runs := w.copies.runs[:0]
	for i := range rows {
		if n := len(runs); n > 0 && runs[n-1].From == rows[i].from {
			runs[n-1].N++
		} else {
			runs = append(runs, table.Run{From: rows[i].from, At: at + i, N: 1})
		}
	}
	table.Repeat(out, &out.CommunityId, runs)
	for i := range rows {
		w.own(out, at+i, &rows[i])
	}
}

// own writes what a row that is like another has of its own. Where that one is null, so is this, and values count for nothing.
func (w *rowWriter) own(out *table.Connections, i int, x *copied) {
	e := x.embryo
	frame := e.connID & frameMask
	out.ConnId.Values[i] = e.connID
	out.FirstFrame.Values[i], out.LastFrame.Values[i], out.TeardownFrame.Values[i] = frame, frame, frame
	out.TcpStream.Values[i] = x.stream
	orig, resp, origPort, respPort := e.key.roles(x.swapped)
	out.OrigIp.Values[i], out.RespIp.Values[i] = orig, resp
	out.OrigPort.Values[i], out.RespPort.Values[i] = int32(origPort), int32(respPort)
	start := floorMicros(e.tsNs)
	out.TsStartNs.Values[i], out.TsStart.Values[i], out.TsEnd.Values[i] = e.tsNs, start, start
	w.text = appendCommunityID(w.text[:0], &e.key, w.seed)
	out.CommunityId.Set(i, w.text)
}
