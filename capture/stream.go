package capture

import (
	"io"
	"sync"
	"sync/atomic"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// Options say how a capture is read. Workers and BatchRows do not change the rows.
type Options struct {
	Workers    int   // cores to use; less than 1 is 1
	InputIndex int64 // value of the column input_index
	BatchRows  int   // rows per batch, fewer only at the end and of very long frames; 0 is table.BatchRows or table.FewerRows

	// Batches are where batches come from and go to, so that the captures of a run share them; nil: the stream has its own.
	// Whoever shares them has one BatchRows.
	Batches *table.PacketsPool

	// NoPackets: nobody shows packets. Columns that classify does not read stay empty: ts, Ethernet addresses, ip_df,
	// single flags, tcp_flags_text and tcp_options. It includes NoDecoded.
	NoPackets bool
	// NoDecoded: nobody shows the columns that only the table decoded has. Those that classify does not read stay empty:
	// checksum_status, and tcp_options_raw where RST is not set.
	NoDecoded bool
	// DigestsOnly: nobody but classify reads packets. See table.Packets; it includes NoPackets.
	DigestsOnly bool
	// Interrupted, asked where the input ends in the middle of a record, says that its reader was stopped: what that cuts is
	// no damage. It may take its time; nil: it never was.
	Interrupted func() bool
	// Heads are the payloads that digests tell of as DigestHead; nil: all of four bytes at least.
	Heads *table.Heads
}

// Stats is what is known about a capture after its end.
type Stats struct {
	Format      string   // "pcap", "pcapng", …; empty where it is no capture
	Compression string   // "gzip", "zstd", …; empty for none
	Frames      int64    // that were found, numbered as Wireshark does
	Bytes       int64    // bytes taken from the reader, compressed
	Damage      []Damage // in the order of offsets
}

// A Stream reads one capture. Next, Release and Stats are for one goroutine at a time;
// Stop and BytesRead may be called from any.
type Stream struct {
	name    string
	opt     Options
	src     *countingReader
	ordered chan *rawBatch // in the order of frames
	work    chan *rawBatch
	free    chan *rawBatch
	taken   *rawBatch // waits for another, see giveBack
	batches *table.PacketsPool
	slabs   slabPool
	stop    chan struct{}
	once    sync.Once
	stats   Stats // the reading goroutine's until ordered is closed
	err     error // likewise; what Next says instead of io.EOF
}

// NewStream starts to read the capture r. The name is the column file and stands in
// messages. Compression and format are recognised by content. The caller closes r after
// the end, or after Stop to wake up a blocked read.
func NewStream(r io.Reader, name string, opt Options) *Stream {
	opt.Workers = max(opt.Workers, 1)
	if opt.BatchRows <= 0 {
		opt.BatchRows = table.BatchRows
		if opt.Workers <= inlineWorkers && !opt.DigestsOnly {
			opt.BatchRows = table.FewerRows
		}
	}
	if opt.Batches == nil {
		opt.Batches = &table.PacketsPool{}
	}
	inFlight := opt.Workers + 2
	if opt.Workers == 1 {
		inFlight = 1 // stages take turns: what one has written is in the caches for the next
	}
	s := &Stream{
		name:    name,
		opt:     opt,
		batches: opt.Batches,
		src:     &countingReader{r: r},
		ordered: make(chan *rawBatch, inFlight),
		work:    make(chan *rawBatch, inFlight),
		free:    make(chan *rawBatch, inFlight),
		stop:    make(chan struct{}),
	}
	for range inFlight {
		raw := &rawBatch{done: make(chan struct{}, 1)}
		if !s.inline() {
			raw.records = make([]record, 0, opt.BatchRows)
		}
		s.free <- raw
	}
	go s.read()
	if !s.inline() {
		for range opt.Workers {
			go s.decode()
		}
	}
	return s
}

// inlineWorkers is the number of workers up to which the reading goroutine decodes what it has read, while that is
// still in the nearest caches: this takes a quarter less time. Reading and decoding are a quarter of the work of a
// conversion, so that they hold up nobody then.
const inlineWorkers = 2

func (s *Stream) inline() bool { return s.opt.Workers <= inlineWorkers }

// Next returns the next rows, which are the caller's until Release. At the end of the
// capture, after Stop too, it returns io.EOF; a *NotCaptureError if the bytes are no capture,
// or the error of the reader if not one byte could be read.
func (s *Stream) Next() (*table.Packets, error) {
	raw, ok := <-s.ordered
	if !ok {
		if s.err != nil {
			return nil, s.err
		}
		return nil, io.EOF
	}
	<-raw.done
	out := raw.out
	raw.out = nil
	s.giveBack(raw)
	return out, nil
}

// giveBack lets a raw batch be filled again. Where there are several they go back in pairs, so that the reading goroutine is
// woken up half as often: that takes longer than to read a part of a batch.
func (s *Stream) giveBack(raw *rawBatch) {
	if cap(s.free) == 1 {
		s.free <- raw
	} else if s.taken == nil {
		s.taken = raw
	} else {
		s.free <- s.taken
		s.free <- raw
		s.taken = nil
	}
}

// emptyBatch returns a batch to be filled.
func (s *Stream) emptyBatch() *table.Packets {
	if s.opt.DigestsOnly {
		return s.batches.GetDigests(s.opt.BatchRows)
	}
	return s.batches.Get(s.opt.BatchRows)
}

// Release gives a batch back, to be filled again.
func (s *Stream) Release(b *table.Packets) { s.batches.Put(b) }

// Stop ends the stream early. Batches that are on their way may still come out of Next,
// then io.EOF.
func (s *Stream) Stop() { s.once.Do(func() { close(s.stop) }) }

// Stats tells about the capture once Next has returned an error.
func (s *Stream) Stats() Stats { return s.stats }

// BytesRead returns how many bytes were taken from the reader so far, before decompression.
func (s *Stream) BytesRead() int64 { return s.src.n.Load() }

// read runs in the reading goroutine.
func (s *Stream) read() {
	defer close(s.ordered)
	defer close(s.work)
	w := &writer{s: s, order: leastTime}
	if s.inline() {
		w.decoder = newDecoder(s.name, &s.opt)
	}
	s.stats.Compression, s.stats.Format, s.err = s.readAll(w)
	if w.raw != nil {
		w.flush()
	}
	s.stats.Frames = w.frames
	s.stats.Bytes = s.src.n.Load()
	s.stats.Damage = w.damage
}

func (s *Stream) readAll(w *writer) (compression, format string, err error) {
	plain, compression, closer, err := decompress(s.src)
	if err != nil {
		return compression, "", &ReadError{s.name, err}
	}
	defer closer()
	in := newInput(plain, &s.slabs)
	defer in.close()
	format, err = readCapture(in, w)
	if err != nil {
		if in.err == io.EOF || in.base+int64(in.w) > 0 {
			return compression, format, &NotCaptureError{Name: s.name, Compression: compression, What: err.Error()}
		}
		return compression, format, &ReadError{s.name, in.err}
	}
	return compression, format, nil
}

// countingReader counts what is taken from a reader.
type countingReader struct {
	r io.Reader
	n atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
