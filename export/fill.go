package export

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A filler puts values that were read into one column of batches, the other way round to the
// encoders.
type filler struct {
	def       schemas.Column
	words     map[string]uint16
	addresses map[string]table.Addr // those that were parsed, bounded
}

// maxParsed bounds how many parsed addresses are kept.
const maxParsed = 1 << 14

func newFiller(c schemas.Column) *filler {
	f := &filler{def: c, addresses: map[string]table.Addr{}}
	if c.Words != nil {
		f.words = make(map[string]uint16, len(c.Words.Text))
		for i, w := range c.Words.Text[1:] {
			if _, ok := f.words[w]; !ok { // flags that differ in reserved bits have one text
				f.words[w] = uint16(i + 1)
			}
		}
	}
	return f
}

func (f *filler) errorf(format string, args ...any) error {
	return &ColumnError{f.def.Name, fmt.Errorf(format, args...)}
}

// A ColumnError says that a column that was read does not hold what it has to.
type ColumnError struct {
	Column string
	Err    error // what it holds instead
}

// Error names the column.
func (e *ColumnError) Error() string { return fmt.Sprintf("column %s: %v", e.Column, e.Err) }

// Unwrap returns the cause.
func (e *ColumnError) Unwrap() error { return e.Err }

// integer makes row i hold v.
func (f *filler) integer(column table.Column, i int, v int64) error {
	switch c := column.(type) {
	case *table.Int32:
		if v != int64(int32(v)) {
			return f.errorf("%d does not fit", v)
		}
		c.Set(i, int32(v))
	case *table.Int64:
		c.Set(i, v)
	default:
		return f.errorf("holds integers, %s expected", typeName(f.def.Type))
	}
	return nil
}

// boolean makes row i hold v.
func (f *filler) boolean(column table.Column, i int, v bool) error {
	c, ok := column.(*table.Bool)
	if !ok {
		return f.errorf("holds booleans, %s expected", typeName(f.def.Type))
	}
	c.Set(i, v)
	return nil
}

// text makes row i hold the text or the bytes. In lists it is one element more.
func (f *filler) text(column table.Column, i int, v []byte) error {
	switch c := column.(type) {
	case *table.Symbol:
		c.Codes[i] = c.CodeBytes(v)
	case *table.Text:
		c.Set(i, v)
	case *table.Word:
		n, err := f.word(v)
		c.Codes[i] = n
		return err
	case *table.WordList:
		n, err := f.word(v)
		c.Append(i, n)
		return err
	case *table.Address:
		a, err := f.address(v)
		c.Values[i] = a
		return err
	case *table.MAC:
		mac, err := net.ParseMAC(string(v))
		if err != nil || len(mac) != 6 {
			return f.errorf("%q is no IEEE 802 address", v)
		}
		n := uint64(0)
		for _, b := range mac {
			n = n<<8 | uint64(b)
		}
		c.Set(i, n)
	default:
		return f.errorf("holds text, %s expected", typeName(f.def.Type))
	}
	return nil
}

func (f *filler) word(v []byte) (uint16, error) {
	n, ok := f.words[string(v)]
	if !ok {
		return 0, f.errorf("%q is none of its words: the rows were made by another version", v)
	}
	return n, nil
}

func (f *filler) address(v []byte) (table.Addr, error) {
	if a, ok := f.addresses[string(v)]; ok {
		return a, nil
	}
	ip, err := netip.ParseAddr(string(v))
	if err != nil || ip.Zone() != "" {
		return table.Addr{}, f.errorf("%q is no IP address", v)
	}
	var a table.Addr
	if ip.Is4() {
		b := ip.As4()
		a = table.AddrFrom4(b[:])
	} else {
		b := ip.As16()
		a = table.AddrFrom16(b[:])
	}
	if len(f.addresses) >= maxParsed {
		clear(f.addresses)
	}
	f.addresses[string(v)] = a
	return a, nil
}

// null makes row i null, which it is since the batch was emptied.
func (f *filler) null() error {
	if !f.def.Nullable {
		return f.errorf("is null and must not be")
	}
	return nil
}

// closeColumn gives every row of a column of texts or lists its end.
func closeColumn(column table.Column, rows int) {
	if c, ok := column.(interface{ Close(int) }); ok {
		c.Close(rows)
	}
}

func typeName(t schemas.Type) string {
	switch t {
	case schemas.Int16, schemas.Int32, schemas.Int64, schemas.Timestamp:
		return "integers"
	case schemas.Bool:
		return "booleans"
	case schemas.WordList:
		return "lists of text"
	case schemas.Bytes:
		return "bytes"
	}
	return "text"
}
