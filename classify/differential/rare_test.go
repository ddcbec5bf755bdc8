package differential

import (
	"fmt"
	"os"
	"testing"

	"github.com/pcap-teardown/teardown/classify/rare"
)

// TestMain runs the tests, and holds that none of them writes to what connections share.
func TestMain(m *testing.M) {
	code := m.Run()
	if !rare.Intact() {
		fmt.Fprintln(os.Stderr, "somebody wrote to the rare fields that connections share")
		code = 1
	}
	os.Exit(code)
}
