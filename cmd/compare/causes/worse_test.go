package causes

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/testdata/lab/capfile"
)

// worse are ways in which captures are worse than those of the lab.
var worse = []struct {
	name  string
	apply func(r *rand.Rand, all []capfile.Record) []capfile.Record
}{
	{"a tenth is lost", lose(10)},
	{"a third is lost", lose(3)},
	{"the other side is seen 3.5 ms late", func(_ *rand.Rand, all []capfile.Record) []capfile.Record {
		for i := range all {
			if len(all[i].Data) > 12 && string(all[i].Data[6:12]) != string(all[0].Data[6:12]) {
				all[i].Time = all[i].Time.Add(3500 * time.Microsecond)
			}
		}
		return byTime(all)
	}},
	{"up to 3 ms out of order", func(r *rand.Rand, all []capfile.Record) []capfile.Record {
		for i := range all {
			all[i].Time = all[i].Time.Add(time.Duration(r.IntN(3000)) * time.Microsecond)
		}
		return byTime(all)
	}},
	{"everything again after 5 ms", func(_ *rand.Rand, all []capfile.Record) []capfile.Record {
		for _, c := range slices.Clone(all) {
			c.Time = c.Time.Add(5 * time.Millisecond)
			all = append(all, c)
		}
		return byTime(all)
	}},
}

// lose loses one frame of n.
func lose(n int) func(*rand.Rand, []capfile.Record) []capfile.Record {
	return func(r *rand.Rand, all []capfile.Record) []capfile.Record {
		return slices.DeleteFunc(all, func(capfile.Record) bool { return r.IntN(n) == 0 })
	}
}

func byTime(all []capfile.Record) []capfile.Record {
	slices.SortStableFunc(all, func(a, b capfile.Record) int { return a.Time.Compare(b.Time) })
	return all
}

// special are families whose captures are not Ethernet, or are effects of this kind already; bulk ones would only take time.
var special = []string{"link", "tunnel", "format", "snap", "one_direction", "doubled", "dropped", "reordered", "vlan", bulk}

// TestWorse holds that a worse capture never proves more: whatever gets lost, is doubled or comes out of order, nothing is
// stated as high that the label of the good capture does not allow, and no device in between is blamed where there was none.
func TestWorse(t *testing.T) {
	j := judged(t)
	by := map[string][]*verdict{} // of the good captures
	dirs := map[string]string{}
	for i := range j.verdicts {
		v := &j.verdicts[i]
		if slices.Contains(special, v.Family) {
			continue
		}
		name := strings.SplitN(v.File, ".", 2)[0]
		dirs[name] = filepath.Join(j.root, filepath.FromSlash(folders[0]), v.File)
		if v.Unseen {
			dirs[name] = filepath.Join(j.root, filepath.FromSlash(folders[1]), v.File)
		}
		by[name] = append(by[name], v)
	}
	for _, w := range worse {
		t.Run(w.name, func(t *testing.T) {
			dir := t.TempDir()
			args := []string{"convert", "--quiet", "--table", "connections", "-o", filepath.Join(dir, "dataset")}
			for name, path := range dirs {
				h := fnv.New64a()
				fmt.Fprint(h, name, w.name)
				all := w.apply(rand.New(rand.NewPCG(h.Sum64(), 1)), records(t, path))
				out := filepath.Join(dir, name+".pcapng")
				if err := capfile.Write(out, capfile.Format{}, capfile.Ethernet, 65535, all); err != nil {
					t.Fatal(err)
				}
				args = append(args, out)
			}
			if done, err := tools.Run(j.ctx, j.teardown, args...); err != nil || done.Status != 0 {
				t.Fatal(err, done)
			}
			rows, err := dataset.ReadTable(filepath.Join(dir, "dataset"), schemas.Connections.Name)
			if err != nil {
				t.Fatal(err)
			}
			sure := 0
			for i := range rows.Rows {
				cell := func(column string) string { return rows.Column(column)[i].Text }
				name := strings.TrimSuffix(filepath.Base(cell("file")), ".pcapng")
				ends := sorted(net.JoinHostPort(cell("orig_ip"), cell("orig_port")), net.JoinHostPort(cell("resp_ip"), cell("resp_port")))
				same := slices.DeleteFunc(slices.Clone(by[name]), func(v *verdict) bool { return v.ends() != ends })
				cause := cell("cause")
				if len(same) == 0 || cause == "none_open" || cause == "normal_close" {
					continue // a lost RST makes an aborted connection look open
				}
				say := fmt.Sprintf("%s, %s: %s, %s %% (%s; %s), constructed %s", name, same[0].Name, cause, cell("cause_confidence"), cell("cause_rule"), cell("cause_evidence"), same[0].Causes[0])
				if cell("cause_tier") == high {
					sure++
					if !slices.ContainsFunc(same, func(v *verdict) bool { return slices.Contains(v.Causes, cause) && !slices.Contains(v.NeverHigh, cause) }) {
						t.Error("high: " + say)
					}
				}
				if cell("rst_origin") == "third_party" && !slices.ContainsFunc(same, (*verdict).device) {
					t.Error("blames a device: " + say)
				}
			}
			if sure == 0 {
				t.Error("nothing is stated as high")
			}
		})
	}
}

// device says that the label knows a device in between, or that nobody can exclude one.
func (v *verdict) device() bool {
	return slices.ContainsFunc(v.Causes, func(c string) bool { return strings.HasPrefix(c, "middlebox") || strings.HasPrefix(c, "firewall") })
}

func records(t *testing.T, path string) (all []capfile.Record) {
	t.Helper()
	in, err := capfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for {
		rec, _, err := in.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		rec.Data = slices.Clone(rec.Data)
		all = append(all, rec)
	}
}
