package export

import (
	"encoding/binary"

	"github.com/parquet-go/parquet-go/format"
)

// Page headers are written by hand, in Thrift's compact protocol: parquet-go's encoder works by
// reflection, and a file has a header every few thousand values.

// Types of fields in the compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftI32    = 5
	thriftStruct = 12
)

// thriftInt appends an integer in the field behind the one before.
func thriftInt(dst []byte, v int) []byte {
	return binary.AppendVarint(append(dst, 1<<4|thriftI32), int64(v))
}

// A pageHeader is what the header of a page says.
type pageHeader struct {
	uncompressed, compressed int // bytes without the header; both contain levels
	crc                      uint32
	values, nulls, rows      int
	encoding                 format.Encoding
	definition, repetition   int // bytes of levels
	isCompressed             bool
}

// appendDataHeader appends the header of a data page, version 2 (PageHeader and
// DataPageHeaderV2 of parquet.thrift).
func (h *pageHeader) appendDataHeader(dst []byte) []byte {
	dst = thriftInt(dst, int(format.DataPageV2))
	dst = thriftInt(dst, h.uncompressed)
	dst = thriftInt(dst, h.compressed)
	dst = thriftInt(dst, int(int32(h.crc)))
	dst = append(dst, 4<<4|thriftStruct) // field 8
	dst = thriftInt(dst, h.values)
	dst = thriftInt(dst, h.nulls)
	dst = thriftInt(dst, h.rows)
	dst = thriftInt(dst, int(h.encoding))
	dst = thriftInt(dst, h.definition)
	dst = thriftInt(dst, h.repetition)
	if h.isCompressed {
		dst = append(dst, 1<<4|thriftTrue)
	} else {
		dst = append(dst, 1<<4|thriftFalse)
	}
	return append(dst, 0, 0) // end of both structs
}

// appendDictionaryHeader appends the header of a dictionary page (PageHeader and
// DictionaryPageHeader).
func (h *pageHeader) appendDictionaryHeader(dst []byte) []byte {
	dst = thriftInt(dst, int(format.DictionaryPage))
	dst = thriftInt(dst, h.uncompressed)
	dst = thriftInt(dst, h.compressed)
	dst = thriftInt(dst, int(int32(h.crc)))
	dst = append(dst, 3<<4|thriftStruct) // field 7
	dst = thriftInt(dst, h.values)
	dst = thriftInt(dst, int(format.Plain))
	return append(dst, 0, 0)
}
