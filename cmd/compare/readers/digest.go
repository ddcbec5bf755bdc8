package readers

import (
	"crypto/md5"
	"encoding/binary"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
)

// tables are the tables of a dataset.
var tables = []string{"packets", "connections"}

// A seen is what a reader saw of a table, as the scripts print it.
type seen struct {
	Reader         string            `json:"reader"`
	Dataset        string            `json:"dataset"`
	Table          string            `json:"table"`
	Rows           int               `json:"rows"`
	Names          []string          `json:"names"`
	Columns        map[string]column `json:"columns"`
	RowDigest      uint64            `json:"row_digest"`
	FloatRowDigest uint64            `json:"float_row_digest"`
}

// A column is what a reader saw of a column.
type column struct {
	Values      int    `json:"values"` // that are not null
	Digest      uint64 `json:"digest"`
	FloatDigest uint64 `json:"float_digest"`
	Type        string `json:"type"`
}

// null is the text of null in the digest of a row.
const null = `\N`

// head returns the first 32 bits of the MD5 of a text.
func head(text string) uint64 {
	sum := md5.Sum([]byte(text))
	return uint64(binary.BigEndian.Uint32(sum[:4]))
}

// base computes the digests of a table from what parquet-go reads.
func base(d datasetDir, table string) (seen, error) {
	t, err := dataset.ReadTable(d.dir, table)
	if err != nil {
		return seen{}, err
	}
	s := seen{Reader: "parquet-go", Dataset: d.dir, Table: table, Rows: t.Rows, Names: t.Names, Columns: map[string]column{}}
	for _, name := range t.Names {
		var c column
		for _, cell := range t.Column(name) {
			if !cell.Null {
				c.Values++
				c.Digest += head(cell.Text)
			}
		}
		s.Columns[name] = c
	}
	line := make([]string, len(t.Names))
	for i := range t.Rows {
		for j, name := range t.Names {
			line[j] = null
			if cell := t.Column(name)[i]; !cell.Null {
				line[j] = cell.Text
			}
		}
		s.RowDigest += head(strings.Join(line, "|"))
	}
	return s, nil
}
