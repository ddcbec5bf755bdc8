package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

func (a *app) classifyCommand() *cobra.Command {
	opt := &options{}
	cmd := &cobra.Command{
		Use:   "classify [flags] - -o DIR",
		Short: "Convert a stream of decoded packets to a dataset",
		Long: `Convert decoded packets, an Arrow IPC stream of the table decoded as teardown decode
writes it, to what convert writes. The rows of each capture follow each other in the
order of frames; with --join, those of all captures are in the order of order_ns,
input_index, frame.`,
		Example: `  teardown decode captures/ -o - | teardown classify - -o out
  teardown classify - --table connections -o - < decoded.arrows | python3 read.py`,
		Annotations: map[string]string{"status": statusHelp},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.classify(cmd.Context(), opt, args)
		},
	}
	addGroup(cmd, "Output", opt.outputFlags)
	addGroup(cmd, "Connections", opt.joinFlag, opt.trackingFlags)
	addGroup(cmd, "Running", opt.runningFlags)
	completeFlags(cmd)
	return cmd
}

func (a *app) classify(ctx context.Context, opt *options, args []string) error {
	if len(args) != 1 {
		return usagef("classify takes one stream of decoded packets; try: teardown decode CAPTURE... -o - | teardown classify - -o DIR")
	}
	if err := opt.check(); err != nil {
		return err
	}
	if err := opt.checkOutput(); err != nil {
		return err
	}
	packets, connections, err := opt.selectTables()
	if err != nil {
		return err
	}
	selected, err := opt.newSelection()
	if err != nil {
		return err
	}
	r := &run{app: a, opt: opt, selected: selected, tally: newTally(), started: time.Now(), decoded: args[0]}
	return a.finish(ctx, r, packets, connections)
}

// readDecoded reads the stream of decoded packets, world after world.
func (r *run) readDecoded(ctx context.Context) error {
	in := input{path: r.decoded, name: r.decoded, size: -1}
	reader, closer, err := openInput(ctx, in, r.app.stdin)
	if err != nil {
		return err
	}
	defer closer.Close()
	if f, ok := r.app.stdin.(*os.File); ok && r.decoded == stdinName {
		if _, terminal := terminalWidth(f); terminal {
			return usagef("- reads binary data, and stdin is a terminal; try: teardown decode CAPTURE... -o - | teardown classify - -o DIR")
		}
	}
	bytes := &byteCounter{in: reader}
	r.progress.begin(in.name, bytes.n.Load)
	defer r.progress.end()
	d := &decodedStream{run: r, ctx: ctx}
	plain, err := checkHead(bytes)
	if err == nil {
		d.reader, err = export.ReadStream(plain, &schemas.Decoded)
	}
	switch {
	case err != nil && endsSoon(ctx):
		return nil // stopped before anything came
	case err != nil:
		return fmt.Errorf("%s: %w", r.decoded, err)
	}
	for d.more() {
		w := &decodedWorld{decodedStream: d}
		ended, err := r.world(w)
		if err != nil {
			return err
		}
		if w.report >= 0 {
			r.reports[w.report].streamsEnded = ended
		}
	}
	return d.err
}

// A decodedStream gives the batches of an Arrow stream, cut where a world ends.
type decodedStream struct {
	run    *run
	ctx    context.Context
	reader *export.StreamReader
	rest   *table.Packets // the batch that comes next
	from   int            // its first row that was not taken
	known  map[int64]int  // reports by input index
	ended  bool
	err    error

	index, order, frame int64 // of the row before
	rows                int64

	batchPool
}

// more reports whether there are rows.
func (d *decodedStream) more() bool {
	if d.rest != nil || d.ended {
		return d.rest != nil
	}
	b := d.batch()
	_, err := d.reader.Next(b)
	if err == nil {
		if err = d.check(b); err == nil {
			d.rest, d.from = b, 0
			return true
		}
		d.err = err
	}
	d.ended = true
	var column *export.ColumnError
	switch {
	case d.err != nil:
	case d.rows == 0 && errors.As(err, &column): // it is not the table decoded
		d.err = fmt.Errorf("%s: %w", d.run.decoded, err)
	case err == io.EOF && d.reader.Complete():
	case endsSoon(d.ctx): // the rows end where the reader was stopped
	case err != io.EOF:
		d.run.damage(fmt.Sprintf("%v; %s", err, d.came()))
	default:
		d.run.damage("the stream ends without its end mark: whoever wrote it may have failed; " + d.came())
	}
	return false
}

// came says what of a damaged stream is in the output.
func (d *decodedStream) came() string {
	if d.rows == 0 {
		return "no row came before, the output is empty"
	}
	return fmt.Sprintf("the %s before are in the output", count(d.rows, "row", "rows"))
}

// check wants rows in the order of a world, with numbers that conn_id can hold, and makes
// texts of flags those of the flags: several have one text.
func (d *decodedStream) check(b *table.Packets) error {
	for i := range b.N {
		index, order, frame := b.InputIndex.Values[i], b.OrderNs.Values[i], b.Frame.Values[i]
		if index < 0 || index >= maxInputs || frame < 1 || frame >= maxFrames {
			return d.rowError(i, "input_index %d and frame %d: 0 to %d and 1 to %d are possible", index, frame, maxInputs-1, int64(maxFrames-1))
		}
		if flags := b.TcpFlags.Values[i]; b.TcpFlags.Valid[i] != 0 {
			if flags < 0 || flags > 0xfff {
				return d.rowError(i, "tcp_flags %d has more than 12 bits", flags)
			}
			b.TcpFlagsText.Codes[i] = uint16(flags) + 1
		}
		if d.rows > 0 || i > 0 {
			if err := d.checkOrder(i, index, order, frame); err != nil {
				return err
			}
		}
		rep, known := d.known[index]
		if !known {
			if d.known == nil {
				d.known = map[int64]int{}
			}
			rep = len(d.run.reports)
			d.known[index] = rep
			name := b.File.Value(i)
			d.run.reports = append(d.run.reports, report{index: index, read: true, input: input{path: name, name: name, size: -1},
				stats: capture.Stats{Format: decodedFormat}})
		}
		d.run.reports[rep].stats.Frames++
		d.index, d.order, d.frame = index, order, frame
	}
	d.rows += int64(b.N)
	return nil
}

// conn_id holds these in less than 53 bits.
const (
	maxInputs = 1 << 17
	maxFrames = 1 << 36
)

// decodedFormat is the format of inputs that came as decoded packets.
const decodedFormat = "decoded"

func (d *decodedStream) checkOrder(i int, index, order, frame int64) error {
	if d.run.opt.join {
		if cmp.Or(cmp.Compare(d.order, order), cmp.Compare(d.index, index), cmp.Compare(d.frame, frame)) >= 0 {
			return d.rowError(i, "not in the order of order_ns, input_index, frame; sort them")
		}
		return nil
	}
	if index != d.index {
		if _, seen := d.known[index]; seen {
			return d.rowError(i, "the rows of several captures are mixed; add --join if they are one world, or sort them by input_index and frame")
		}
		return nil
	}
	if frame <= d.frame || order < d.order {
		return d.rowError(i, "not in the order of frames; sort them by input_index and frame")
	}
	return nil
}

func (d *decodedStream) rowError(i int, format string, args ...any) error {
	return fmt.Errorf("%s: row %d of the stream: %s", d.run.decoded, d.rows+int64(i)+1, fmt.Sprintf(format, args...))
}

// A decodedWorld is the source of one world of a stream.
type decodedWorld struct {
	*decodedStream
	started bool
	input   int64
	report  int // of the capture, -1 in a joined world
}

func (w *decodedWorld) next() (*table.Packets, error) {
	if !w.more() {
		if w.err != nil {
			return nil, w.err
		}
		return nil, io.EOF
	}
	b, from := w.rest, w.from
	input := b.InputIndex.Values[:b.N]
	if !w.started {
		w.started, w.input, w.report = true, input[from], w.known[input[from]]
		if w.run.opt.join {
			w.report = -1
		}
	}
	end := b.N
	if !w.run.opt.join {
		for end = from; end < b.N && input[end] == w.input; {
			end++
		}
	}
	switch {
	case end == from:
		return nil, io.EOF
	case from == 0 && end == b.N:
		w.rest = nil
		return b, nil
	}
	piece := w.batch()
	copyRows(piece, b, from, end)
	closeTexts(piece)
	if w.from = end; end == b.N {
		w.rest = nil
		w.release(b)
	}
	return piece, nil
}

func (w *decodedWorld) close() {}

// damage notes what is wrong with the stream of decoded packets.
func (r *run) damage(what string) {
	r.streamDamage = what
	r.app.stderr.message(fmt.Sprintf("teardown: %s: %s", r.decoded, what))
}

// A byteCounter counts what is read.
type byteCounter struct {
	in io.Reader
	n  atomic.Int64
}

func (c *byteCounter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n.Add(int64(n))
	return n, err
}
