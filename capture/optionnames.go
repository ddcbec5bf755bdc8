package capture

import "strconv"

// optionNames are the names of option kinds in the column tcp_options (IANA tcp-parameters);
// kinds without a name are written as their number.
var optionNames = map[uint8]string{
	0: "EOL", 1: "NOP", 2: "MSS", 3: "WS",
	4:  "SACK",        // SACK permitted (RFC 2018)
	5:  "SACK_BLOCKS", // RFC 2018
	6:  "ECHO",        // RFC 1072
	7:  "ECHO_REPLY",
	8:  "TS",      // RFC 7323
	9:  "POC",     // partial order connection permitted (RFC 1693)
	10: "POC_SP",  // partial order service profile
	11: "CC",      // T/TCP (RFC 1644)
	12: "CC_NEW",  // likewise
	13: "CC_ECHO", // likewise
	14: "ALT_SUM", // alternate checksum request (RFC 1146)
	15: "ALT_SUM_DATA",
	19: "MD5", // RFC 2385
	20: "SCPS",
	21: "SNACK", // selective negative acknowledgments
	27: "QS",    // quick-start response (RFC 4782)
	28: "UTO",   // user timeout (RFC 5482)
	29: "AO",    // authentication (RFC 5925)
	30: "MPTCP", // RFC 8684
	34: "TFO",   // fast open cookie (RFC 7413)
	69: "ENO",   // encryption negotiation (RFC 8547)
	76: "RVBD_PROBE",
	78: "RVBD_TRPY", // Riverbed transparency

	172: "ACCECN0", // RFC 9768
	174: "ACCECN1",
	253: "EXP1", // RFC 4727
	254: "EXP2",
}

// optionText returns the value of the column for a sequence of kinds.
func optionText(kinds []byte) string {
	var out []byte
	for i, k := range kinds {
		if i > 0 {
			out = append(out, ',')
		}
		if name := optionNames[k]; name != "" {
			out = append(out, name...)
		} else {
			out = strconv.AppendUint(out, uint64(k), 10)
		}
	}
	return string(out)
}
