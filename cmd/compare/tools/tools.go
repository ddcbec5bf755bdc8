package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Root returns the folder of go.mod at or above the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("tools: no go.mod at or above the working directory: run this in the repository")
		}
		dir = parent
	}
}

// Path returns the absolute path of a file below .tools, such as
// "venv/bin/python", or an error that says how to get it.
func Path(name string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, ".tools", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("tools: %w: run make setup", err)
	}
	return path, nil
}

// Teardown returns the converter to compare: the given path, or a fresh build
// in dir where it is empty.
func Teardown(ctx context.Context, path, dir string) (string, error) {
	if path != "" {
		return filepath.Abs(path)
	}
	return Build(ctx, "teardown", dir)
}

// Build builds a program of the folder cmd in dir and returns its path.
func Build(ctx context.Context, name, dir string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "./cmd/"+name)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("tools: go build ./cmd/%s: %w\n%s", name, err, out)
	}
	return path, nil
}

// Prepare makes a folder for what a comparison writes, and the converter that it runs: the one
// named, or a fresh build where the name is empty.
func Prepare(ctx context.Context, comparison string, teardown *string) (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp("", "compare-"+comparison+"-"); err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	if *teardown, err = Teardown(ctx, *teardown, dir); err != nil {
		remove()
		return "", nil, err
	}
	return dir, remove, nil
}

// An Outcome is what a program left behind.
type Outcome struct {
	Status int    // exit status; -1 if a signal ended it
	Stderr string // its messages
}

// Run runs a program and waits. A program that ran and failed is not an error:
// the outcome says so.
func Run(ctx context.Context, name string, args ...string) (Outcome, error) {
	_, done, err := Output(ctx, exec.CommandContext(ctx, name, args...))
	return done, err
}

// Output is Run for a command of this context, and returns what it printed.
func Output(ctx context.Context, cmd *exec.Cmd) ([]byte, Outcome, error) {
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, Outcome{}, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, Outcome{}, fmt.Errorf("tools: %w: run make setup", err)
	}
	return out, Outcome{cmd.ProcessState.ExitCode(), messages.String()}, nil
}
