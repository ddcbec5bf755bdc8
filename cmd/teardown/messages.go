package main

import (
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
// manifest has more.
const maxDamageLines = 5

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
		for _, what := range rep.problems() {
			all = append(all, problem{rep.path, what})
		}
	}
	return all
}

func (r *report) problems() []string {
	if r.problem != nil {
		return []string{r.trouble()}
	}
	var all []string
	for _, d := range r.stats.Damage {
		all = append(all, damageText(d))
	}
	return all
}

// say writes what is wrong with an input, if anything is.
func (r *report) say(c *console) {
	all := r.problems()
	for i, what := range all {
		if left := len(all) - i; i == maxDamageLines && left > 1 {
			c.message(fmt.Sprintf("teardown: %s: and %d more damaged places; the manifest lists them", r.path, left))
			return
		}
		c.message(fmt.Sprintf("teardown: %s: %s", r.path, what))
	}
}

// damageText says where an input is damaged, how, and what that means for the rows.
func damageText(d capture.Damage) string {
	return fmt.Sprintf("byte %d: %s; %s left out, all other packets are in the output",
		d.Offset, d.What, count(d.Length, "byte is", "bytes are"))
}

// trouble says why an input could not be read, and what can be done.
func (r *report) trouble() string {
	var notCapture *capture.NotCaptureError
	var path *fs.PathError
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
	}
	return r.problem.Error()
}
