package export

import (
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
	values []byte  // encoded values
	small  []byte  // compressed values
	ints   []int32 // differences from the first value
	narrow []byte  // encoded ints
}

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

// zstdWindow is how far back repetitions are searched: most pages are smaller, and the encoder keeps twice as much.
const zstdWindow = 512 << 10

func newZstd() zstdCodec {
	encoder := func(literals bool) *zstd.Encoder {
		e, err := zstd.NewWriter(nil,
			zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithAllLitEntropyCompression(literals),
			zstd.WithWindowSize(zstdWindow),
			zstd.WithEncoderConcurrency(1),
			zstd.WithEncoderCRC(false), // pages have a checksum of their own
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
