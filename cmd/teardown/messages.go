package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pcap-teardown/teardown/capture"
)

// These say that there is no output because there was no input; why, stands in the
// messages before them.
var (
	errNoCapture = errors.New("no capture could be read")
	errNothing   = fmt.Errorf("%w, nothing was written", errNoCapture)
)

// maxDamageLines is how many damaged ranges of one input are told one by one; the
// manifest has all.
const maxDamageLines = 5

// maxSkipLines is how many inputs that are no captures are told one by one, as notes and lists beside the
// captures of a folder; the manifest has all. What else is wrong must not drown in them.
const maxSkipLines = 10

// A problem is something that is wrong with an input.
type problem struct {
	Path string `json:"path"`
	What string `json:"what"`
}

// problems returns what is wrong with the inputs, in their order.
func (r *run) problems() []problem {
	all := []problem{}
	for i := range r.reports {
		rep := &r.reports[i]
		for _, what := range r.problemsOf(rep) {
			all = append(all, problem{rep.path, what})
		}
	}
	return all
}

func (r *run) problemsOf(rep *report) []string {
	if rep.problem != nil {
		return []string{rep.trouble()}
	}
	var all []string
	for _, d := range rep.stats.Damage {
		all = append(all, r.damageText(d))
	}
	return all
}

// say writes what is wrong with an input, if anything is.
func (r *run) say(rep *report) {
	all := r.problemsOf(rep)
	var notCapture *capture.NotCaptureError
	if errors.As(rep.problem, &notCapture) {
		if r.skipped++; r.skipped > maxSkipLines {
			return
		}
	}
	for i, what := range all {
		if left := len(all) - i; i == maxDamageLines && left > 1 {
			more := fmt.Sprintf("teardown: %s: and %d more damaged places", rep.path, left)
			if r.opt.dataset() {
				more += "; the manifest lists them"
			}
			r.app.stderr.message(more)
			return
		}
		r.app.stderr.message(fmt.Sprintf("teardown: %s: %s", rep.path, what))
	}
}

// saySkipped counts the inputs that are no captures and were not told one by one.
func (r *run) saySkipped() {
	left := r.skipped - maxSkipLines
	if left <= 0 {
		return
	}
	more := "teardown: and " + count(left, "more input that is no capture", "more inputs that are no captures")
	if r.opt.dataset() {
		more += "; the manifest lists them"
	}
	r.app.stderr.message(more)
}

// damageText says where an input is damaged, how, and what that means for the packets.
func (r *run) damageText(d capture.Damage) string {
	return fmt.Sprintf("byte %d: %s; %s left out, all other packets %s",
		d.Offset, d.What, count(d.Length, "byte is", "bytes are"), cmp.Or(r.fate, "are in the output"))
}

// trouble says why an input could not be read, and what can be done.
func (r *report) trouble() string {
	var notCapture *capture.NotCaptureError
	var path *fs.PathError
	var read *capture.ReadError
	switch {
	case errors.As(r.problem, &notCapture):
		inside := ""
		if notCapture.Compression != "" {
			inside = " inside " + notCapture.Compression
		}
		return fmt.Sprintf("skipped, no pcap or pcapng capture%s: %s", inside, notCapture.What)
	case errors.Is(r.problem, os.ErrNotExist):
		return "no such file or folder; check the name"
	case errors.Is(r.problem, os.ErrPermission):
		return "no permission to read it; change its mode or run as its owner"
	case errors.As(r.problem, &path):
		return fmt.Sprintf("cannot be read: %v", path.Err)
	case errors.As(r.problem, &read):
		return fmt.Sprintf("cannot be read: %v", read.Err)
	}
	return r.problem.Error()
}
