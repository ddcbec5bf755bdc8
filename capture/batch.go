package capture

import (
	"math"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// leastTime is order_ns before the first time of a capture.
const leastTime = math.MinInt64

// A record is one packet as the file holds it.
type record struct {
	data    []byte     // captured bytes, inside a slab
	link    *linkLayer // immutable, shared by the records of an interface
	ts      int64      // nanoseconds since 1970-01-01 UTC; valid where noTime is false
	order   int64      // running maximum of ts
	wire    uint32     // length on the wire
	skip    uint32     // bytes at the start of data that no interface carried; lengths leave them out
	noTime  bool
	problem problem // known before decoding
}

// A linkLayer says what the bytes of an interface mean.
type linkLayer struct {
	linkType int    // LINKTYPE_ value, or noLinkType
	fcs      int    // bytes of frame check sequence at the end of frames; -1 unknown
	pseudo   int    // bytes before every frame that no interface carried
	name     string // name or number of a pcapng interface, else empty
}

func newLinkLayer(linkType int) *linkLayer {
	return &linkLayer{linkType: linkType, fcs: -1, pseudo: pseudoHeaders[linkType]}
}

// maxBatchBytes cuts a batch short when its frames are very long: it bounds the memory of
// captures full of segments that a network card was to cut.
const maxBatchBytes = 32 << 20

// noLinkType marks records that have none, such as custom blocks.
const noLinkType = -1

// A rawBatch is a batch on its way: what a worker decodes at a time, or what the reading goroutine has decoded.
type rawBatch struct {
	records []record // that wait for a worker
	first   int64    // frame number of records[0]
	slabs   []*slab  // that the records point into; the batch holds one reference to each
	out     *table.Packets
	rows    int           // that it has
	done    chan struct{} // out is ready
}

// A writer collects the records of a capture into batches. It belongs to the reading
// goroutine.
type writer struct {
	s       *Stream
	raw     *rawBatch
	frames  int64
	bytes   int // of the frames in raw
	order   int64
	damage  []Damage
	lost    int // damaged ranges beyond maxDamage
	stopped bool
	decoder *decoder // where this goroutine decodes, else nil
}

// add takes a record whose bytes are in the current slab of in. It returns false when the stream was stopped.
func (w *writer) add(in *input, r *record) bool {
	if w.raw == nil && !w.begin() {
		return false
	}
	if !r.noTime && r.ts > w.order {
		w.order = r.ts
	}
	r.order = w.order
	if r.link.pseudo > 0 {
		r.pseudoHeader()
	}
	raw := w.raw
	w.frames++
	if w.decoder != nil {
		w.decoder.take(raw.rows, w.frames, r)
	} else {
		if n := len(raw.slabs); n == 0 || raw.slabs[n-1] != in.slab {
			in.slab.refs.Add(1)
			raw.slabs = append(raw.slabs, in.slab)
		}
		raw.records = append(raw.records, *r)
	}
	raw.rows++
	w.bytes += len(r.data)
	if raw.rows == w.s.opt.BatchRows || w.bytes >= maxBatchBytes {
		w.flush()
	}
	return true
}

// begin takes an empty batch. It returns false when the stream was stopped.
func (w *writer) begin() bool {
	select {
	case <-w.s.stop: // first, because both may be ready
		w.stopped = true
		return false
	default:
	}
	select {
	case w.raw = <-w.s.free:
		w.raw.first, w.raw.rows, w.bytes = w.frames+1, 0, 0
		if w.decoder != nil {
			w.raw.out = w.s.emptyBatch()
			w.decoder.start(w.raw.out)
		}
		return true
	case <-w.s.stop:
		w.stopped = true
		return false
	}
}

// flush hands the batch to a worker, and to Next, which waits for the worker.
func (w *writer) flush() {
	raw := w.raw
	w.raw = nil
	// All channels have room for all raw batches that exist.
	if w.decoder != nil {
		w.decoder.finish(raw.rows)
		raw.done <- struct{}{}
	} else {
		w.s.work <- raw
	}
	w.s.ordered <- raw
}

// forget drops the records: none shall point into slabs that are filled again.
func (raw *rawBatch) forget() {
	clear(raw.records)
	raw.records = raw.records[:0]
}

// decode runs in every worker.
func (s *Stream) decode() {
	d := newDecoder(s.name, &s.opt)
	for raw := range s.work {
		raw.out = s.emptyBatch()
		d.batch(raw)
		for i, sl := range raw.slabs {
			s.slabs.release(sl)
			raw.slabs[i] = nil
		}
		raw.slabs = raw.slabs[:0]
		raw.forget()
		raw.done <- struct{}{}
	}
}
