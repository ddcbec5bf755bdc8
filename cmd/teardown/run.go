package main

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A sink takes the rows of a run. The methods packets and connections are each called
// from one goroutine at a time; done is called when the batch may be filled again.
type sink interface {
	packets(b *table.Packets, done func()) error
	connections(b *table.Connections, done func()) error
}

// A run reads inputs into a sink and counts.
type run struct {
	app      *app
	opt      *options
	sink     sink
	progress *progress
	selected *selection
	reports  []report // one per input
	packets  int64
	tally    *tally
	started  time.Time
}

// A report tells what became of one input.
type report struct {
	input
	read         bool // it was a capture
	stats        capture.Stats
	rows         int64
	connections  int64
	streamsEnded int64 // first frame without tcp_stream because of --max-streams, or 0
}

// newRun finds the inputs that the arguments stand for.
func (a *app) newRun(opt *options, args []string) (*run, error) {
	except := ""
	if opt.output != "" && !opt.oneFile() {
		except = opt.output
	}
	selected, err := opt.newSelection()
	if err != nil {
		return nil, err
	}
	inputs, err := findInputs(args, except)
	if err != nil {
		return nil, err
	}
	r := &run{app: a, opt: opt, selected: selected, tally: newTally(), started: time.Now()}
	for _, in := range inputs {
		r.reports = append(r.reports, report{input: in})
	}
	return r, nil
}

// read reads all inputs into the sink, one world after the other. Problems of inputs are
// said and noted; an error is one of the output.
func (r *run) read(ctx context.Context) error {
	if r.opt.progress == "always" || r.opt.progress == "auto" && r.app.stderr.terminal() && !r.opt.quiet {
		r.progress = startProgress(r.app.stderr, r.totalBytes())
		defer r.progress.finish()
	}
	say := sync.OnceFunc(func() {
		r.app.stderr.message("teardown: interrupted; finishing what was read (a second signal stops at once)")
	})
	defer context.AfterFunc(ctx, say)()
	for i := range r.reports {
		if ctx.Err() != nil {
			break
		}
		if err := r.world(ctx, int64(i), &r.reports[i]); err != nil {
			return err
		}
		r.reports[i].say(r.app.stderr)
	}
	if ctx.Err() != nil {
		say()
	}
	return nil
}

// totalBytes returns the size of all inputs, or -1 where one is not known.
func (r *run) totalBytes() int64 {
	var total int64
	for _, in := range r.reports {
		switch {
		case in.problem != nil:
		case in.size < 0:
			return -1
		default:
			total += in.size
		}
	}
	return total
}

// world reads one input through a classifier of its own.
func (r *run) world(ctx context.Context, index int64, rep *report) error {
	if rep.problem != nil {
		return nil
	}
	reader, closer, err := openInput(ctx, rep.input, r.app.stdin)
	if err != nil {
		rep.problem = err
		return nil
	}
	defer closer.Close()
	stream := capture.NewStream(reader, rep.name, capture.Options{Workers: r.opt.workers, InputIndex: index})
	if rep.size >= 0 {
		defer context.AfterFunc(ctx, stream.Stop)()
	} // else the reader ends, and all that it has read becomes rows
	r.progress.begin(rep.name, stream.BytesRead)
	defer r.progress.end()

	next := func() (*table.Packets, error) {
		for {
			b, err := stream.Next()
			if err != nil && err != io.EOF {
				rep.problem, err = err, io.EOF
			}
			if err != nil {
				return nil, err
			}
			if r.selected.apply(b); b.N > 0 {
				return b, nil
			}
			stream.Release(b)
		}
	}
	packets := func(b *table.Packets) error {
		rep.rows += int64(b.N)
		r.progress.add(b.N)
		return r.sink.packets(b, func() { stream.Release(b) })
	}
	classifier := classify.New(r.classifyOptions())
	connections := func(b *table.Connections) error {
		rep.connections += int64(b.N)
		r.tally.add(b)
		if r.opt.noPayload {
			dropPayload(b)
		}
		return r.sink.connections(b, func() { classifier.Release(b) })
	}
	if err := classifier.Run(next, packets, connections); err != nil {
		stream.Stop()
		return err
	}
	rep.stats = stream.Stats()
	rep.streamsEnded = classifier.StreamsEnded()
	if rep.problem != nil && ctx.Err() != nil {
		rep.problem = errInterrupted
	}
	rep.read = rep.problem == nil
	r.packets += rep.rows
	return nil
}

func (r *run) classifyOptions() classify.Options {
	opt := r.opt.tracking
	opt.Workers = r.opt.workers
	r.zeekClassify(&opt)
	return opt
}

// dropPayload takes out what comes from payloads.
func dropPayload(b *table.Connections) {
	t := &b.FirstRstPayloadText
	clear(t.Valid[:b.N])
	clear(t.Offsets[:b.N+1])
	t.Data = t.Data[:0]
}

// status returns the exit status of a run that has read its inputs.
func (r *run) status(ctx context.Context) int {
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case r.damaged():
		return exitDamaged
	}
	return exitDone
}

func (r *run) damaged() bool {
	return slices.ContainsFunc(r.reports, func(rep report) bool {
		return rep.problem != nil || len(rep.stats.Damage) > 0
	})
}
