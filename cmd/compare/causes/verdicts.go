package causes

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
	"github.com/pcap-teardown/teardown/schemas"
)

// A verdict is what the converter says about a labelled connection.
type verdict struct {
	*label
	cause, tier, rule string
	confidence        int
	alternatives      string
}

// inside says whether the cause is in the set of the label.
func (v *verdict) inside() bool { return slices.Contains(v.Causes, v.cause) }

// named says whether the constructed cause is the stated one or among its alternatives.
func (v *verdict) named() bool {
	return v.cause == v.Causes[0] || slices.Contains(strings.Split(v.alternatives, ","), v.Causes[0])
}

// undetermined says that the converter names no cause.
func (v *verdict) undetermined() bool { return v.cause == schemas.CauseUndetermined.String() }

// Confidence above which a cause of an undecidable set is a violation, in percent.
const openLimit = 80

// violations says what is wrong with a verdict, beyond being outside.
func (v *verdict) violations() (wrong []string) {
	if v.tier == high {
		if !v.inside() {
			wrong = append(wrong, "high outside the set")
		}
		if slices.Contains(v.NeverHigh, v.cause) {
			wrong = append(wrong, "high where nobody can know")
		}
	}
	if v.confidence > openLimit && v.open() && v.inside() {
		wrong = append(wrong, fmt.Sprintf("more than %d %% in an open set", openLimit))
	}
	if want := tierOf(v.confidence, v.undetermined()); v.tier != want {
		wrong = append(wrong, fmt.Sprintf("tier %s for %d %%, want %s", v.tier, v.confidence, want))
	}
	return wrong
}

// The tiers and the least confidence of each, in percent.
var (
	high  = schemas.CauseTierHigh.String()
	tiers = []struct {
		name  string
		least int
	}{{high, 85}, {"medium", 60}, {"low", 35}, {"none", 0}}
)

func tierOf(confidence int, undetermined bool) string {
	for _, t := range tiers {
		if confidence >= t.least && !undetermined {
			return t.name
		}
	}
	return tiers[len(tiers)-1].name
}

// verdictsOf runs the converter on the captures of a folder and returns a verdict for each label, in
// the order of the labels.
func verdictsOf(ctx context.Context, teardown, folder, work string) ([]verdict, error) {
	labels, err := readLabels(folder)
	if err != nil {
		return nil, err
	}
	args := []string{"convert", "--quiet", "--table", "connections", "-o", work, "--overwrite"}
	for i := range labels {
		if path := filepath.Join(folder, labels[i].File); !slices.Contains(args[max(0, len(args)-1):], path) {
			args = append(args, path)
		}
	}
	defer os.RemoveAll(work)
	done, err := tools.Run(ctx, teardown, args...)
	if err != nil {
		return nil, err
	}
	if done.Status != 0 {
		return nil, fmt.Errorf("causes: the converter ended with status %d: %s", done.Status, done.Stderr)
	}
	rows, err := dataset.ReadTable(work, schemas.Connections.Name)
	if err != nil {
		return nil, err
	}
	return join(labels, rows)
}

// join finds the row of each label by file and first frame, and holds its end points against it.
func join(labels []label, rows *dataset.Table) ([]verdict, error) {
	type key struct{ file, frame string }
	at := map[key]int{}
	files, frames := rows.Column("file"), rows.Column("first_frame")
	for i := range rows.Rows {
		at[key{filepath.Base(files[i].Text), frames[i].Text}] = i
	}
	column := func(name string) []dataset.Cell { return rows.Column(name) }
	origIP, origPort, respIP, respPort := column("orig_ip"), column("orig_port"), column("resp_ip"), column("resp_port")
	cause, tier, rule, confidence := column("cause"), column("cause_tier"), column("cause_rule"), column("cause_confidence")
	alternatives := column("cause_alternatives")
	all := make([]verdict, 0, len(labels))
	for i := range labels {
		l := &labels[i]
		r, ok := at[key{l.File, strconv.Itoa(l.Measured.FirstFrame)}]
		if !ok {
			return nil, fmt.Errorf("causes: %s: no connection begins at frame %d (%s)", l.File, l.Measured.FirstFrame, l.Case)
		}
		ends := sorted(net.JoinHostPort(origIP[r].Text, origPort[r].Text), net.JoinHostPort(respIP[r].Text, respPort[r].Text))
		if ends != l.ends() {
			return nil, fmt.Errorf("causes: %s: the connection at frame %d is between %v, its label says %v", l.File, l.Measured.FirstFrame, ends, l.ends())
		}
		v := verdict{label: l, cause: cause[r].String(), tier: tier[r].String(), rule: rule[r].String(),
			alternatives: alternatives[r].Text}
		if !confidence[r].Null {
			if v.confidence, ok = number(confidence[r].Text); !ok {
				return nil, fmt.Errorf("causes: %s: confidence %q", l.File, confidence[r].Text)
			}
		}
		all = append(all, v)
	}
	return all, nil
}

func number(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n <= 100
}
