package classify

import (
	"fmt"
	"io"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestTamperSignatures plays one direction packet by packet.
func TestTamperSignatures(t *testing.T) {
	type packet struct {
		flags  uint16
		length int64
		ack    uint32
	}
	const S, A, F, R = flagSYN, flagACK, flagFIN, flagRST
	syn, ack, data := packet{S, 0, 0}, packet{A, 0, 5}, packet{A, 9, 5}
	tests := []struct {
		packets []packet
		silent  bool
		want    string
	}{
		{[]packet{syn}, true, "SYN > none"},
		{[]packet{syn}, false, ""},
		{[]packet{syn, {R, 0, 0}, {R, 0, 0}}, false, "SYN > RST"},
		{[]packet{syn, {R | A, 0, 5}}, false, "SYN > RST+ACK"},
		{[]packet{syn, {R | A, 0, 5}, {R, 0, 0}}, false, "SYN > RST; RST+ACK"},
		{[]packet{syn, ack}, true, "SYN; ACK > none"},
		{[]packet{syn, ack, {R, 0, 0}}, false, "SYN; ACK > RST"},
		{[]packet{syn, ack, {R, 0, 0}, {R, 0, 0}}, false, "SYN; ACK > RST; RST"},
		{[]packet{syn, ack, {R | A, 0, 5}}, false, "SYN; ACK > RST+ACK"},
		{[]packet{syn, ack, {R | A, 0, 5}, {R | A, 0, 5}}, false, "SYN; ACK > RST+ACK; RST+ACK"},
		{[]packet{syn, ack, data}, true, "PSH+ACK > none"},
		{[]packet{syn, ack, data, {R, 0, 7}}, false, "PSH+ACK > RST"},
		{[]packet{syn, ack, data, {R | A, 0, 5}}, false, "PSH+ACK > RST+ACK"},
		{[]packet{syn, ack, data, {R, 0, 7}, {R | A, 0, 5}}, false, "PSH+ACK > RST; RST+ACK"},
		{[]packet{syn, ack, data, {R | A, 0, 5}, {R | A, 0, 5}}, false, "PSH+ACK > RST+ACK; RST+ACK"},
		{[]packet{syn, ack, data, {R, 0, 7}, {R, 0, 7}}, false, "PSH+ACK > RST = RST"},
		{[]packet{syn, ack, data, {R, 0, 7}, {R, 0, 8}}, false, "PSH+ACK > RST != RST"},
		{[]packet{syn, ack, data, {R, 0, 7}, {R, 0, 0}}, false, "PSH+ACK > RST; RST0"},
		{[]packet{syn, ack, data, data, {R, 0, 7}, {R, 0, 8}}, false, "PSH+ACK; Data > RST"},
		{[]packet{syn, ack, data, data, {R | A, 0, 7}}, false, "PSH+ACK; Data > RST+ACK"},
		{[]packet{syn, ack, data, data}, true, ""},
		{[]packet{syn, ack, {F | A, 0, 5}, {R, 0, 7}}, false, ""},
		{[]packet{syn, {R, 0, 0}, data}, false, ""},
		{[]packet{data, {R, 0, 0}}, false, ""},
		{[]packet{syn, ack, data, data, data, data, data, data, data, data, data, {R, 0, 0}}, false, ""},
	}
	for _, x := range tests {
		var d tamper
		for _, p := range x.packets {
			d.add(p.flags, p.length, p.ack, false)
		}
		if got := d.signature(x.silent); got != x.want {
			t.Errorf("%v silent %t: got %q, want %q", x.packets, x.silent, got, x.want)
		}
	}
}

// TestTamperColumns holds that a refusal by the server is no silence of the client.
func TestTamperColumns(t *testing.T) {
	var w wire
	w.packet(0, 1, 1001, true, flagSYN, 100, 0, 0)
	w.packet(1, 1, 1001, false, flagRST|flagACK, 0, 101, 0)
	w.packet(0, 2, 1001, true, flagSYN, 100, 0, 0)
	w.packet(9000, 3, 1001, true, flagACK, 100, 5, 0)
	want := "no_match \"\" \"\"\npost_syn \"SYN > none\" \"\"\n \"\" \"\"\n"
	got := ""
	c := New(Options{})
	err := c.Run(w.next(), func(*table.Packets) error { return nil }, func(b *table.Connections) error {
		for i := range b.N {
			got += fmt.Sprintf("%s %q %q\n", schemas.TamperStage(b.TamperStage.Codes[i]), b.TamperSignatureOrig.Value(i), b.TamperSignatureResp.Value(i))
		}
		return nil
	})
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
