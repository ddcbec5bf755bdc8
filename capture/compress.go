package capture

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/xi2/xz"
)

// maxWindow bounds the memory that a zstd frame or an xz block may ask for; zstd --long=31 needs 2 GiB.
const maxWindow = 2 << 30

// compressedBytes is how much of a compressed input is read at a time.
const compressedBytes = 256 << 10

// compressions are recognised by the first bytes.
var compressions = []struct {
	name  string
	magic string
	open  func(*bufio.Reader) (io.Reader, func(), error)
}{
	{"gzip", "\x1f\x8b", openGzip},
	{"zstd", "\x28\xb5\x2f\xfd", openZstd},
	{"zstd", "\x50\x2a\x4d\x18", openZstd}, // a skippable frame first
	{"lz4", "\x04\x22\x4d\x18", openLz4},
	{"lz4", "\x02\x21\x4c\x18", openLz4}, // the legacy frame of lz4 -l
	{"bzip2", "BZh", openBzip2},
	{"xz", "\xfd7zXZ\x00", openXz},
}

func openGzip(r *bufio.Reader) (io.Reader, func(), error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, nil, err
	}
	z.Multistream(false)
	return &gzipMembers{z, r}, func() {}, nil
}

// gzipMembers reads one member after the other. Zeros behind them are padding, as on tapes and in blocks of disks: gzip
// says nothing of them either.
type gzipMembers struct {
	*gzip.Reader
	in *bufio.Reader
}

func (g *gzipMembers) Read(p []byte) (int, error) {
	for {
		n, err := g.Reader.Read(p)
		if n > 0 || err != io.EOF {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
		if err := g.next(); err != nil {
			return 0, err
		}
	}
}

// next begins the next member; io.EOF where there is none.
func (g *gzipMembers) next() error {
	b, err := g.in.ReadByte()
	for err == nil && b == 0 {
		b, err = g.in.ReadByte()
	}
	if err != nil {
		return err
	}
	g.in.UnreadByte()
	if err := g.Reset(g.in); err != nil {
		return err
	}
	g.Multistream(false)
	return nil
}

func openZstd(r *bufio.Reader) (io.Reader, func(), error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(2))
	if err != nil {
		return nil, nil, err
	}
	return z, z.Close, nil
}

func openLz4(r *bufio.Reader) (io.Reader, func(), error) { return lz4.NewReader(r), func() {}, nil }

func openBzip2(r *bufio.Reader) (io.Reader, func(), error) { return bzip2.NewReader(r), func() {}, nil }

func openXz(r *bufio.Reader) (io.Reader, func(), error) {
	z, err := xz.NewReader(r, maxWindow)
	return z, func() {}, err
}

// decompress returns the uncompressed bytes of src, the name of the compression, and what
// is to be called at the end. Errors of the compressed bytes come out of the reader.
func decompress(src io.Reader) (io.Reader, string, func(), error) {
	head := make([]byte, 16)
	n, err := io.ReadFull(src, head)
	if n == 0 && err != io.EOF {
		return nil, "", nil, err
	}
	head = head[:n]
	all := io.Reader(io.MultiReader(bytes.NewReader(head), src))
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		all = io.MultiReader(bytes.NewReader(head), failing{err})
	}
	for _, c := range compressions {
		if !bytes.HasPrefix(head, []byte(c.magic)) {
			continue
		}
		plain, closer, err := c.open(bufio.NewReaderSize(all, compressedBytes))
		if err != nil {
			return failing{compressionError(c.name, err)}, c.name, func() {}, nil
		}
		return &compressed{c.name, plain}, c.name, closer, nil
	}
	return all, "", func() {}, nil
}

// compressed gives errors of compressed bytes their name.
type compressed struct {
	name string
	r    io.Reader
}

func (c *compressed) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
		err = compressionError(c.name, err)
	}
	return n, err
}

func compressionError(name string, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, xz.ErrBuf) {
		return fmt.Errorf("%s data end too early: %w", name, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("%s data are damaged: %w", name, err)
}

// failing is a reader that has nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
