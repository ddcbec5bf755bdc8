package export

import (
	"math/bits"
	"slices"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// flowColumns hold the same value in all packets that one side of a connection sends. What number of the dictionary a value
// has is looked up by the connection first: packets of a few thousand connections come in turns, and a table of these
// is smaller than the index of all values, and needs no hash.
var flowColumns = []string{"src_ip", "dst_ip", "src_port", "dst_port", "conn_id", "tcp_stream"}

func isFlowColumn(name string) bool { return slices.Contains(flowColumns, name) }

// hints are slots by the low bits of the numbers of table.Packets.Flows. They may be out of date or of another
// connection, so that the value in a slot is compared before its number is taken.
type hints []slot

const (
	firstFlows = 1 << 12
	mostFlows  = 1 << 17 // beyond, the table would not fit into the caches either
)

// at returns the slot of a connection; there is one.
func (h hints) at(flow uint32) *slot { return &h[int(flow)&(len(h)-1)] }

func (h *hints) set(flow uint32, s slot) {
	if flow == 0 {
		return
	}
	// Numbers are small, or count down from the greatest: the table is filled from both ends.
	if n := min(flow, ^flow); int(n) >= len(*h) && len(*h) < mostFlows {
		*h = make([]slot, min(max(firstFlows, 1<<bits.Len32(n)), mostFlows)) // to look all up again is soon done
	}
	*h.at(flow) = s
}

// flowCodes is codes for a column of flowColumns.
func flowCodes[T int32 | int64](x *numberIndex, dst []int32, values []T, flows []uint32, least, greatest T) (T, T) {
	dst, flows = dst[:len(values)], flows[:len(values)]
	h := x.hints
	for i, v := range values {
		least, greatest = min(least, v), max(greatest, v)
		k := uint64(int64(v))
		if len(h) > 0 {
			s := h.at(flows[i])
			if s.low == uint32(k) && s.number != 0 && (!x.wide && k>>32 == 0 || x.keys[s.number-1] == k) {
				dst[i] = s.number - 1
				continue
			}
		}
		n := x.code(k)
		dst[i] = n
		x.hints.set(flows[i], slot{uint32(k), n + 1})
		h = x.hints
	}
	return least, greatest
}

// flowCode is code where connections are known.
func (x *addressIndex) flowCode(a *table.Addr, flow uint32) (number int32, added bool) {
	if len(x.hints) > 0 {
		if s := x.hints.at(flow); s.number != 0 && s.low == uint32(a.Lo) && x.holds(s.number, a) {
			return max(s.number, -s.number) - 1, false
		}
	}
	number, added = x.code(a)
	x.hints.set(flow, entry(a, a.Lo, number+1))
	return number, added
}

// lateAddresses are IPv4 addresses of the page that are numbered when it is whole, see intValues.indexLate.
type lateAddresses struct {
	values, flows []uint32
}

// take takes addresses if they are all of IPv4.
func (l *lateAddresses) take(addresses []table.Addr, flows []uint32) bool {
	n := len(l.values)
	l.values = room(l.values, len(addresses))
	values := l.values[n : n+len(addresses)]
	for i := range addresses {
		if addresses[i].Version != 4 {
			return false
		}
		values[i] = uint32(addresses[i].Lo)
	}
	l.values = l.values[:n+len(addresses)]
	l.flows = append(room(l.flows, len(flows)), flows...)
	return true
}

// indexLate numbers the addresses that wait.
func (v *addressValues) indexLate() {
	values, flows := v.late.values, v.late.flows
	if len(values) == 0 {
		return
	}
	v.late.values, v.late.flows = values[:0], flows[:0]
	v.codes = v.grow(len(values))
	out := v.codes[len(v.codes)-len(values):]
	h := v.seen.hints
	for i, low := range values {
		if len(h) > 0 {
			if s := h.at(flows[i]); s.low == low && s.number > 0 {
				out[i] = s.number - 1
				continue
			}
		}
		out[i] = v.flowCode(&table.Addr{Lo: uint64(low), Version: 4}, flows[i])
		h = v.seen.hints
	}
}

func (v *addressValues) forms() []form {
	v.indexLate()
	return v.stringValues.forms()
}
