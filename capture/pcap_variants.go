package capture

// Record headers of the libpcap patches that did not, or not only, change the magic number.
const (
	recordStandard = 16
	recordNokia    = 20 // 4 more bytes
	recordPatched  = 24 // interface index, protocol, packet type, padding
	recordSuSE     = 28 // the same and 4 more bytes
)

// recordsToTry is how many records the guess is made of.
const recordsToTry = 3

// chooseRecord finds the length of the record headers by trying them on the first records,
// as Wireshark does: the one with the fewest oddities, the first of these.
func (f *pcapFile) chooseRecord(in *input) {
	var candidates []int
	switch f.format {
	case "pcap":
		if f.swapped != lengthsInOrder {
			return
		}
		candidates = []int{recordStandard, recordPatched, recordNokia}
	case "pcap modified":
		candidates = []int{recordPatched, recordSuSE}
	default:
		return
	}
	best := -1
	for _, size := range candidates {
		if n := f.oddities(in, size); best < 0 || n < best {
			best, f.record = n, size
		}
		if best == 0 {
			break
		}
	}
	if f.format == "pcap" && f.record != recordStandard {
		f.format = "pcap modified"
	}
}

// oddities counts what would be strange about the first records if their headers had that
// size.
func (f *pcapFile) oddities(in *input, size int) int {
	odd, at := 0, 0
	for range recordsToTry {
		if !in.need(at + size) {
			if in.w-in.r > at {
				odd++
			}
			break
		}
		b := in.unread()[at:]
		capLen, wire := f.order.Uint32(b[8:]), f.order.Uint32(b[12:])
		for _, strange := range []bool{
			f.order.Uint32(b[4:]) >= 1e6,
			capLen > 256<<10,
			capLen > f.snap,
			wire > maxRecord,
			capLen > wire,
			size >= recordPatched && f.order.Uint32(b[16:]) > 10000,
			size >= recordPatched && b[22] > 7, // PACKET_HOST, …
		} {
			if strange {
				odd++
			}
		}
		if capLen > 256<<10 {
			break
		}
		at += size + int(capLen)
		if !in.need(at) {
			odd++
			break
		}
	}
	return odd
}
