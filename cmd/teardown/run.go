package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/schemas"
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
	reports  []report              // one per input
	batches  table.PacketsPool     // of all inputs
	rows     table.ConnectionsPool // of all worlds
	packets  int64
	skipped  int64  // inputs that are no captures
	decode   bool   // rows are not classified
	filters  bool   // the closing summary says how to show each ending
	fate     string // what becomes of packets, "are counted"; empty: they are in the output

	decoded      string // the stream of decoded packets that stands for the inputs, or empty
	streamDamage string // what is wrong with it
	tally        *tally
	started      time.Time
	interrupted  bool // a signal came while inputs were read
}

// A report tells what became of one input.
type report struct {
	input
	index        int64
	read         bool // it was a capture
	stats        capture.Stats
	streamsEnded int64 // first frame without tcp_stream because of --max-streams, or 0
}

// newRun finds the inputs that the arguments stand for.
func (a *app) newRun(opt *options, args []string) (*run, error) {
	if err := opt.checkQuotes(args); err != nil {
		return nil, err
	}
	selected, err := opt.newSelection()
	if err != nil {
		return nil, err
	}
	inputs, err := findInputs(args, opt.place())
	if err != nil {
		return nil, err
	}
	r := &run{app: a, opt: opt, selected: selected, tally: newTally(), started: time.Now()}
	for i, in := range inputs {
		r.reports = append(r.reports, report{input: in, index: int64(i)})
	}
	return r, nil
}

// read reads all inputs into the sink, one world after the other. Problems of inputs are
// said and noted; an error is one of the output.
func (r *run) read(ctx context.Context) error {
	if r.app.setCores != nil {
		r.app.setCores(r.opt.workers)
		useHugePages()
	}
	if r.opt.progress == "always" || r.opt.progress == "auto" && r.app.stderr.terminal() && !r.opt.quiet {
		r.progress = startProgress(r.app.stderr, r.totalBytes())
		defer r.progress.finish()
	}
	say := sync.OnceFunc(func() {
		r.app.stderr.message("teardown: interrupted; finishing what was read (a second signal stops at once)")
	})
	stop := context.AfterFunc(ctx, say)
	defer stop()
	worlds := r.worlds
	if r.decoded != "" {
		worlds = r.readDecoded
	}
	err := worlds(ctx)
	r.saySkipped()
	if err != nil {
		return err
	}
	if !stop() || ctx.Err() != nil { // a signal is one for the message, the manifest and the exit status, or for none
		say()
		r.interrupted = true
	}
	return nil
}

// worlds reads every input as a world of its own, or all as one.
func (r *run) worlds(ctx context.Context) error {
	if r.opt.join {
		return r.joined(ctx)
	}
	ahead := newReadAhead(ctx, r)
	defer ahead.close()
	for i := range r.reports {
		if ctx.Err() != nil {
			break
		}
		if err := r.alone(i, ahead.take(i)); err != nil {
			return err
		}
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

func (r *run) classifyOptions() classify.Options {
	opt := r.opt.tracking
	opt.Workers, opt.Writers = r.opt.workers, r.opt.workers
	opt.Batches = &r.rows
	opt.Joined = r.opt.join
	opt.NoColumns = r.noPackets()
	if opt.Workers == 2 && !opt.NoColumns {
		// To read and to encode is more than half of the work: who does that on one core is not done before the other has
		// classified. Two workers would have to fetch each other's batches and would be no sooner.
		opt.Workers = 1
	}
	r.zeekClassify(&opt)
	return opt
}

// noPackets says that nobody gets rows of packets.
func (r *run) noPackets() bool {
	_, counted := r.sink.(discard)
	return counted || r.opt.table == schemas.Connections.Name || r.opt.format == zeekFormat
}

// digestsOnly says that nobody reads columns of packets that have a digest: neither who chooses packets, nor who puts those of
// several captures in order, nor Zeek's rules.
func (r *run) digestsOnly() bool {
	return r.noPackets() && r.selected.all() && !r.opt.join && !r.opt.cutsLikeZeek() && r.opt.format != zeekFormat
}

// dropPayload takes out what comes from payloads.
func dropPayload(b *table.Connections) {
	t := &b.FirstRstPayloadText
	clear(t.Valid[:b.N])
	clear(t.Offsets[:b.N+1])
	t.Data = t.Data[:0]
}

// status returns the exit status of a run that has read its inputs.
func (r *run) status() int {
	switch {
	case r.interrupted:
		return exitInterrupted
	case r.damaged():
		return exitDamaged
	}
	return exitDone
}

func (r *run) damaged() bool {
	return r.streamDamage != "" || slices.ContainsFunc(r.reports, func(rep report) bool {
		return rep.problem != nil || len(rep.stats.Damage) > 0
	})
}
