package scenario

import (
	"testing"

	"github.com/pcap-teardown/teardown/classify/rare/raretest"
)

// TestMain holds, too, that no test writes to what connections share.
func TestMain(m *testing.M) { raretest.Main(m) }
