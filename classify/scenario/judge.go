package scenario

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// A Result is what a judge found for the scenarios of a world, as the want sections have it.
type Result struct {
	Packets, Connections []*Table // by scenario
}

// The columns of the rows of judges that name frames of the capture, beside those of the tables:
// the frame of a packet, and the first frame of a packet's or connection's own connection.
const (
	Frame     = "frame"
	ConnFrame = "conn_first_frame"
)

// Localise turns the rows of a judge into tables of the scenarios: frames are numbered within
// the scenario, connections by their first frame. Rows of packets have Frame and, where the packet
// belongs to a TCP connection, ConnFrame; rows of connections, those of TCP alone, have
// ConnFrame.
func (w *World) Localise(packets, connections []Row) (*Result, error) {
	r := &Result{make([]*Table, len(w.Scenarios)), make([]*Table, len(w.Scenarios))}
	firsts := make([][]int, len(w.Scenarios)) // first frames of the scenario's connections
	for i := range w.Scenarios {
		r.Packets[i], r.Connections[i] = &Table{}, &Table{}
	}
	place := func(row Row, column string) (place, error) {
		n, err := strconv.Atoi(row.get(column))
		if err != nil || n < 1 || n > len(w.local) {
			return place{}, fmt.Errorf("scenario: %s is %q in %v", column, row.get(column), row)
		}
		return w.local[n-1], nil
	}
	for _, row := range connections {
		p, err := place(row, ConnFrame)
		if err != nil {
			return nil, err
		}
		if p.scenario >= 0 {
			firsts[p.scenario] = append(firsts[p.scenario], p.frame)
		}
	}
	for _, f := range firsts {
		sort.Ints(f)
	}
	localise := func(row Row, own string, cols []Column) (Row, int, error) {
		p, err := place(row, own)
		if err != nil || p.scenario < 0 {
			return nil, -1, err
		}
		out := Row{}
		for _, c := range cols {
			v := row.get(c.Name)
			if c.Frame && v != Null {
				q, err := place(row, c.Name)
				if err != nil {
					return nil, 0, err
				}
				if v = strconv.Itoa(q.frame); q.scenario != p.scenario {
					v = "of-another-scenario"
				}
			}
			out[c.Name] = v
		}
		if row.get(ConnFrame) != Null {
			q, err := place(row, ConnFrame)
			if err != nil {
				return nil, 0, err
			}
			out[numberOfConnection] = "unknown"
			if i := sort.SearchInts(firsts[p.scenario], q.frame); i < len(firsts[p.scenario]) && firsts[p.scenario][i] == q.frame {
				out[numberOfConnection] = strconv.Itoa(i + 1)
			}
		}
		return out, p.scenario, nil
	}
	for _, row := range packets {
		out, s, err := localise(row, Frame, PacketColumns)
		if err != nil {
			return nil, err
		}
		if s >= 0 {
			r.Packets[s].Rows = append(r.Packets[s].Rows, out)
		}
	}
	for _, row := range connections {
		out, s, err := localise(row, ConnFrame, ConnectionColumns)
		if err != nil {
			return nil, err
		}
		if s >= 0 {
			r.Connections[s].Rows = append(r.Connections[s].Rows, out)
		}
	}
	for i := range w.Scenarios {
		for _, t := range []struct {
			table *Table
			by    string
		}{{r.Packets[i], numberOfFrame}, {r.Connections[i], numberOfConnection}} {
			sort.SliceStable(t.table.Rows, func(a, b int) bool {
				m, _ := strconv.Atoi(t.table.Rows[a].get(t.by))
				n, _ := strconv.Atoi(t.table.Rows[b].get(t.by))
				return m < n
			})
		}
	}
	return r, nil
}

// A Judgement says which columns a judge has; nil means all.
type Judgement struct{ Packets, Connections map[string]bool }

// Judge compares the result with the want sections of scenario i of the world. It returns a
// report, empty where everything agrees: both tables in full and the values that differ.
func (w *World) Judge(r *Result, i int, has Judgement) string {
	s := w.Scenarios[i]
	var b strings.Builder
	for _, t := range []struct {
		title     string
		want, got *Table
		cols      []Column
		has       map[string]bool
		format    func(*Table, []Column) string
	}{
		{sectionPacketRows, s.WantPackets, r.Packets[i], PacketColumns, has.Packets, (*Table).format},
		{sectionConnections, s.WantConnections, r.Connections[i], ConnectionColumns, has.Connections, (*Table).formatTransposed},
	} {
		want, got := t.want, t.got
		if want == nil {
			want = &Table{}
		}
		var different []string
		if len(want.Rows) != len(got.Rows) {
			different = append(different, fmt.Sprintf("%d rows, want %d", len(got.Rows), len(want.Rows)))
		}
		for n := range min(len(want.Rows), len(got.Rows)) {
			for _, c := range t.cols {
				if t.has != nil && !t.has[c.Name] {
					continue
				}
				if w, g := want.Rows[n].get(c.Name), got.Rows[n].get(c.Name); w != g {
					different = append(different, fmt.Sprintf("row %d, %s: got %s, want %s", n+1, c.Name, g, w))
				}
			}
		}
		if different != nil {
			fmt.Fprintf(&b, "%s: %s\n%s:\n  %s\ngot:\n%s", s.File, s.Sentence, t.title, strings.Join(different, "\n  "), t.format(got, t.cols))
		}
	}
	return b.String()
}
