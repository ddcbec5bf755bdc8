package export

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A Format is a file format.
type Format uint8

const (
	Parquet     Format = iota // Parquet, data pages version 2
	Arrow                     // Arrow IPC file; words are dictionaries
	ArrowStream               // Arrow IPC stream without dictionaries
)

// Extension returns the usual end of a file name, with its dot.
func (f Format) Extension() string {
	switch f {
	case Arrow:
		return ".arrow"
	case ArrowStream:
		return ".arrows"
	}
	return ".parquet"
}

func (f Format) String() string {
	return [...]string{"parquet", "arrow", "arrow stream"}[f]
}

// What zero values of Options stand for.
const (
	// DefaultRowGroupRows is two of DuckDB's row groups: enough rows that a dictionary
	// per row group pays, few enough that engines find several to work on at once.
	DefaultRowGroupRows = 245_760
	// DefaultRecordRows is the number of rows of an Arrow record batch.
	DefaultRecordRows = 65_536
	// DefaultPartRows bounds what the footer of a file remembers.
	DefaultPartRows = 40 * DefaultRowGroupRows
	// DefaultCompression is what Parquet files are compressed with; Arrow files are not.
	DefaultCompression = "zstd"
)

// pageRows is the number of rows of a Parquet page, as in parquet-mr: readers skip by page.
const pageRows = 20_480

// Compressions are the words that Options.Compression may be.
var Compressions = []string{"zstd", "snappy", "gzip", "lz4", "none"}

// Options say how files are written. The zero value is Parquet with zstd.
type Options struct {
	Format       Format
	Compression  string            // one of Compressions, lz4 is Parquet's LZ4_RAW; empty: the format's default
	RowGroupRows int64             // rows of a row group or record batch; 0: the format's default
	PartRows     int64             // rows of a part of a dataset; 0: DefaultPartRows
	PartitionBy  Partition         // folders of a dataset by time
	Workers      int               // goroutines that encode; below 1: 1
	Metadata     map[string]string // what the files' metadata say, beside the meanings of the columns

	pageRows int64 // tests make pages small
	// Of all files of a dataset.
	workers *spare[worker]
	blocks  *spare[block]
	// Of all files of a table of a dataset; nil for a file that stands alone.
	encoders *spare[encoders]
}

// complete returns the options with defaults in place of zeros, or says what is wrong.
func (o Options) complete() (Options, error) {
	if o.Compression == "" {
		o.Compression = "none"
		if o.Format == Parquet {
			o.Compression = DefaultCompression
		}
	}
	if !slices.Contains(Compressions, o.Compression) {
		return o, fmt.Errorf("export: compression %q is unknown: use one of %s", o.Compression, strings.Join(Compressions, ", "))
	}
	if o.Format != Parquet && (o.Compression == "snappy" || o.Compression == "gzip") {
		return o, fmt.Errorf("export: Arrow files cannot be compressed with %s: use zstd, lz4 or none", o.Compression)
	}
	if o.RowGroupRows == 0 {
		o.RowGroupRows = DefaultRecordRows
		if o.Format == Parquet {
			o.RowGroupRows = DefaultRowGroupRows
		}
	}
	if o.PartRows == 0 {
		o.PartRows = DefaultPartRows
	}
	if o.RowGroupRows < 0 || o.RowGroupRows > 1<<30 {
		return o, fmt.Errorf("export: %d rows in a row group: use 1 to %d", o.RowGroupRows, 1<<30)
	}
	if o.PartRows < 0 {
		return o, fmt.Errorf("export: %d rows in a part: use 1 or more", o.PartRows)
	}
	o.Workers = max(o.Workers, 1)
	if o.pageRows == 0 {
		o.pageRows = pageRows
	}
	if o.workers == nil {
		compression := o.Compression
		o.workers = &spare[worker]{make: func() *worker { return newWorker(compression) }}
		o.blocks = new(spare[block])
	}
	return o, nil
}

// A TableWriter takes the rows of one table in their order.
type TableWriter interface {
	// Write hands over a batch and may return before it is encoded. done is called once
	// when the batch is no longer needed, also after an error; it may be nil and must not block.
	Write(b table.Batch, done func()) error
}

// words returns the text of all words of a column.
func words(c *schemas.Column) []string { return c.Words.Text }
