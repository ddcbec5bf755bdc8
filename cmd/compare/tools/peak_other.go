//go:build !unix

package tools

import "os"

// peak returns 0: Go does not tell the peak memory of a process here.
func peak(*os.ProcessState) int64 { return 0 }
