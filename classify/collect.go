package classify

import (
	"cmp"
	"math"
	"slices"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A collector puts together what the workers did with a batch: it numbers streams in the order
// of frames and writes the rows of finished connections in the order of finalisation.
type collector struct {
	classifier  *Classifier
	packets     func(*table.Packets) error
	connections func(*table.Connections) error
	err         error // the first one; nothing is handed on after it

	numbers  [shardCount]pool[int64] // per shard and stream its tcp_stream, -1 beyond the limit
	streams  int64
	files    map[int64]string // name of the capture by its input index
	writer   rowWriter
	out      *table.Connections
	zeek     []ZeekDetails // of the rows of out, if somebody asks
	finished []finished

	clock int64 // of the last row
	known *knowledge
	next  []int // per worker: the observation that comes next, in the sequence

	warmed uint64 // see warm
}

func (x *collector) collect(j *job) error {
	if x.err != nil {
		return x.err
	}
	b := j.batch
	x.nameFiles(b)
	if !x.classifier.opt.Joined {
		x.number(j)
	}
	j.batch = nil
	rows := b.N
	if x.err = x.packets(b); x.err != nil {
		return x.err
	}
	x.finished = x.finished[:0]
	for w := range j.finished {
		x.finished = append(x.finished, j.finished[w]...)
	}
	slices.SortFunc(x.finished, func(a, b finished) int {
		return cmp.Or(cmp.Compare(a.trigger, b.trigger), cmp.Compare(a.connID, b.connID))
	})
	clear(x.next)
	row := 0
	for i := range x.finished {
		// What a packet finished comes before what it tells, and behind the time that it brings.
		x.learn(j, x.finished[i].trigger)
		if next := int(x.finished[i].trigger) + 1; next > row {
			x.noteBreaks(j.clock[row:next])
			row = next
		}
		if x.err = x.rows(x.finished[i : i+1]); x.err != nil {
			break
		}
	}
	x.learn(j, math.MaxInt32)
	x.noteBreaks(j.clock[row:rows])
	if x.out != nil {
		x.writer.finish(x.out) // copies need their embryos, which others may have next
	}
	x.giveBack()
	return x.err
}

// noteBreaks remembers where nothing was captured for a minute, up to a row: only so many are kept, and what
// is written later must not push out what an earlier row asks for.
func (x *collector) noteBreaks(clock []int64) {
	n := len(clock)
	if n > 0 && clock[n-1]-x.clock >= facts.BreakTime { // clocks never go back
		for _, now := range clock {
			facts.NoteBreak(&x.writer.breaks, x.clock, now)
			x.clock = now
		}
	}
	if n > 0 {
		x.clock = clock[n-1]
	}
}

// learn applies the observations of the packets before a row, in the order of rows.
func (x *collector) learn(j *job, before int32) {
	for {
		worker := -1
		least := uint64(before) << 32
		for w, list := range j.sequence {
			if n := x.next[w]; n < len(list) && list[n] < least {
				worker, least = w, list[n]
			}
		}
		if worker < 0 {
			return
		}
		x.known.apply(&j.observed[worker][uint32(least)])
		x.next[worker]++
	}
}

// nameFiles remembers which captures the rows come from.
func (x *collector) nameFiles(b *table.Packets) {
	if x.files == nil {
		x.files = map[int64]string{}
	}
	last := int64(-1)
	for i, index := range b.InputIndex.Values[:b.N] {
		if index != last {
			last = index
			if _, ok := x.files[index]; !ok {
				x.files[index] = b.File.Value(i)
			}
		}
	}
}

// giveBack returns the records of written rows to their shards.
func (x *collector) giveBack() {
	for i := range x.finished {
		f := &x.finished[i]
		s := x.classifier.shards[f.shard]
		s.mu.Lock()
		s.returned = append(s.returned, *f)
		s.mu.Unlock()
	}
}

// number gives streams their numbers and fills the column tcp_stream.
func (x *collector) number(j *job) {
	b := j.batch
	limit := int64(x.classifier.opt.MaxStreams)
	if limit <= 0 {
		limit = DefaultMaxStreams
	}
	if x.classifier.opt.NoColumns { // for the rows of connections
		for i, begins := range j.streamNew[:b.N] {
			if begins {
				x.newStream(j, i, limit)
			}
		}
		return
	}
	shards, begins := j.streamShard[:b.N], j.streamNew[:b.N]
	ports, protocols := b.SrcPort.Valid[:b.N], b.IpProto.Values[:b.N]
	values, valid := b.TcpStream.Values[:b.N], b.TcpStream.Valid[:b.N]
	for i, n := range j.stream[:b.N] {
		if n == 0 {
			continue
		}
		if begins[i] {
			x.newStream(j, i, limit)
		}
		if n == noNumber {
			continue
		}
		number := *x.numbers[shards[i]%shardCount].at(uint32(n))
		if number >= 0 && ports[i] != 0 && protocols[i] == protoTCP {
			values[i], valid[i] = number, 1
		}
	}
}

// newStream gives the stream of a row its number. After the first stream that gets none, none that begins later gets
// one: they would not be tshark's.
func (x *collector) newStream(j *job, i int, limit int64) {
	number := x.streams
	if x.streams >= limit || j.stream[i] == noNumber {
		x.classifier.streamsEnded.CompareAndSwap(0, j.batch.Frame.Values[i])
	}
	if x.classifier.streamsEnded.Load() != 0 {
		number = noNumber
	} else {
		x.streams++
	}
	if j.stream[i] != noNumber {
		_, p := x.numbers[j.streamShard[i]].get()
		*p = number
	}
}

// rows writes the rows of connections, in their order.
func (x *collector) rows(list []finished) error {
	for i := range list {
		if x.out == nil {
			x.out = x.classifier.free.Get(table.ConnectionRows)
		}
		x.zeek = x.row(&x.writer, x.out, x.zeek, &list[i])
		if x.out.N == table.ConnectionRows {
			if err := x.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// row writes the row of a connection, and what conn.log says beside it behind details, if somebody asks.
func (x *collector) row(w *rowWriter, out *table.Connections, details []ZeekDetails, f *finished) []ZeekDetails {
	stream := int32(0)
	switch {
	case f.embryo != nil:
		stream = f.embryo.stream
	case f.conn.tcp != nil:
		stream = f.conn.tcp.account.stream
	}
	number := int64(-1)
	if stream > 0 && !x.classifier.opt.Joined {
		number = *x.numbers[f.shard].at(uint32(stream))
	}
	if like := w.copy(out, f, number); like != nil {
		if x.classifier.opt.Zeek != nil {
			details = append(details, like.details)
		}
		return details
	}
	w.file = x.files[f.connID>>frameBits]
	w.write(out, f, number)
	if x.classifier.opt.Zeek != nil {
		details = append(details, w.row.zeekDetails())
	}
	w.keep(out, f, number)
	return details
}

func (x *collector) flush() error {
	b := x.out
	x.out = nil
	if b == nil || b.N == 0 {
		return nil
	}
	x.writer.finish(b)
	for _, c := range b.Columns() {
		if closer, ok := c.(interface{ Close(int) }); ok {
			closer.Close(b.N)
		}
	}
	if x.classifier.opt.Zeek != nil {
		x.classifier.opt.Zeek(x.zeek)
		x.zeek = x.zeek[:0]
	}
	return x.connections(b)
}
