package schemas

// What evidence speaks for is the first letter of its word: rules/origin.rules gives those of T and E,
// rules/support.rules those of C and L.
const (
	EvidenceForThirdParty = 'T' // a device in between sent the reset
	EvidenceForEndpoint   = 'E' // an endpoint sent it
	EvidenceForCause      = 'C' // what the cause rests on
	EvidenceLacking       = 'L' // what the capture lacks
)

// EvidenceFor returns what the word speaks for, or 0 where the list evidence does not have it.
func EvidenceFor(word string) byte {
	if EvidenceWords.Number(word) == 0 || word == "" {
		return 0
	}
	return word[0]
}
