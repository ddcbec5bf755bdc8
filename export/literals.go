package export

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"

	"github.com/klauspost/compress/huff0"
)

// literalsEncoder writes zstd frames (RFC 8878) of literals only: bytes are coded by how frequent they are, and nobody
// looks for repetitions. Numbers of dictionaries have no repetitions that begin at a byte, so that the search for
// them, which is half of the cost of zstd at its fastest level, finds none.
type literalsEncoder struct{ scratch huff0.Scratch }

func newLiteralsEncoder() *literalsEncoder {
	return &literalsEncoder{huff0.Scratch{Reuse: huff0.ReusePolicyNone}}
}

const (
	zstdMagic     = 0xfd2fb528
	zstdBlock     = 128 << 10 // the largest block
	singleSegment = 1 << 5    // bit of the frame header descriptor: there is no window descriptor

	// Types of blocks.
	blockRaw        = 0
	blockRepeated   = 1 // one byte and how often
	blockCompressed = 2

	fourStreams = 1024 // bytes of literals from which on they are in four streams
)

// encode appends a frame with the content src.
func (l *literalsEncoder) encode(dst, src []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, zstdMagic)
	switch n := len(src); {
	case n < 256:
		dst = append(dst, singleSegment, byte(n))
	case n < 256+1<<16:
		dst = binary.LittleEndian.AppendUint16(append(dst, 1<<6|singleSegment), uint16(n-256))
	default:
		dst = binary.LittleEndian.AppendUint32(append(dst, 2<<6|singleSegment), uint32(n))
	}
	for {
		n := min(len(src), zstdBlock)
		dst = l.block(dst, src[:n], n == len(src))
		if src = src[n:]; len(src) == 0 {
			return dst
		}
	}
}

func (l *literalsEncoder) block(dst, src []byte, last bool) []byte {
	compress, single := huff0.Compress4X, false
	if len(src) < fourStreams {
		compress, single = huff0.Compress1X, true
	}
	if len(src) < minimum {
		return append(appendBlockHeader(dst, blockRaw, len(src), last), src...)
	}
	out, _, err := compress(src, &l.scratch)
	switch {
	case errors.Is(err, huff0.ErrUseRLE):
		return append(appendBlockHeader(dst, blockRepeated, len(src), last), src[0])
	case err != nil || len(out)+maxLiteralsHeader >= len(src):
		return append(appendBlockHeader(dst, blockRaw, len(src), last), src...)
	}
	start := len(dst)
	dst = appendBlockHeader(dst, blockCompressed, 0, last)
	body := len(dst)
	dst = appendLiteralsHeader(dst, len(src), len(out), single)
	dst = append(dst, out...)
	dst = append(dst, 0) // no sequences
	appendBlockHeader(dst[:start], blockCompressed, len(dst)-body, last)
	return dst
}

// literalsSize returns about how many bytes a frame of literals will have, by their entropy: to count bytes takes a
// fraction of the time of coding them.
func literalsSize(src []byte) int {
	var counts [256]uint32
	for _, b := range src {
		counts[b]++
	}
	all, size := uint64(len(src)), uint64(0) // in 1/65536 bits
	if most := slices.Max(counts[:]); 2*uint64(most) > all && uint64(most) < all {
		// No code is shorter than a bit, the others share the other half of them.
		counts[slices.Index(counts[:], most)] = 0
		size = all << 16
		all -= uint64(most)
	}
	codes := 0
	for _, n := range counts {
		if n > 0 {
			size += uint64(n) * (log2(all) - log2(uint64(n)))
			codes++
		}
	}
	return int(size>>19) + codes/2 + maxLiteralsHeader
}

// log2 returns the binary logarithm of a number that is not 0, in 1/65536. The part behind the point is the parabola
// that is right at 0, 1/2 and 1.
func log2(n uint64) uint64 {
	whole := uint64(bits.Len64(n) - 1)
	f := n<<16>>whole - 1<<16
	return whole<<16 + f + f*(1<<16-f)>>16*22272>>16
}

// appendBlockHeader appends the header of a block of size bytes, or, where it is blockRepeated, of size times one byte.
func appendBlockHeader(dst []byte, kind, size int, last bool) []byte {
	h := size<<3 | kind<<1
	if last {
		h |= 1
	}
	return append(dst, byte(h), byte(h>>8), byte(h>>16))
}

// maxLiteralsHeader is the length of the longest header of literals and of the end of a block.
const maxLiteralsHeader = 6

// appendLiteralsHeader appends the header of Huffman-coded literals: their size, and their size coded, with the code.
func appendLiteralsHeader(dst []byte, size, coded int, single bool) []byte {
	const compressedLiterals = 2
	switch {
	case single && size < 1<<10 && coded < 1<<10:
		h := compressedLiterals | size<<4 | coded<<14
		return append(dst, byte(h), byte(h>>8), byte(h>>16))
	case size < 1<<14 && coded < 1<<14:
		h := compressedLiterals | 2<<2 | size<<4 | coded<<18
		return append(dst, byte(h), byte(h>>8), byte(h>>16), byte(h>>24))
	}
	h := compressedLiterals | 3<<2 | size<<4 | coded<<22
	return append(dst, byte(h), byte(h>>8), byte(h>>16), byte(h>>24), byte(h>>32))
}
