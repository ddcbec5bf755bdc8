package capturetest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// Row returns row i of a batch as text: name=value for every column that is not null and
// not left out, in the order of the table. Strings with spaces are quoted, bytes are
// hexadecimal.
func Row(b *table.Packets, i int, without ...string) string {
	var out []string
	for j, c := range b.Columns() {
		name := schemas.PacketBatch.Columns[j].Name
		v, ok := cell(c, i)
		for _, w := range without {
			ok = ok && w != name
		}
		if ok {
			out = append(out, name+"="+v)
		}
	}
	return strings.Join(out, " ")
}

func cell(c table.Column, i int) (v string, ok bool) {
	switch c := c.(type) {
	case *table.Int32:
		return strconv.Itoa(int(c.Values[i])), !c.Null(i)
	case *table.Int64:
		return strconv.FormatInt(c.Values[i], 10), !c.Null(i)
	case *table.Bool:
		return strconv.Itoa(int(c.Values[i])), !c.Null(i)
	case *table.Word:
		return quote(c.List.Text[c.Codes[i]]), c.Codes[i] != 0
	case *table.Symbol:
		return quote(c.Value(i)), c.Codes[i] != 0
	case *table.Address:
		return string(c.Values[i].AppendText(nil)), c.Values[i].Version != 0
	case *table.MAC:
		return string(table.AppendMAC(nil, c.Values[i])), c.Valid[i] != 0
	case *table.Text:
		return fmt.Sprintf("%x", c.Value(i)), c.Valid[i] != 0
	}
	panic(fmt.Sprintf("capturetest: column of type %T", c))
}

func quote(s string) string {
	if strings.ContainsAny(s, " =\n") || s == "" {
		return strconv.Quote(s)
	}
	return s
}
