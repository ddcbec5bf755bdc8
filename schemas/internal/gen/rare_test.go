package gen

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// TestRare: a mark for rare fields moves them to records of their own, in Go and in Lua, and changes no rule.
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
	if same := "classify/facts/rules_gen.go"; !bytes.Equal(before[same], after[same]) {
		t.Errorf("the mark changes %s", same)
	}
	usualStore, rareStore := regexp.MustCompile(`c\[\d+--\[\[CloseFrame\]\]\] = `), regexp.MustCompile(`setConnectionRare\(c, \d+--\[\[CloseFrame\]\], `)
	for _, c := range []struct {
		lua       []byte
		has, lack *regexp.Regexp
	}{
		{before["lua/facts_gen.lua"], usualStore, rareStore},
		{after["lua/facts_gen.lua"], rareStore, usualStore},
	} {
		if !c.has.Match(c.lua) || c.lack.Match(c.lua) {
			t.Errorf("the translation lacks %s or has %s", c.has, c.lack)
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
