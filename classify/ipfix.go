package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
)

// Values of flowEndReason (RFC 5102 5.11.3, information element 136). There is no active
// timeout (2) here.
const (
	flowIdle      = 1 // silent for longer than the limit
	flowEnded     = 3 // its end was seen, or the beginning of its successor
	flowForced    = 4 // the capture ended
	flowResources = 5 // the limit on connections was reached
)

// flowEndReason returns why the record of a connection was finished; c is nil for other
// protocols than TCP.
func flowEndReason(c *facts.Connection, reason schemas.Finish) int32 {
	if c != nil && c.Ended {
		return flowEnded
	}
	switch reason {
	case schemas.FinishIdle:
		return flowIdle
	case schemas.FinishEvicted:
		return flowResources
	case schemas.FinishCaptureEnd:
		return flowForced
	}
	return flowEnded
}
