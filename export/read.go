package export

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A RowReader gives the rows of one table in their order, with bounded memory.
type RowReader interface {
	// Next empties the batch and fills it with the next rows. It returns their number, 0 with
	// io.EOF at the end.
	Next(b table.Batch) (int, error)
	// Columns are the columns that the file has of the table.
	Columns() []string
	Close() error
}

// ErrNotStream: the bytes are no Arrow IPC stream.
var ErrNotStream = errors.New("this is no Arrow IPC stream")

// OpenPart opens a part of a dataset, or a file that convert wrote with --table. Columns of the table
// that the file does not have stay null.
func OpenPart(dir string, part Part, t *schemas.Table) (RowReader, error) {
	path := filepath.Join(dir, filepath.FromSlash(part.Path))
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var r RowReader
	if strings.HasSuffix(part.Path, Arrow.Extension()) {
		r, err = newArrowFileReader(f, t)
	} else {
		r, err = newParquetReader(f, t)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("export: reading %s: %w", path, err)
	}
	return r, nil
}

// ReadStream starts to read an Arrow IPC stream of a table. All columns of the table must be there; those
// beyond it are ignored. The error is ErrNotStream where the bytes are something else.
func ReadStream(in io.Reader, t *schemas.Table) (*StreamReader, error) {
	r, err := newStreamReader(in, t)
	if err != nil {
		return nil, fmt.Errorf("export: reading an Arrow stream of the table %s: %w", t.Name, err)
	}
	return r, nil
}
