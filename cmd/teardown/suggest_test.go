package main

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"src_ip", "src_port", "dst_ip", "ts", "cause"}
	for word, want := range map[string]string{
		"srcip": "src_ip", "SRC_IP": "src_ip", "src_prot": "src_port", "dest_ip": "dst_ip", "causes": "cause", "cuase": "cause",
		"t": "", "": "", "source": "", "src_iüp": "src_ip",
	} {
		if got := nearest(word, words); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
