package main

import (
	"context"
	"io"
	"sync"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A source gives the decoded rows of one world in its order.
type source interface {
	next() (*table.Packets, error) // io.EOF at the end
	release(b *table.Packets)      // gives a batch back; from any goroutine
	close()                        // called once, also before the end
}

// alone reads one input as a world of its own; src is nil where it cannot be read.
func (r *run) alone(i int, src *captureSource) error {
	rep := &r.reports[i]
	defer r.say(rep)
	if src == nil {
		return nil
	}
	r.progress.begin(rep.name, src.stream.BytesRead)
	defer r.progress.end()
	var err error
	rep.streamsEnded, err = r.world(src)
	return err
}

// world takes all rows of a source to the sink and returns the first frame without
// tcp_stream because of --max-streams, or 0.
func (r *run) world(src source) (streamsEnded int64, err error) {
	defer src.close()
	next := func() (*table.Packets, error) {
		for {
			b, err := src.next()
			if err != nil {
				return nil, err
			}
			if r.selected.apply(b); b.N > 0 {
				return b, nil
			}
			src.release(b)
		}
	}
	packets := func(b *table.Packets) error {
		r.packets += int64(b.N)
		r.progress.add(b.N)
		return r.sink.packets(b, func() { src.release(b) })
	}
	if r.decode {
		return 0, pass(next, packets)
	}
	classifier := classify.New(r.classifyOptions())
	connections := func(b *table.Connections) error {
		r.tally.add(b)
		if r.opt.noPayload {
			dropPayload(b)
		}
		return r.sink.connections(b, func() { classifier.Release(b) })
	}
	err = classifier.Run(next, packets, connections)
	return classifier.StreamsEnded(), err
}

// pass hands rows on as they are.
func pass(next func() (*table.Packets, error), packets func(*table.Packets) error) error {
	for {
		b, err := next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = packets(b)
		}
		if err != nil {
			return err
		}
	}
}

// A captureSource gives the rows of one input. What is wrong with it goes into its report.
type captureSource struct {
	rep         *report
	stream      *capture.Stream
	closer      io.Closer
	stop        func() bool // takes back that the end of the context ends the stream
	interrupted func() bool // asked where the input has ended: whether a signal did that
	ended       bool
}

// open starts to read an input; nil where that is not possible.
func (r *run) open(ctx context.Context, i int) *captureSource {
	rep := &r.reports[i]
	if rep.problem != nil {
		return nil
	}
	reader, closer, err := openInput(ctx, rep.input, r.app.stdin)
	if err != nil {
		rep.problem = err
		return nil
	}
	s := &captureSource{rep: rep, closer: closer, stop: func() bool { return true }}
	s.interrupted = func() bool { return ctx.Err() != nil }
	opt := capture.Options{
		Workers:     r.opt.workers,
		InputIndex:  rep.index,
		Batches:     &r.batches,
		NoPackets:   r.noPackets(),
		NoDecoded:   !r.decode,
		DigestsOnly: r.digestsOnly(),
		Heads:       classify.Heads(),
	}
	if rep.size < 0 { // the reader ends with the context, and all that it has read becomes rows
		s.interrupted = sync.OnceValue(func() bool { return endsSoon(ctx) })
		opt.Interrupted = s.interrupted
	}
	s.stream = capture.NewStream(reader, rep.name, opt)
	if rep.size >= 0 {
		s.stop = context.AfterFunc(ctx, s.stream.Stop)
	}
	return s
}

func (s *captureSource) next() (*table.Packets, error) {
	if s.ended {
		return nil, io.EOF
	}
	b, err := s.stream.Next()
	if err == nil {
		return b, nil
	}
	s.ended = true
	if err != io.EOF {
		s.rep.problem = err
	}
	s.rep.stats = s.stream.Stats()
	if s.rep.problem != nil && s.interrupted() {
		s.rep.problem = errInterrupted
	}
	s.rep.read = s.rep.problem == nil
	return nil, io.EOF
}

func (s *captureSource) release(b *table.Packets) { s.stream.Release(b) }

func (s *captureSource) close() {
	s.stop()
	s.stream.Stop()
	s.closer.Close()
}
