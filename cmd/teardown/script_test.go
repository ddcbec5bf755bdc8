//go:build unix

package main

import (
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pcap-teardown/teardown/cmd/capgen/mix"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"teardown":              main,
		"teardown_unprivileged": unprivileged,
		"capgen":                func() { os.Exit(generate(os.Args[1:])) },
	})
}

// TestScripts runs testdata/script. Beside the commands of testscript there are
//
//	exits STATUS PROGRAM ARG...    runs the program and wants this exit status
//	interrupted SIGNAL ARG...      runs teardown with a capture without end on stdin and sends the signal
//	waiting SIGNAL FILE ARG...     the same with FILE on stdin, and then silence
//	rows DIR PACKETS CONNECTIONS   wants a Parquet dataset with these numbers of rows
//	show PATH COLUMN...            prints columns of a Parquet file or of the parts in a folder
//	cut FILE BYTES                 shortens the file
//	poke FILE OFFSET HEX           overwrites bytes of the file
//	retype FILE NEW TYPE COLUMN... copies an Arrow stream; the columns are nulls of another type
//
// $CAPTURES is the folder of captures with a known story, $LAB that of the lab; capgen MIX PACKETS FILE makes
// larger ones.
func TestScripts(t *testing.T) {
	captures, err := filepath.Abs(filepath.Join("..", "..", "testdata", "captures"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("CAPTURES", captures)
			env.Setenv("LAB", filepath.Join(captures, "..", "lab", "captures"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":       exits,
			"interrupted": interrupted,
			"waiting":     waiting,
			"cut":         cut,
			"poke":        poke,
			"retype":      retype,
			"rows":        rows,
			"show":        show,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARG...")
	}
	checkStatus(ts, args[0], ts.Exec(args[1], args[2:]...))
}

// checkStatus compares how a process ended with the exit status that a script wants.
func checkStatus(ts *testscript.TestScript, want string, err error) {
	status := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(status) != want {
		ts.Fatalf("exit status %d, want %s", status, want)
	}
}

func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut FILE BYTES")
	}
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}

func poke(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: poke FILE OFFSET HEX")
	}
	offset, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	data, err := hex.DecodeString(args[2])
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY, 0)
	ts.Check(err)
	defer f.Close()
	_, err = f.WriteAt(data, offset)
	ts.Check(err)
}

// generate is the program capgen of the scripts.
func generate(args []string) int {
	m, err := mix.Lookup(args[0])
	if err != nil {
		return 1
	}
	m.Live = min(m.Live, 200)
	packets, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return 1
	}
	f, err := os.Create(args[2])
	if err != nil {
		return 1
	}
	defer f.Close()
	if err := mix.Write(f, m, packets, 1); err != nil {
		return 1
	}
	return 0
}
