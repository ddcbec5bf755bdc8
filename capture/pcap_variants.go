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
// as Wireshark does: the one with the fewest oddities, the first of these. Behind the usual
// magic number another length than the usual one must show none at all, because a damaged
// record is more likely than a program of 1999.
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
		n := f.oddities(in, size)
		if best < 0 || n < best && (n == 0 || f.format != "pcap") {
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
		if beginsCapture(b) {
			break
		}
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

// chain is how many records must follow one another to be believed after damage.
const chain = 3

// resync moves to the next record after damage: where several plausible ones follow one
// another, or where another capture starts; then it returns false. near is the time of the
// last record in seconds. What it passes over is added to the last damage.
func (f *pcapFile) resync(in *input, w *writer, near int64) bool {
	from := in.offset()
	defer func() { w.passedOver(from, in.offset()) }()
	for in.r++; in.need(f.record); in.r++ {
		if f.plausible(in, near) {
			return true
		}
		if startsCapture(in) {
			return false
		}
	}
	in.r = in.w
	return false
}

// plausible reports whether a chain of records begins at the next byte, or fewer if the
// input ends right after them.
func (f *pcapFile) plausible(in *input, near int64) bool {
	const day = 24 * 60 * 60
	limit := uint32(1e6)
	if f.nano {
		limit = 1e9
	}
	at := 0
	for range chain {
		if !in.need(at + f.record) {
			return at > 0 && in.w-in.r == at
		}
		b := in.unread()[at:]
		if sec := int64(f.order.Uint32(b)); sec < near-day || sec > near+day {
			return false
		}
		capLen, wire := f.order.Uint32(b[8:]), f.order.Uint32(b[12:])
		if f.order.Uint32(b[4:]) >= limit || capLen > min(f.maxBytes, 256<<10) || capLen > wire || wire > 256<<10 {
			return false
		}
		at += f.record + int(capLen)
	}
	return true
}
