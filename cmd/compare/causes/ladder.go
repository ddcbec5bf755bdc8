package causes

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
)

// longest is how many packets a ladder shows; the others of a longer connection are left out in the middle.
const longest = 12

// A ladder is a connection as teardown explain --json prints it, as far as it is shown.
type ladder struct {
	Connection struct {
		File         string   `json:"file"`
		Teardown     string   `json:"teardown"`
		Form         string   `json:"first_rst_form"`
		Cause        string   `json:"cause"`
		Tier         string   `json:"cause_tier"`
		Confidence   int      `json:"cause_confidence"`
		Alternatives []string `json:"cause_alternatives"`
		Evidence     []string `json:"cause_evidence"`
	} `json:"connection"`
	Packets []struct {
		Time      int64  `json:"ts_ns"`
		Direction string `json:"direction"`
		Flags     string `json:"tcp_flags_text"`
		Seq       *int64 `json:"tcp_seq_rel"`
		Ack       *int64 `json:"tcp_ack_rel"`
		Len       int64  `json:"payload_len"`
		Window    int64  `json:"window"`
		Kind      string `json:"segment_kind"`
		Form      string `json:"rst_form"`
	} `json:"packets"`
}

// show prints the connection of a capture that begins at a frame as a ladder in a code block.
func show(ctx context.Context, teardown, capture, frame string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, teardown, "explain", "--json", "--frame", frame, capture)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("explain %s: %w", filepath.Base(capture), err)
	}
	var l ladder
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&l); err != nil {
		return nil, fmt.Errorf("explain %s: %w", filepath.Base(capture), err)
	}
	var b bytes.Buffer
	b.WriteString("```text\n")
	for i, p := range l.Packets {
		if n := len(l.Packets); n > longest && i >= longest/3 && i < n-2*longest/3 {
			if i == longest/3 {
				fmt.Fprintf(&b, "            (%d packets)\n", n-longest)
			}
			continue
		}
		way := "client → server"
		if p.Direction == schemas.DirectionResp.String() {
			way = "server → client"
		}
		numbers := ""
		if p.Seq != nil {
			numbers = "seq " + strconv.FormatInt(*p.Seq, 10)
		}
		if p.Ack != nil && strings.Contains(p.Flags, "ACK") {
			numbers += " ack " + strconv.FormatInt(*p.Ack, 10)
		}
		if p.Len > 0 {
			numbers += " len " + strconv.FormatInt(p.Len, 10)
		}
		what := p.Kind
		if p.Form != "" {
			what += ", " + p.Form
		}
		line := fmt.Sprintf("%+10.3f s  %s  %-9s %-28s %s", float64(p.Time-l.Packets[0].Time)/1e9, way, p.Flags, numbers, what)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	c := &l.Connection
	fmt.Fprintf(&b, "\n  ended     %s\n  cause     %s, %s, %d %%\n", c.Teardown, c.Cause, c.Tier, c.Confidence)
	for _, list := range []struct {
		name  string
		words []string
	}{{"or        ", c.Alternatives}, {"evidence  ", c.Evidence}} {
		if len(list.words) > 0 {
			fmt.Fprintf(&b, "  %s%s\n", list.name, strings.Join(list.words, ", "))
		}
	}
	b.WriteString("```\n")
	return b.Bytes(), nil
}
