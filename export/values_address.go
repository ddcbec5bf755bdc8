package export

import (
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// addressValues hold a column of IP addresses, of which each is made text once.
type addressValues struct {
	stringValues
	nullable bool
	flows    bool // see flowColumns
	seen     addressIndex
	late     lateAddresses
	room     []byte
}

func newAddressValues(c *schemas.Column) *addressValues {
	v := &addressValues{nullable: c.Nullable, flows: isFlowColumn(c.Name)}
	v.forget = v.seen.reset
	return v
}

func (v *addressValues) append(p *page, c table.Column, flows []uint32, lo, hi int) {
	if !v.flows {
		flows = nil
	}
	values := c.(*table.Address).Values[lo:hi]
	if v.nullable && values[0].Version == 0 && allNull(values) {
		p.uniform(len(values), false)
		return
	}
	if flows != nil && v.late.take(values, flows[lo:hi]) {
		p.uniform(len(values), true)
		return
	}
	v.indexLate()
	v.codes = v.grow(len(values))
	n := len(v.codes) - len(values)
	out := v.codes[n:]
	var levels []uint8 // once there is a null
	kept := 0
	for i := 0; i < len(values); i++ {
		if levels == nil {
			known := v.seen.known(out[kept:], values[i:])
			kept += known
			if i += known; i == len(values) {
				break
			}
		}
		a := &values[i]
		if v.nullable && a.Version == 0 {
			if levels == nil {
				levels = p.levels(len(values))
				for k := range levels[:i] {
					levels[k] = 1
				}
			}
			levels[i] = 0
			p.nulls++
			continue
		}
		if levels != nil {
			levels[i] = 1
		}
		if flows != nil {
			out[kept] = v.flowCode(a, flows[lo+i])
		} else {
			out[kept] = v.code(a)
		}
		kept++
	}
	if levels == nil {
		p.uniform(len(values), true)
	}
	v.codes = v.codes[:n+kept]
}

func allNull(values []table.Addr) bool {
	for i := range values {
		if values[i].Version != 0 {
			return false
		}
	}
	return true
}

// code returns the number of an address, which becomes an entry of the dictionary where it is new.
func (v *addressValues) code(a *table.Addr) int32 {
	k, added := v.seen.code(a)
	if added {
		v.add(a)
	}
	return k
}

// flowCode is code where the connection is known.
func (v *addressValues) flowCode(a *table.Addr, flow uint32) int32 {
	k, added := v.seen.flowCode(a, flow)
	if added {
		v.add(a)
	}
	return k
}

func (v *addressValues) add(a *table.Addr) {
	v.room = a.AppendText(v.room[:0])
	v.dict.add(v.room)
}

// macValues hold a column of IEEE 802 addresses, of which each is made text once.
type macValues struct {
	stringValues
	seen   numberIndex
	recent [64]recentMAC // by the low bits
	known  []uint64      // values of a batch without its nulls
	room   []byte
}

// A recentMAC is an address that stood in the column lately. A network has few.
type recentMAC struct {
	mac    uint64
	number int32 // plus 1, 0 where there is none
}

func newMACValues(*schemas.Column) *macValues {
	v := new(macValues)
	v.forget = func() {
		v.seen.reset()
		clear(v.recent[:])
	}
	return v
}

func (v *macValues) append(p *page, c table.Column, _ []uint32, lo, hi int) {
	x := c.(*table.MAC)
	n := p.take(x.Valid, lo, hi)
	if n == 0 {
		return
	}
	values := x.Values[lo:hi]
	if n < len(values) {
		v.known = appendValid(v.known[:0], values, validRange(x.Valid, lo, hi), n)
		values = v.known
	}
	v.codes = v.grow(n)
	out := v.codes[len(v.codes)-n:]
	for i, m := range values {
		r := &v.recent[m%uint64(len(v.recent))]
		if r.mac != m || r.number == 0 {
			*r = recentMAC{m, v.seen.code(m) + 1}
		}
		out[i] = r.number - 1
	}
	for _, m := range v.seen.keys[v.dict.len():] {
		v.room = table.AppendMAC(v.room[:0], m)
		v.dict.add(v.room)
	}
}
