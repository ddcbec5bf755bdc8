package main

import (
	"encoding/hex"
	"time"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// cell returns the value of row i of a column as JSON has it: nil for null.
func cell(c table.Column, i int) any {
	switch c := c.(type) {
	case *table.Int32:
		if !c.Null(i) {
			return c.Values[i]
		}
	case *table.Int64:
		if !c.Null(i) {
			return c.Values[i]
		}
	case *table.Bool:
		if !c.Null(i) {
			return c.Values[i] != 0
		}
	case *table.Word:
		if c.Codes[i] != 0 {
			return c.List.Text[c.Codes[i]]
		}
	case *table.Symbol:
		if c.Codes[i] != 0 {
			return c.Value(i)
		}
	case *table.Address:
		if a := c.Values[i]; a.Version != 0 {
			return a.Netip().String()
		}
	case *table.MAC:
		if c.Valid[i] != 0 {
			return string(table.AppendMAC(nil, c.Values[i]))
		}
	case *table.Text:
		if c.Valid[i] != 0 {
			return textCell(c.Value(i))
		}
	case *table.WordList:
		if c.Valid[i] != 0 {
			words := []string{}
			for _, code := range c.Codes[c.Offsets[i]:c.Offsets[i+1]] {
				words = append(words, c.List.Text[code])
			}
			return words
		}
	}
	return nil
}

// textCell returns text as it is, and anything else in hexadecimal.
func textCell(b []byte) string {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return hex.EncodeToString(b)
		}
	}
	return string(b)
}

// clock writes the time of a packet, which may be unknown.
func clock(ns int64, known bool) string {
	if !known {
		return "at an unknown time"
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05.000000 UTC")
}
