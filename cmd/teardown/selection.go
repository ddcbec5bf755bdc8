package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/pcap-teardown/teardown/cmd/teardown/filter"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A selection leaves frames out before they are classified, as if the capture did not
// hold them. Their numbers stay those of the file.
type selection struct {
	from, to int64 // nanoseconds since 1970; from the first, before the second
	limit    int64 // frames to take in all
	timed    bool  // from or to was given; frames without a time are then left out

	filter *filter.Filter // nil for all

	taken    int64
	byFilter int64 // frames left out because they do not match
	byTime   int64 // frames left out because of their time
	beyond   int64 // frames left out because of the limit
	keep     []int32
}

// newSelection reads the flags --filter, --from, --to and --limit.
func (o *options) newSelection() (*selection, error) {
	s := &selection{from: math.MinInt64, to: math.MaxInt64, limit: math.MaxInt64, timed: o.from != "" || o.to != ""}
	for _, t := range []struct {
		flag, text string
		ns         *int64
	}{{"from", o.from, &s.from}, {"to", o.to, &s.to}} {
		if t.text == "" {
			continue
		}
		if isYear(t.text) {
			return nil, usagef("--%s %s: a year alone is no time; write %s-01-01, or %s.0 for seconds since 1970", t.flag, t.text, t.text, t.text)
		}
		ns, ok := parseTime(t.text)
		if !ok {
			return nil, usagef("--%s %s: not a time; write 2026-11-22, 2026-11-22T09:30:00.25 (UTC unless +01:00 or Z follows) or seconds since 1970", t.flag, t.text)
		}
		*t.ns = ns
	}
	if s.from >= s.to {
		return nil, usagef("--from must be before --to")
	}
	if o.filter != "" {
		f, err := filter.Parse(o.filter)
		if err != nil {
			return nil, usagef("--filter: %v", err)
		}
		s.filter = f
	}
	if o.limit > 0 {
		s.limit = o.limit
	}
	return s, nil
}

// all reports whether nothing is left out.
func (s *selection) all() bool { return !s.timed && s.filter == nil && s.limit == math.MaxInt64 }

// An omission is a reason to leave frames out that the user gave.
type omission struct {
	reason, flags string
	frames        int64 // so far
}

func (s *selection) omissions() (all []omission) {
	if s.timed {
		all = append(all, omission{"time", "--from and --to", s.byTime})
	}
	if s.filter != nil {
		all = append(all, omission{"filter", "--filter", s.byFilter})
	}
	if s.limit < math.MaxInt64 {
		all = append(all, omission{"limit", "--limit", s.beyond})
	}
	return all
}

// leftOut returns how many frames were left out, by the reason.
func (s *selection) leftOut() map[string]int64 {
	out := map[string]int64{}
	for _, o := range s.omissions() {
		out[o.reason] = o.frames
	}
	return out
}

// apply leaves out the rows of a batch that are not wanted; it may become empty.
func (s *selection) apply(b *table.Packets) {
	if s.all() {
		return
	}
	s.keep = s.keep[:0]
	for i := range b.N {
		ts := b.TsNs.Values[i]
		switch {
		case s.timed && (b.TsNs.Null(i) || ts < s.from || ts >= s.to):
			s.byTime++
		case s.filter != nil && !s.filter.Match(b, i):
			s.byFilter++
		case s.taken == s.limit:
			s.beyond++
		default:
			s.taken++
			s.keep = append(s.keep, int32(i))
		}
	}
	if len(s.keep) < b.N {
		keepRows(b, s.keep)
	}
}

// keepRows moves the chosen rows of a batch to its front and clears the others.
func keepRows(b *table.Packets, keep []int32) {
	for _, column := range b.Columns() {
		switch c := column.(type) {
		case *table.Int32:
			compact(c.Values, keep, b.N)
			compact(c.Valid, keep, b.N)
		case *table.Int64:
			compact(c.Values, keep, b.N)
			compact(c.Valid, keep, b.N)
		case *table.Bool:
			compact(c.Values, keep, b.N)
			compact(c.Valid, keep, b.N)
		case *table.MAC:
			compact(c.Values, keep, b.N)
			compact(c.Valid, keep, b.N)
		case *table.Word:
			compact(c.Codes, keep, b.N)
		case *table.Symbol:
			compact(c.Codes, keep, b.N)
		case *table.Address:
			compact(c.Values, keep, b.N)
		case *table.Text:
			compactText(c, keep, b.N)
		default:
			panic(fmt.Sprintf("teardown: packets has a column of type %T", column))
		}
	}
	b.N, b.Digested = len(keep), 0
}

func compact[T any](values []T, keep []int32, rows int) {
	if values == nil {
		return
	}
	for to, from := range keep {
		values[to] = values[from]
	}
	clear(values[len(keep):rows])
}

func compactText(c *table.Text, keep []int32, rows int) {
	end := uint32(0)
	for to, from := range keep {
		n := copy(c.Data[end:], c.Data[c.Offsets[from]:c.Offsets[from+1]])
		end += uint32(n)
		c.Offsets[to+1] = end // row to has been moved or is before all that are to come
	}
	clear(c.Offsets[len(keep)+1 : rows+1])
	compact(c.Valid, keep, rows)
	c.Data = c.Data[:end]
}

// timeLayouts are the ways to write a time; where no zone is given it is UTC.
var timeLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
}

// isYear reports whether a text looks like a year, which as seconds would be in the first hours of 1970.
func isYear(text string) bool {
	return len(text) == 4 && strings.Trim(text, "0123456789") == ""
}

// parseTime returns nanoseconds since 1970.
func parseTime(text string) (int64, bool) {
	if ns, ok := parseSeconds(text); ok {
		return ns, true
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1678 && t.Year() < 2262 {
			return t.UnixNano(), true // these years fit into 64 bits
		}
	}
	return 0, false
}

// parseSeconds reads decimal seconds since 1970 exactly; digits beyond nanoseconds are cut.
func parseSeconds(text string) (int64, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds < 0 || seconds > math.MaxInt64/int64(time.Second)-1 {
		return 0, false
	}
	ns := seconds * int64(time.Second)
	if fraction != "" {
		digits := (fraction + "000000000")[:9]
		n, err := strconv.ParseUint(digits, 10, 63)
		if err != nil || strings.Trim(fraction, "0123456789") != "" {
			return 0, false
		}
		ns += int64(n)
	}
	return ns, true
}
