package raretest

import (
	"fmt"
	"os"
	"testing"

	"github.com/pcap-teardown/teardown/classify/rare"
)

// Main runs the tests of a package and ends the process: with status 1, too, if one of them wrote to the rare fields
// that connections share.
func Main(m *testing.M) {
	code := m.Run()
	if !rare.Intact() {
		fmt.Fprintln(os.Stderr, "somebody wrote to the rare fields that connections share")
		code = 1
	}
	os.Exit(code)
}
