package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/export"
)

const (
	streamMark     = 0xffffffff // begins each message of an Arrow IPC stream since version 0.15; before, its length did
	maxMessageHead = 64 << 20   // bytes; no schema is longer
	streamHead     = 4 << 10    // bytes that are looked at
)

// checkHead returns a reader of all bytes of in, or says what they are where they can be no Arrow IPC
// stream: the Arrow library takes the first four bytes of anything for a length.
func checkHead(in io.Reader) (io.Reader, error) {
	r := bufio.NewReaderSize(in, streamHead)
	head, err := r.Peek(8)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(head) >= 4 && binary.LittleEndian.Uint32(head) == streamMark {
		return r, nil
	}
	head, _ = r.Peek(r.Buffered()) // what came with the first read
	const wanted = "classify takes the stream that teardown decode CAPTURE... -o - writes"
	var what string
	switch {
	case len(head) == 0:
		what = "it is empty; see what the program said that should have written it"
	case strings.HasPrefix(string(head), "ARROW1"):
		what = "it is an Arrow file; " + wanted
	case strings.HasPrefix(string(head), "PAR1"):
		what = "it is a Parquet file; " + wanted
	case isCapture(head):
		what = "it is a capture; try: teardown convert CAPTURE... -o DIR"
	case len(head) >= 4 && binary.LittleEndian.Uint32(head) < maxMessageHead:
		return r, nil
	default:
		what = fmt.Sprintf("it begins with %q; %s", head[:min(len(head), 8)], wanted)
	}
	return nil, fmt.Errorf("%w: %s", export.ErrNotStream, what)
}

// isCapture reports whether a capture begins with these bytes, compressed or not.
func isCapture(head []byte) bool {
	s := capture.NewStream(bytes.NewReader(head), "", capture.Options{})
	for {
		b, err := s.Next()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		s.Release(b)
	}
}
