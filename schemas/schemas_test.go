package schemas_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/internal/gen"
)

// TestGenerated fails where a committed generated file is not what the sources say.
func TestGenerated(t *testing.T) {
	files, err := gen.All("..")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not current: run go generate ./schemas", path)
		}
	}
}

// TestEvidenceFor holds that every word of evidence says what it speaks for.
func TestEvidenceFor(t *testing.T) {
	for _, word := range schemas.EvidenceWords.Text[1:] {
		switch schemas.EvidenceFor(word) {
		case schemas.EvidenceForThirdParty, schemas.EvidenceForEndpoint, schemas.EvidenceForCause, schemas.EvidenceLacking:
		default:
			t.Errorf("%s speaks for nothing", word)
		}
	}
	if schemas.EvidenceFor("T_NOTHING") != 0 || schemas.EvidenceFor("") != 0 {
		t.Error("words that are none speak for something")
	}
}
