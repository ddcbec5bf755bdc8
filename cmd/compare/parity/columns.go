package parity

import (
	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
	"github.com/pcap-teardown/teardown/cmd/compare/plugin"
	"github.com/pcap-teardown/teardown/schemas"
)

// A column is a column of a table and its field in Wireshark.
type column struct {
	name, field string
	bool        bool
}

// columnsOf returns the columns of a table that are fields of the plugin.
func columnsOf(t *schemas.Table) []column {
	var all []column
	for _, c := range t.Columns {
		if field := plugin.Field(c); field != "" {
			all = append(all, column{c.Name, field, c.Type == schemas.Bool})
		}
	}
	return all
}

func fieldsOf(columns []column) []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.field)
	}
	return names
}

// cell turns what tshark prints into the text of a dataset's cell. tshark 4.0
// prints booleans as 0 and 1, 4.4 as False and True.
func (c column) cell(text string) dataset.Cell {
	if text == "" {
		return dataset.None
	}
	if c.bool {
		switch text {
		case "1", "True":
			return dataset.Text("true")
		case "0", "False":
			return dataset.Text("false")
		}
	}
	return dataset.Text(text)
}
