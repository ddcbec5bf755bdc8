package tools

import (
	"context"
	"fmt"
	"os/exec"
)

// TouchMemory lets another process write to so many bytes of memory and end, for the program that is measured next. It
// does nothing where dd cannot be run.
//
// A virtual machine's host may take memory back that nobody uses (free page reporting). Who gets it next waits for the
// host at each first touch. That would be the host's time, told as the program's, and depend on what ran before.
//
// It is another process, because the peak memory of a program counts from the process that started it.
func TouchMemory(ctx context.Context, bytes int) {
	_ = exec.CommandContext(ctx, "dd", "if=/dev/zero", "of=/dev/null", "count=1", fmt.Sprintf("bs=%d", bytes)).Run()
}
