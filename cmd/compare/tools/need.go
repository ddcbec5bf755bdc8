package tools

import (
	"os"
	"testing"
)

// Need returns the path of a file below .tools for a test. Without set-up the
// test is skipped, except under make test, which sets TEARDOWN_TOOLS=required so
// that nothing is left out silently.
func Need(t testing.TB, name string) string {
	t.Helper()
	path, err := Path(name)
	if err != nil {
		if os.Getenv("TEARDOWN_TOOLS") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return path
}
