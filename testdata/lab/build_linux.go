package main

import (
	"flag"
	"fmt"
	"hash/fnv"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/capfile"
	"github.com/pcap-teardown/teardown/testdata/lab/cases"
	"github.com/pcap-teardown/teardown/testdata/lab/derive"
	"github.com/pcap-teardown/teardown/testdata/lab/effect"
	"github.com/pcap-teardown/teardown/testdata/lab/label"
	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// builder makes captures of cases.
type builder struct {
	dir    string
	unseen bool
	table  *label.Table
	tracer *wire.Tracer

	mu      sync.Mutex
	rows    []label.Row
	retries []string
	failed  []string
}

type job struct {
	cases.Case
	v6 bool
}

func (j job) String() string {
	return strings.ReplaceAll(j.Name, "/", "-") + map[bool]string{true: "-v6", false: "-v4"}[j.v6]
}

// net chooses the addresses of a world by its name, so that a new case does
// not change the addresses of the others.
func (j job) net() uint16 {
	h := fnv.New32a()
	h.Write([]byte(j.String()))
	s := h.Sum32()
	return uint16(s>>16) ^ uint16(s)*31
}

func build(args []string) error {
	fs := flag.NewFlagSet("build", flag.ExitOnError)
	unseen := fs.Bool("unseen", false, "the unseen cases instead of the others")
	dir := fs.String("o", "", "folder for captures and labels.jsonl (default testdata/lab/captures, testdata/lab/unseen)")
	only := fs.String("only", "", "cases whose name begins with this (no labels.jsonl of others is kept)")
	width := fs.Int("j", 12, "worlds at a time")
	fs.Parse(args)
	all := cases.All
	if *unseen {
		all = cases.Unseen
	}
	if *dir == "" {
		*dir = folders[*unseen]
	}
	t, err := label.ReadTable(tables...)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	old, _ := filepath.Glob(filepath.Join(*dir, "*.pcap*"))
	for _, f := range old {
		os.Remove(f)
	}
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 200000, Max: 200000})
	b := &builder{dir: *dir, table: t, unseen: *unseen}
	if b.tracer, err = wire.NewTracer(); err != nil {
		return err
	}
	defer b.tracer.Close()

	var jobs []job
	nets := map[string]string{}
	for _, c := range all {
		for _, v := range []int{4, 6} {
			j := job{c, v == 6}
			if !strings.HasPrefix(c.Name, *only) || c.Only != 0 && c.Only != v {
				continue
			}
			at := fmt.Sprint(j.v6, j.net())
			if other, twice := nets[at]; twice {
				return fmt.Errorf("%s and %s would get the same addresses: rename one", j, other)
			}
			nets[at] = j.String()
			jobs = append(jobs, j)
		}
	}
	// Long cases first, so that the short ones fill the rest of the time.
	sort.SliceStable(jobs, func(a, b int) bool { return long(jobs[a]) > long(jobs[b]) })
	start := time.Now()
	ch := make(chan job)
	var wg sync.WaitGroup
	for range *width {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range ch {
				b.run(j)
			}
		}()
	}
	for _, j := range jobs {
		ch <- j
	}
	close(ch)
	wg.Wait()
	sort.Slice(b.rows, func(i, k int) bool {
		if b.rows[i].File != b.rows[k].File {
			return b.rows[i].File < b.rows[k].File
		}
		return b.rows[i].Conn < b.rows[k].Conn
	})
	if err := label.WriteFile(filepath.Join(*dir, "labels.jsonl"), b.rows); err != nil {
		return err
	}
	sort.Strings(b.retries)
	for _, r := range b.retries {
		fmt.Println("made again:", r)
	}
	fmt.Printf("%d cases, %d connections in %s, %d made again\n", len(jobs), len(b.rows), time.Since(start).Round(time.Second), len(b.retries))
	if len(b.failed) > 0 {
		sort.Strings(b.failed)
		return fmt.Errorf("%d failed:\n%s", len(b.failed), strings.Join(b.failed, "\n"))
	}
	return nil
}

func long(j job) int {
	for i, p := range []string{"idle_nat/real", "idle_filter", "mixed", "retransmission", "keepalive", "stall", "zero_window", "drop", "backlog"} {
		if strings.HasPrefix(j.Name, p) {
			return 100 - i
		}
	}
	return 0
}

// run makes one case, up to three times: on a busy machine a pause may not be
// long enough, and then the capture shows another order than intended.
func (b *builder) run(j job) {
	var why []string
	for try := 1; try <= 3; try++ {
		rows, wrong := b.once(j)
		if len(wrong) == 0 || try == 3 {
			b.mu.Lock()
			b.rows = append(b.rows, rows...)
			if len(why) > 0 {
				b.retries = append(b.retries, why...)
			}
			b.failed = append(b.failed, wrong...)
			b.mu.Unlock()
			return
		}
		why = append(why, wrong...)
	}
}

func (b *builder) once(j job) (rows []label.Row, wrong []string) {
	w, err := wire.NewWorld(wire.Options{V6: j.v6, Net: j.net(), Bridge: j.Bridge, Vantage: j.Vantage, Snap: j.Snap, Hops: j.Hops, Offloads: j.Offloads})
	if err != nil {
		return nil, []string{j.String() + ": " + err.Error()}
	}
	defer w.Close()
	func() {
		defer func() {
			if x := recover(); x != nil {
				if f, ok := x.(wire.Failure); ok {
					wrong = append(wrong, j.String()+": "+f.Err.Error())
					return
				}
				wrong = append(wrong, fmt.Sprintf("%s: %v\n%s", j, x, debug.Stack()))
			}
		}()
		j.Run(w)
	}()
	w.Sleep(20 * time.Millisecond)
	frames, err := w.Stop()
	if err != nil {
		wrong = append(wrong, j.String()+": "+err.Error())
	}
	resets := b.tracer.Take(w.CIP, w.SIP)
	if len(wrong) > 0 {
		return nil, wrong
	}
	c := effect.Capture{Link: capfile.Ethernet, Snap: 65535, Client: w.CIP}
	if j.Snap > 0 {
		c.Snap = j.Snap
	}
	for _, f := range frames {
		c.Records = append(c.Records, capfile.Record{Time: f.Time, Data: f.Data, Len: f.Len})
	}
	reasons := map[string]string{}
	base := j.String()
	rows, wrong = b.file(j, base, j.Name, w.Tuples, c, func(f []label.Found) func(*derive.Packet) string {
		b.match(f, resets, reasons, 2*time.Second)
		return func(p *derive.Packet) string { return reasons[rstKey(p)] }
	})
	for _, e := range effect.All {
		if e.Base != j.Name || e.Only == 4 && j.v6 || e.Only == 6 && !j.v6 {
			continue
		}
		ec := c
		ec.Records = append([]capfile.Record(nil), c.Records...)
		e.Apply(&ec)
		tuples := w.Tuples
		if e.More != "" {
			t := tuples[0]
			t.Conn = e.More
			tuples = append(append([]wire.Tuple(nil), tuples...), t)
		}
		name := strings.ReplaceAll(e.Name, "/", "-") + base[strings.LastIndex(base, "-v"):]
		r, wr := b.file(j, name, e.Name, tuples, ec, func([]label.Found) func(*derive.Packet) string {
			return func(p *derive.Packet) string {
				if s, ok := reasons[rstKey(p)]; ok {
					return s
				}
				return reasons[rstLoose(p)]
			}
		})
		rows, wrong = append(rows, r...), append(wrong, wr...)
	}
	return rows, wrong
}

func rstKey(p *derive.Packet) string {
	return fmt.Sprint(p.Src, p.Dst, p.Seq, p.Ack, p.Flags, p.ID)
}

// rstLoose finds a reset again whose numbers an effect has changed.
func rstLoose(p *derive.Packet) string { return fmt.Sprint(p.Src, p.Dst, p.Flags) }

// match gives each reset in the capture the kernel's event: same sender, a form
// that the reason admits, sent not long before it was captured.
func (b *builder) match(found []label.Found, resets []wire.Reset, reasons map[string]string, lag time.Duration) {
	var rsts []*derive.RST
	for i := range found {
		for k := range found[i].RSTs {
			rsts = append(rsts, &found[i].RSTs[k])
		}
	}
	sort.SliceStable(rsts, func(i, k int) bool { return rsts[i].Packet.Time.Before(rsts[k].Packet.Time) })
	for _, r := range rsts {
		p := r.Packet
		for i := range resets {
			e := &resets[i]
			d := p.Time.Sub(e.Time)
			if e.Used || e.Src != p.Src && e.Src.Port() != 0 || e.Dst != p.Dst && e.Dst.Port() != 0 || d < -2*time.Millisecond || d > lag {
				continue
			}
			if !admits(b.table.Reasons[e.Reason], r.Form) {
				continue
			}
			e.Used = true
			reasons[rstKey(p)], reasons[rstLoose(p)] = e.Reason, e.Reason
			break
		}
	}
}

func admits(r label.Reason, form string) bool {
	for _, f := range r.Forms {
		if f == form {
			return true
		}
	}
	return false
}

// file writes one capture, makes its rows and checks them.
func (b *builder) file(j job, base, caseName string, tuples []wire.Tuple, c effect.Capture, reason func([]label.Found) func(*derive.Packet) string) ([]label.Row, []string) {
	name := base + c.Format.Extension()
	path := filepath.Join(b.dir, name)
	if err := capfile.Write(path, c.Format, c.Link, c.Snap, c.Records); err != nil {
		return nil, []string{err.Error()}
	}
	found, err := label.Derive(path)
	if err != nil {
		return nil, []string{err.Error()}
	}
	why := reason(found)
	byKey := map[[2]netip.AddrPort][]*label.Found{}
	key := func(a, b netip.AddrPort) [2]netip.AddrPort {
		if b.Compare(a) < 0 {
			a, b = b, a
		}
		return [2]netip.AddrPort{a, b}
	}
	for i := range found {
		k := key(found[i].Orig, found[i].Resp)
		byKey[k] = append(byKey[k], &found[i])
	}
	var rows []label.Row
	var wrong []string
	for i, t := range tuples {
		from := j.Name
		if t.Case != "" {
			from = t.Case
		}
		e, ok := b.table.Find(caseName, t.Conn, j.v6)
		if !ok {
			e, ok = b.table.Find(from, t.Conn, j.v6)
		}
		if !ok {
			wrong = append(wrong, fmt.Sprintf("%s: no expectation for %q of %s", name, t.Conn, from))
			continue
		}
		r := label.Row{File: name, Conn: i + 1, Case: caseName, Family: label.Family(caseName), Name: t.Conn, Unseen: b.unseen, IPVersion: 4,
			OrigIP: t.Orig.Addr().String(), OrigPort: int(t.Orig.Port()), RespIP: t.Resp.Addr().String(), RespPort: int(t.Resp.Port()), Expect: e}
		if j.v6 {
			r.IPVersion = 6
		}
		if r.Family == "mixed" {
			r.How, r.Trap = "", ""
		}
		k := key(t.Orig, t.Resp)
		if len(byKey[k]) == 0 {
			wrong = append(wrong, fmt.Sprintf("%s: connection %s %s is not in the capture", name, t.Conn, t.Orig))
			continue
		}
		f := byKey[k][0]
		byKey[k] = byKey[k][1:]
		r.Measure(f, why)
		rows = append(rows, r)
	}
	return rows, append(wrong, label.Check(name, rows, found, b.table)...)
}

func large(args []string) error {
	fs := flag.NewFlagSet("large", flag.ExitOnError)
	out := fs.String("o", "large.pcapng", "the capture; its labels go to FILE.labels.jsonl")
	packets := fs.Int("packets", 1_000_000, "about how many packets")
	fs.Parse(args)
	t, err := label.ReadTable(tables...)
	if err != nil {
		return err
	}
	dir := filepath.Dir(*out)
	b := &builder{dir: dir, table: t}
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 200000, Max: 200000})
	if b.tracer, err = wire.NewTracer(); err != nil {
		return err
	}
	defer b.tracer.Close()
	const perConn = 66 // measured: 64 kB of bulk and the ending
	j := job{Case: cases.Case{Name: "mixed/large", Snap: 96, Run: func(w *wire.World) { cases.Mixed(w, *packets/perConn, 64, 64<<10) }}}
	rows, wrong := b.once(j)
	for _, w := range wrong {
		fmt.Println(w)
	}
	for i := range rows {
		rows[i].File = filepath.Base(*out)
	}
	if err := os.Rename(filepath.Join(dir, j.String()+".pcapng"), *out); err != nil {
		return err
	}
	if err := label.WriteFile(*out+".labels.jsonl", rows); err != nil {
		return err
	}
	fmt.Printf("%s: %d connections, %d disagreements\n", *out, len(rows), len(wrong))
	if len(wrong) > 0 {
		return fmt.Errorf("%d disagreements", len(wrong))
	}
	return nil
}
