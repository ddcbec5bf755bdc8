//go:build !unix

package main

import "os"

// terminalWidth knows no terminals here: progress is then shown only on demand.
func terminalWidth(*os.File) (int, bool) { return 0, false }
