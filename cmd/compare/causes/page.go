package causes

import (
	"bytes"
	"fmt"
	"regexp"

	"github.com/pcap-teardown/teardown/schemas"
)

// block finds the generated parts of a page: a mark with their name, their text, the end mark.
var block = regexp.MustCompile(`(?s)(<!-- begin ([^\n]*?) -->\n).*?(<!-- end -->\n)`)

// fill writes the generated parts of a page again; text says what stands in each.
func fill(page []byte, text func(name string) ([]byte, error)) ([]byte, error) {
	var out bytes.Buffer
	at := 0
	for _, m := range block.FindAllSubmatchIndex(page, -1) {
		name := string(page[m[4]:m[5]])
		t, err := text(name)
		if err != nil {
			return nil, fmt.Errorf("causes: the block %q: %w", name, err)
		}
		out.Write(page[at:m[3]])
		out.Write(t)
		at = m[6]
	}
	if at == 0 {
		return nil, fmt.Errorf("causes: the page has no block such as <!-- begin calibration -->")
	}
	out.Write(page[at:])
	return out.Bytes(), nil
}

// evidence lists the identifiers of the evidence with their sentences, those that speak for the same.
func evidence(letter string) []byte {
	var out bytes.Buffer
	fmt.Fprint(&out, "\n| evidence | meaning |\n|---|---|\n")
	w := schemas.EvidenceWords
	for i := 1; i < len(w.Text); i++ {
		if string(schemas.EvidenceFor(w.Text[i])) == letter {
			fmt.Fprintf(&out, "| `%s` | %s |\n", w.Text[i], w.Meaning[i])
		}
	}
	return append(out.Bytes(), '\n')
}
