package capture

import (
	"errors"
	"fmt"
	"io"
)

// Damage is a range of bytes that could not be read as records.
type Damage struct {
	Offset int64  // of the first damaged byte in the uncompressed capture
	Length int64  // bytes given up; 0 where nothing follows
	What   string // what is wrong, without file and offset
}

// A NotCaptureError says that an input is no capture, compressed or not.
type NotCaptureError struct {
	Name        string // as given to NewStream
	Compression string // recognised compression, or empty
	What        string // what was found instead
}

// Error says what was found instead.
func (e *NotCaptureError) Error() string {
	inside := ""
	if e.Compression != "" {
		inside = " inside " + e.Compression
	}
	return fmt.Sprintf("capture: %s: no pcap or pcapng capture%s: %s", e.Name, inside, e.What)
}

// A ReadError says that an input could not be read, or not decompressed.
type ReadError struct {
	Name string // as given to NewStream
	Err  error
}

// Error says which input, and why.
func (e *ReadError) Error() string { return fmt.Sprintf("capture: %s: %v", e.Name, e.Err) }

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }

// maxDamage is how many damaged ranges are told one by one; the rest is added up.
const maxDamage = 100

// report notes damage.
func (w *writer) report(offset, length int64, format string, args ...any) {
	if len(w.damage) < maxDamage {
		w.damage = append(w.damage, Damage{offset, length, fmt.Sprintf(format, args...)})
		return
	}
	last := &w.damage[maxDamage-1]
	w.lost++
	last.Length += length
	last.What = fmt.Sprintf("%d more damaged ranges", w.lost+1)
}

// interrupted reports whether the input ended because its reader was stopped, which is asked only where it has ended.
// Compressed bytes that end too early are an end, too.
func (w *writer) interrupted(in *input) bool {
	ended := in.err == io.EOF || errors.Is(in.err, io.ErrUnexpectedEOF)
	return ended && w.s.opt.Interrupted != nil && w.s.opt.Interrupted()
}

// reportEnd notes that the input ended in the middle of what, which began at offset.
// want is how many bytes it should have had.
func (w *writer) reportEnd(in *input, offset, want int64, what string) {
	if w.interrupted(in) {
		return
	}
	have := in.base + int64(in.w) - offset
	if in.err != nil && in.err != io.EOF {
		w.report(offset, have, "%s cannot be read: %v", what, in.err)
		return
	}
	w.report(offset, have, "%s is cut: %d of %d bytes", what, have, want)
}

// passedOver adds the bytes between two offsets to the damage that was reported last.
func (w *writer) passedOver(from, to int64) {
	if n := len(w.damage); to > from && n > 0 {
		w.damage[n-1].Length += to - from
	}
}
