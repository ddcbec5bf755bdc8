package classify

import (
	"math"
	"time"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// Options of a classifier. Workers and Writers change nothing but speed.
type Options struct {
	Workers        int // goroutines that classify; less than 1 is 1
	Writers        int // goroutines that write the rows of connections live at the end; less than 1 is 1
	MaxConnections int // live connections kept; 0 is DefaultMaxConnections
	MaxStreams     int // values of tcp_stream; 0 is DefaultMaxStreams

	IdleEstablished time.Duration // 0 is DefaultIdleEstablished
	IdleTransitory  time.Duration // handshakes and closing connections; 0 is DefaultIdleTransitory
	IdleOther       time.Duration // UDP and all other protocols; 0 is DefaultIdleOther
	Lookahead       time.Duration // for packets after the end; 0 is DefaultLookahead

	Cutter          Cutter // where connections begin and end, and who is the originator
	CommunityIDSeed uint16 // seed of community_id

	// Joined: the world has the frames of several captures. Connections run across them; tcp_stream and
	// what tshark says of streams are null, because it numbers them per file.
	Joined bool

	// Batches are where batches of connections come from and go to, so that the worlds of a run share them; nil: the
	// classifier has its own.
	Batches *table.ConnectionsPool

	// NoColumns: nobody reads the classification columns of packets, which stay empty.
	NoColumns bool

	// Zeek gets what conn.log says of connections beside their columns, one entry per row of
	// the batch that is handed on next. The slice is used again. nil: nobody asks.
	Zeek func([]ZeekDetails)
}

// ZeekDetails are what conn.log says of a connection beside the columns of its row.
type ZeekDetails struct {
	Duration int64    // microseconds to the last packet before both ends had closed
	Missed   int64    // bytes in gaps
	Bytes    [2]int64 // orig_bytes and resp_bytes; -1 where they are not known
}

// A Cutter says where connections begin and end, and who is the originator.
type Cutter uint8

const (
	CutDefault Cutter = iota // our rules
	CutZeek                  // Zeek's timers, reuse, originator and flips
)

// The limits of RFC 5382 (TCP) and RFC 4787 (UDP); the look-ahead covers Linux's longest
// retransmission interval of 120 s.
const (
	DefaultMaxConnections  = 2_000_000
	DefaultMaxStreams      = 10_000_000
	DefaultIdleEstablished = 2*time.Hour + 4*time.Minute
	DefaultIdleTransitory  = 4 * time.Minute
	DefaultIdleOther       = 5 * time.Minute
	DefaultLookahead       = 130 * time.Second
)

// limits are the options in the units of the shards.
type limits struct {
	connections, streams int // per shard
	idle                 [listCount]int64
	shift                [listCount]uint8 // see spanShift
}

func (o *Options) limits() limits {
	or := func(d, def time.Duration) int64 {
		if d <= 0 {
			d = def
		}
		return d.Microseconds()
	}
	count := func(n, def int) int {
		if n <= 0 {
			n = def
		}
		return max(1, n/shardCount)
	}
	l := limits{connections: count(o.MaxConnections, DefaultMaxConnections), streams: count(o.MaxStreams, DefaultMaxStreams)}
	// More than the mean, so that the limit of all shards together is reached first: the collector counts that.
	l.streams += 64 + 8*int(math.Sqrt(float64(l.streams)))
	l.idle[listEstablished] = or(o.IdleEstablished, DefaultIdleEstablished)
	l.idle[listTransitory] = or(o.IdleTransitory, DefaultIdleTransitory)
	l.idle[listOther] = or(o.IdleOther, DefaultIdleOther)
	l.idle[listEnded] = or(o.Lookahead, DefaultLookahead)
	for list, limit := range l.idle {
		l.shift[list] = spanShift(limit)
	}
	return l
}
