package tshark

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// preferences are the settings of tshark that the comparison relies on. The
// rest is tshark's default, whatever the user's own configuration says.
var preferences = []string{
	// Each frame is looked at as it was captured: a packet is a row, not a stream.
	"ip.defragment:FALSE",
	"ipv6.defragment:FALSE",
	"tcp.desegment_tcp_streams:FALSE",
	"tcp.reassemble_out_of_order:FALSE",
	// Checksums are not verified: captures at the sender have none yet.
	"ip.check_checksum:FALSE",
	"tcp.check_checksum:FALSE",
	"udp.check_checksum:FALSE",
	// Numbers as on the wire.
	"tcp.relative_sequence_numbers:FALSE",
	// tcp.stream starts a new number at a reused port only with analysis.
	"tcp.analyze_sequence_numbers:TRUE",
	// The port that Linux uses unless told otherwise; newer tshark has it as well.
	"vxlan.udp.port:4789,8472",
}

// disabled are dissectors that start TCP conversations of their own, for the same
// packets (VNC) or for what a proxy is asked to reach (SOCKS). They use up numbers
// of tcp.stream, which ours follows by TCP alone.
var disabled = []string{"socks", "vnc"}

// The fields that tshark prints. A field has a value per layer that holds it.
var fields = []string{
	"frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.protocols",
	"frame.interface_name", "frame.section_number", "eth.src", "eth.dst", "vlan.id", "ieee8021ad.id",
	"ip.src", "ip.dst", "ip.proto", "ip.len", "ip.ttl", "ip.id", "ip.dsfield.dscp", "ip.dsfield.ecn",
	"ip.flags.df", "ip.flags.mf", "ip.frag_offset",
	"ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.plen", "ipv6.hlim", "ipv6.tclass.dscp", "ipv6.tclass.ecn", "ipv6.flow",
	"ipv6.hopopts.nxt", "ipv6.routing.nxt", "ipv6.dstopts.nxt",
	"ipv6.fraghdr.nxt", "ipv6.fraghdr.ident", "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ah.next_header",
	"tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "sctp.srcport", "sctp.dstport", "dccp.srcport", "dccp.dstport",
	"icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code",
	"tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.len", "udp.length",
	"tcp.options.mss_val", "tcp.options.wscale.shift", "tcp.options.sack_perm",
	"tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr", "tcp.stream",
}

// A frame is what tshark says about one captured frame: the values of each
// field, in the order of the layers.
type frame struct {
	values    map[string][]string
	protocols []string // names of the layers, outermost first
}

// one returns the first value of a field, or "".
func (f *frame) one(field string) string { return f.nth(field, 0) }

// nth returns the value of a field in the nth layer that has it, or "".
func (f *frame) nth(field string, n int) string {
	if v := f.values[field]; n >= 0 && n < len(v) {
		return v[n]
	}
	return ""
}

// separators that no field contains.
const (
	fieldSeparator = "\t"
	valueSeparator = "|"
)

// A reading is what tshark said about a capture.
type reading struct {
	frames   []frame
	messages string // on stderr, without the warning about root
	status   int
}

// readTshark runs tshark on a capture. configDir is an empty folder that stands
// for the user's configuration.
func readTshark(ctx context.Context, capture, configDir string) (*reading, error) {
	args := []string{"-n", "-r", capture, "-T", "fields",
		"-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=" + valueSeparator}
	for _, p := range preferences {
		args = append(args, "-o", p)
	}
	for _, d := range disabled {
		args = append(args, "--disable-protocol", d)
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.CommandContext(ctx, "tshark", args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "WIRESHARK_CONFIG_DIR="+configDir, "HOME="+configDir)
	out, done, err := tools.Output(ctx, cmd)
	if err != nil {
		return nil, err
	}
	r := &reading{status: done.Status}
	for line := range strings.Lines(done.Stderr) {
		if !strings.HasPrefix(line, "Running as user") {
			r.messages += line
		}
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		f, err := parseFrame(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("tshark: %s: %w", capture, err)
		}
		r.frames = append(r.frames, f)
	}
	return r, lines.Err()
}

// parseFrame reads one line of tshark's output.
func parseFrame(line string) (frame, error) {
	parts := strings.Split(line, fieldSeparator)
	if len(parts) != len(fields) {
		return frame{}, fmt.Errorf("a line has %d fields, want %d: %q", len(parts), len(fields), line)
	}
	values := make(map[string][]string, 32)
	for i, part := range parts {
		if part != "" {
			values[fields[i]] = strings.Split(part, valueSeparator)
		}
	}
	return newFrame(values), nil
}

func newFrame(values map[string][]string) frame {
	f := frame{values: values}
	f.protocols = strings.Split(f.one("frame.protocols"), ":")
	return f
}
