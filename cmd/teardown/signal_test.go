//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pcap-teardown/teardown/cmd/capgen/mix"
	"github.com/pcap-teardown/teardown/export"
)

var signals = map[string]os.Signal{"SIGINT": os.Interrupt, "SIGTERM": syscall.SIGTERM, "SIGHUP": syscall.SIGHUP}

// interrupted runs teardown with a capture without end on stdin, sends a signal when some
// of it was read, and wants exit status 130.
func interrupted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: interrupted SIGNAL ARG...")
	}
	const enough = 4 << 20 // bytes, many times what a pipe holds
	signalled(ts, args[0], args[1:], func(w, _ *os.File) {
		taken := make(chan bool)
		go func() {
			m, _ := mix.Lookup("small")
			mix.Write(&announcer{w, enough, taken}, m, 1<<40, 1) // ends when the reader goes away
		}()
		<-taken
	})
}

// waiting is the same where nothing comes after the bytes of a file.
func waiting(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: waiting SIGNAL FILE ARG...")
	}
	data := ts.ReadFile(args[1])
	signalled(ts, args[0], args[2:], func(w, r *os.File) {
		_, err := io.WriteString(w, data)
		ts.Check(err)
		for {
			left, err := unread(int(r.Fd()))
			ts.Check(err)
			if left == 0 {
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
}

// An announcer passes bytes on and tells once when it has passed on enough.
type announcer struct {
	w     io.Writer
	left  int
	taken chan bool
}

func (a *announcer) Write(b []byte) (int, error) {
	n, err := a.w.Write(b)
	if a.left > 0 && a.left <= n {
		close(a.taken)
	}
	a.left -= n
	return n, err
}

// signalled runs teardown with what feed writes on stdin, sends it a signal when feed
// returns, and wants exit status 130.
func signalled(ts *testscript.TestScript, name string, args []string, feed func(w, r *os.File)) {
	sent, ok := signals[name]
	if !ok {
		ts.Fatalf("unknown signal %s", name)
	}
	// The tests themselves may run under nohup or in a shell's background, where signals are ignored, and
	// teardown would inherit that. What this process catches, the new one gets with its default.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, sent)
	defer signal.Stop(caught)
	r, w, err := os.Pipe()
	ts.Check(err)
	defer r.Close()
	defer w.Close()
	cmd := exec.Command(program(ts, "teardown"), args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME")}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r, ts.Stdout(), ts.Stderr()
	ts.Check(cmd.Start())
	feed(w, r)
	ts.Check(cmd.Process.Signal(sent))
	checkStatus(ts, "130", cmd.Wait())
}

// TestSecondSignal wants the first signal to end the run, and the second to end the process with
// nothing left of what was being written.
func TestSecondSignal(t *testing.T) {
	dir := t.TempDir()
	f, err := export.OpenPlainFile(filepath.Join(dir, "x.parquet"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var messages bytes.Buffer
	a := &app{stderr: &console{out: &messages}}
	signals := make(chan os.Signal, 2)
	signals <- os.Interrupt
	signals <- syscall.SIGTERM
	var cause error
	status := -1
	a.obey(signals, func(err error) { cause = err }, func(s int) { status = s })
	if cause != errInterrupted || status != exitInterrupted {
		t.Errorf("cause %v, status %d", cause, status)
	}
	if want := "teardown: stopped; " + filepath.Join(dir, "x.parquet") + " was not written\n"; messages.String() != want {
		t.Errorf("said %q, want %q", messages.String(), want)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if err := f.Finish(); err == nil {
		t.Error("the file appeared after the end")
	}
}

// TestLateSignal wants a signal that comes when the output is complete to change nothing: the manifest has said already
// that nothing is missing.
func TestLateSignal(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	dir := filepath.Join(t.TempDir(), "out")
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &console{out: writes(func() { cancel(errInterrupted) })}}
	if status := a.run(ctx, []string{"convert", "../../testdata/captures/web.pcapng", "-o", dir}); status != exitDone || ctx.Err() == nil {
		t.Errorf("status %d, context %v", status, ctx.Err())
	}
	if m, err := export.ReadManifest(dir); m.Interrupted || err != nil {
		t.Errorf("interrupted %t, %v", m.Interrupted, err)
	}
}

// TestInterruptedAnswers wants no answer of a command that was stopped before it had read all.
func TestInterruptedAnswers(t *testing.T) {
	const web = "../../testdata/captures/web.pcapng"
	dir := filepath.Join(t.TempDir(), "out")
	teardown(t, "convert", web, "-o", dir)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errInterrupted)
	for _, args := range [][]string{{"explain", web}, {"verify", dir}, {"verify", dir, "--captures", web}} {
		var out, messages bytes.Buffer
		a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &console{out: &messages}}
		if status := a.run(ctx, args); status != exitInterrupted || out.Len() > 0 || !strings.HasSuffix(messages.String(), "teardown: interrupted\n") {
			t.Errorf("%q: status %d, %q, %q", args, status, out.String(), messages.String())
		}
	}
}

// A writes is called with each write; the first here is the closing summary.
type writes func()

func (w writes) Write(b []byte) (int, error) {
	w()
	return len(b), nil
}

// program returns the path of a command of the scripts.
func program(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path := filepath.Join(dir, name); exec.Command(path).Err == nil {
			return path
		}
	}
	ts.Fatalf("%s is not in PATH", name)
	return ""
}
