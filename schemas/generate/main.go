package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcap-teardown/teardown/schemas/internal/gen"
)

func main() {
	// go generate runs in the folder of the package, schemas.
	root := ".."
	files, err := gen.All(root)
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
	for path, data := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o755); err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
		if err := os.WriteFile(filepath.Join(root, path), data, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}
