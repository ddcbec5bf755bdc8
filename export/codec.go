package export

import (
	"bytes"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/gzip"
	"github.com/parquet-go/parquet-go/compress/lz4"
	"github.com/parquet-go/parquet-go/compress/snappy"
	"github.com/parquet-go/parquet-go/format"
)

// A worker is what one goroutine has for itself: a compressor and room for one page.
type worker struct {
	codec  codec
	levels []byte
	values []byte      // encoded values
	ints   []int32     // differences from the first value, see deltaInt64
	longs  []int64     // the same where those from one to the next are large
	less   []byte      // one of them, encoded
	trial  numberIndex // of a page on trial, see intValues.code
	codes  []int32     // see room
	texts  []byte      // of a page without a dictionary, one after the other
	ends   []uint32    // 0, and where each of them ends
	recent [8]compressed
	next   int    // of recent, to be replaced
	large  []byte // a compressed piece that is too large to be kept

	flows, firsts, labels []uint16 // see page.flowsOf
	slots32               []flowSlot[int32]
	slots64               []flowSlot[int64]
}

// A compressed is a piece that a worker has compressed.
type compressed struct {
	effort   effort // raw where there is no piece
	src, dst []byte
}

// compress returns src compressed; the result stays as it is until the next call. Columns that say the same in
// other words, as frame_len and cap_len do, or segment_kind and rule, have equal pages, which are compressed once.
func (w *worker) compress(src []byte, e effort) ([]byte, error) {
	for i := range w.recent {
		if r := &w.recent[i]; r.effort == e && bytes.Equal(r.src, src) {
			return r.dst, nil
		}
	}
	var err error
	if len(src) > usualPage {
		w.large, err = w.codec.compress(slices.Grow(w.large[:0], len(src)), src, e)
		return w.large, err
	}
	r := &w.recent[w.next]
	w.next = (w.next + 1) % len(w.recent)
	if r.src == nil {
		r.src, r.dst = make([]byte, 0, usualPage), make([]byte, 0, usualPage)
	}
	r.dst, err = w.codec.compress(r.dst[:0], src, e)
	r.effort, r.src = e, append(r.src[:0], src...)
	if err != nil {
		r.effort = raw
	}
	return r.dst, err
}

// usualPage is a size that few pages exceed: numbers of two bytes.
const usualPage = 2 * pageRows

// A codec compresses pages. It belongs to one goroutine.
type codec interface {
	// compress appends the compressed src to dst.
	compress(dst, src []byte, e effort) ([]byte, error)
}

// codecNumber returns Parquet's number of a compression of Options.
func codecNumber(compression string) format.CompressionCodec {
	switch compression {
	case "zstd":
		return format.Zstd
	case "snappy":
		return format.Snappy
	case "gzip":
		return format.Gzip
	case "lz4":
		return format.Lz4Raw
	}
	return format.Uncompressed
}

func newWorker(compression string) *worker {
	w := new(worker)
	switch compression {
	case "zstd":
		w.codec = newZstd()
	case "snappy":
		w.codec = &parquetCodec{codec: new(snappy.Codec)}
	case "gzip":
		w.codec = &parquetCodec{codec: &gzip.Codec{Level: gzip.DefaultCompression}}
	case "lz4":
		w.codec = &parquetCodec{codec: &lz4.Codec{Level: lz4.Fastest}}
	}
	return w
}

// zstdCodec is zstd at its fastest level. Each page starts anew, so the bytes do not depend on which pages a worker
// compressed before.
type zstdCodec struct {
	fast, both *zstd.Encoder
	literals   *literalsEncoder
}

// zstdWindow is how far back repetitions are searched: most pages are smaller.
const zstdWindow = 512 << 10

func newZstd() zstdCodec {
	encoder := func(literals bool) *zstd.Encoder {
		e, err := zstd.NewWriter(nil,
			zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithAllLitEntropyCompression(literals),
			zstd.WithWindowSize(zstdWindow),
			zstd.WithEncoderConcurrency(1),
			zstd.WithLowerEncoderMem(true), // it has room for two windows otherwise
			zstd.WithEncoderCRC(false),     // pages have a checksum of their own
			zstd.WithZeroFrames(true))
		if err != nil {
			panic(err) // only wrong options fail
		}
		return e
	}
	return zstdCodec{encoder(false), encoder(true), newLiteralsEncoder()}
}

func (c zstdCodec) compress(dst, src []byte, e effort) ([]byte, error) {
	switch e {
	case literals:
		return c.literals.encode(dst, src), nil
	case both:
		return c.both.EncodeAll(src, dst), nil
	}
	return c.fast.EncodeAll(src, dst), nil
}

// parquetCodec appends with one of parquet-go's codecs, which overwrite. They know one effort.
type parquetCodec struct {
	codec compress.Codec
	room  []byte
}

func (c *parquetCodec) compress(dst, src []byte, _ effort) ([]byte, error) {
	var err error
	c.room, err = c.codec.Encode(c.room, src)
	return append(dst, c.room...), err
}

// room returns room for the numbers of n values, until somebody else asks for it.
func (w *worker) room(n int) []int32 {
	w.codes = room(w.codes[:0], n)[:n]
	return w.codes
}
