package differential

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed driver.lua
var driver string

// Interpreters are the commands of the Lua versions that Wireshark has had, as Debian names
// them: doubles only (5.2), integers and doubles (5.3, 5.4).
var Interpreters = []string{"lua5.2", "lua5.3", "lua5.4"}

// A Lua is a running interpreter with the classification.
type Lua struct {
	cmd    *exec.Cmd
	in     *bufio.Writer
	pipe   io.Closer
	out    *bufio.Reader
	errors bytes.Buffer
	buf    []byte
}

// Start runs the interpreter on the translation in the file factsLua. dumpAfter is the number
// of the command after which it dumps the record and ends; 0: it answers every command with a
// digest. dir is a folder for its scripts.
func Start(interpreter, factsLua, dir string, dumpAfter int64) (*Lua, error) {
	path, err := exec.LookPath(interpreter)
	if err != nil {
		return nil, fmt.Errorf("differential: %s is not installed; run make setup, or apt-get install %s: %w", interpreter, interpreter, err)
	}
	script, walkers := filepath.Join(dir, "driver.lua"), filepath.Join(dir, "walkers.lua")
	if err := os.WriteFile(script, []byte(driver), 0o644); err != nil {
		return nil, err
	}
	if err := os.WriteFile(walkers, []byte(walkersLua()), 0o644); err != nil {
		return nil, err
	}
	l := &Lua{cmd: exec.Command(path, script, factsLua, walkers, strconv.FormatInt(dumpAfter, 10))}
	l.cmd.Stderr = &l.errors
	in, err := l.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	l.in, l.pipe, l.out = bufio.NewWriterSize(in, 1<<16), in, bufio.NewReaderSize(out, 1<<16)
	return l, l.cmd.Start()
}

// Send hands a command over.
func (l *Lua) Send(c *Command) error {
	l.buf = c.appendLine(l.buf[:0])
	_, err := l.in.Write(l.buf)
	return err
}

// Reset makes the interpreter forget everything and answer all that it was sent.
func (l *Lua) Reset() error {
	if err := l.Send(&Command{Op: opReset}); err != nil {
		return err
	}
	return l.in.Flush()
}

// CloseInput tells the interpreter that no command follows.
func (l *Lua) CloseInput() error {
	err := l.in.Flush()
	if e := l.pipe.Close(); err == nil {
		err = e
	}
	return err
}

// Digest reads the answer to the next command.
func (l *Lua) Digest() (int64, error) {
	line, err := l.out.ReadSlice('\n')
	if err != nil {
		return 0, l.end(err)
	}
	return strconv.ParseInt(string(line[:len(line)-1]), 10, 64)
}

// Dump reads the lines of a record until the interpreter ends.
func (l *Lua) Dump() ([]string, error) {
	all, err := io.ReadAll(l.out)
	if err == nil && len(all) == 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, l.end(err)
	}
	return strings.Split(strings.TrimSuffix(string(all), "\n"), "\n"), nil
}

// end says why there is no answer: what Lua wrote to its standard error, if anything.
func (l *Lua) end(err error) error {
	l.cmd.Wait()
	if l.errors.Len() > 0 {
		return fmt.Errorf("differential: %s", strings.TrimSpace(l.errors.String()))
	}
	return fmt.Errorf("differential: %s ended early: %w", l.cmd.Path, err)
}

// Stop ends the interpreter.
func (l *Lua) Stop() {
	l.pipe.Close()
	l.cmd.Process.Kill()
	l.cmd.Wait()
}
