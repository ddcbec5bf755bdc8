package classify

// streams numbers the TCP streams of a shard as tshark 4.0 does (find_conversation and
// tcp_analyze_sequence_number in its packet-tcp.c, with ip.defragment off): one stream per
// pair of ends until a SYN without ACK whose sequence number differs from the first one of
// its sender.
type streams struct {
	index index
	all   pool[stream]
	limit int

	current *stream // that of the last call of next, nil beyond the limit
}

// A stream is the current stream of a flow key. Sides are those of the key.
type stream struct {
	key    key
	base   [2]uint32 // first sequence number, as Wireshark guesses it
	number int32     // within the shard, plus 1
	known  [2]bool

	complete uint8 // tcp.completeness, as of the last packet that came through next or remember
}

// noNumber stands for the number of a stream that there was no room for.
const noNumber = -1

func newStreams(limit int) streams { return streams{index: newIndex(), limit: limit} }

// find returns the stream of the key, nil where there is none.
func (x *streams) find(hash uint64, k *key) *stream {
	for i := x.index.first(hash); x.index.slots[i] != 0; i = (i + 1) & x.index.mask {
		if s := x.index.slots[i]; s>>32 == hash>>32 {
			if st := x.all.at(uint32(s)); st.key.equal(k) {
				return st
			}
		}
	}
	return nil
}

// A header is what the numbering needs of a TCP header.
type header struct {
	seq, ack uint32
	flags    uint16
	analysed bool // Wireshark analyses its sequence numbers: the length of the payload is known
}

// next returns the number of the stream that the packet belongs to, noNumber beyond the limit, and
// whether the stream begins with it; settled tells that later packets without SYN change nothing.
func (x *streams) next(hash uint64, k *key, reversed bool, h header, count *int32) (number int32, begins, settled bool) {
	side := 0
	if reversed {
		side = 1
	}
	st := x.find(hash, k)
	switch {
	case st == nil:
		if int(x.all.next) >= x.limit {
			x.current = nil
			return noNumber, false, false
		}
		*count++
		var n uint32
		n, st = x.all.get()
		*st = stream{key: *k, number: *count}
		x.index.insert(hash, n)
		begins = true
	case h.flags&(flagSYN|flagACK) == flagSYN && st.known[side] && h.seq != st.base[side]:
		*count++
		*st = stream{key: *k, number: *count}
		begins = true
	}
	x.current = st
	if h.analysed {
		if !st.known[side] {
			st.base[side], st.known[side] = h.seq, true
			if h.flags&flagSYN == 0 {
				st.base[side]--
			}
		}
		if !st.known[1-side] && h.flags&flagACK != 0 {
			st.base[1-side], st.known[1-side] = h.ack-1, true
		}
	}
	return st.number, begins, st.known[0] && st.known[1]
}

// remember keeps the completeness of a stream when a connection of it is finished: the next
// connection may belong to the same stream.
func (x *streams) remember(k *key, number int32, complete uint8) {
	if st := x.find(k.hash(), k); st != nil && st.number == number {
		st.complete = complete
	}
}
