package scenario

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// connMask takes the first frame out of a conn_id.
const connMask = 1<<36 - 1

// Classify is the judge that asks package classify.
func Classify(w *World, workers int) (*Result, error) {
	packets, connections, err := Rows(w.Capture(), classify.Options{Workers: workers, MaxConnections: w.MaxConnections})
	if err != nil {
		return nil, err
	}
	if len(packets) != w.Frames() {
		return nil, fmt.Errorf("scenario: %d rows for %d frames", len(packets), w.Frames())
	}
	return w.Localise(packets, connections)
}

// Rows classifies a capture and returns the rows of both tables, of connections those of TCP.
func Rows(data []byte, opt classify.Options) (packets, connections []Row, err error) {
	s := capture.NewStream(bytes.NewReader(data), "scenarios.pcap", capture.Options{})
	c := classify.New(opt)
	err = c.Run(s.Next, func(b *table.Packets) error {
		for i := range b.N {
			packets = append(packets, PacketRow(read(&schemas.PacketBatch, b.Columns(), i)))
		}
		s.Release(b)
		return nil
	}, func(b *table.Connections) error {
		for i := range b.N {
			if row := ConnectionRow(read(&schemas.Connections, b.Columns(), i)); row != nil {
				connections = append(connections, row)
			}
		}
		c.Release(b)
		return nil
	})
	return packets, connections, err
}

// PacketRow adds what Localise needs to a row of the table packets.
func PacketRow(row Row) Row {
	if id := row.get("conn_id"); id != Null && row.get("ip_proto") == "6" {
		row[ConnFrame] = firstFrame(id)
	}
	return row
}

// ConnectionRow adds what Localise needs to a row of the table connections; it returns nil where
// the protocol is not TCP.
func ConnectionRow(row Row) Row {
	if row.get("ip_proto") != "6" {
		return nil
	}
	row[ConnFrame] = firstFrame(row.get("conn_id"))
	return row
}

func firstFrame(connID string) string {
	n, err := strconv.ParseInt(connID, 10, 64)
	if err != nil {
		return connID
	}
	return strconv.FormatInt(n&connMask, 10)
}

// read returns a row of a batch as text.
func read(t *schemas.Table, columns []table.Column, i int) Row {
	row := Row{}
	for j, c := range columns {
		name := t.Columns[j].Name
		switch c := c.(type) {
		case *table.Int32:
			if !c.Null(i) {
				row[name] = strconv.Itoa(int(c.Values[i]))
			}
		case *table.Int64:
			if !c.Null(i) {
				row[name] = strconv.FormatInt(c.Values[i], 10)
			}
		case *table.Bool:
			if !c.Null(i) {
				row[name] = strconv.FormatBool(c.Values[i] != 0)
			}
		case *table.Text:
			if c.Valid[i] != 0 {
				row[name] = string(c.Value(i))
			}
		case *table.Word:
			if c.Codes[i] != 0 {
				row[name] = c.List.Text[c.Codes[i]]
			}
		case *table.WordList:
			var words []string
			for _, code := range c.Codes[c.Offsets[i]:c.Offsets[i+1]] {
				words = append(words, c.List.Text[code])
			}
			if words != nil {
				row[name] = strings.Join(words, ",")
			}
		}
	}
	return row
}
