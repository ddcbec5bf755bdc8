package gen

import (
	"bytes"
	"strings"
	"testing"
)

// TestRare: a mark for rare fields moves them in Go and changes nothing in Lua, nor the hash of the rules.
func TestRare(t *testing.T) {
	const state = "schemas/state/2_connection.state"
	before, _, err := filesWith(t)
	if err != nil {
		t.Fatal(err)
	}
	after, _, err := filesWith(t, edit{state, "CloseFrame      uint32    |", "CloseFrame      uint32 rare |"})
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range []string{"lua/facts_gen.lua", "schemas/hash_gen.go", "classify/facts/rules_gen.go"} {
		if !bytes.Equal(before[same], after[same]) {
			t.Errorf("the mark changes %s", same)
		}
	}
	text := string(after["classify/facts/state_gen.go"])
	_, usual, _ := strings.Cut(text, "\ntype Connection struct {")
	usual, rare, _ := strings.Cut(usual, "\ntype ConnectionRare struct {")
	usual, _, _ = strings.Cut(usual, "\n}")
	rare, _, _ = strings.Cut(rare, "\n}")
	if strings.Contains(usual, "\tCloseFrame") || !strings.Contains(rare, "\tCloseFrame") || !strings.Contains(usual, "\t*ConnectionRare") {
		t.Errorf("Connection is {%s\n}, ConnectionRare {%s\n}", usual, rare)
	}
}
