package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// A console writes messages and, below them, one line that is drawn again and again.
// Its methods may be called from any goroutine.
type console struct {
	mu    sync.Mutex
	out   io.Writer
	file  *os.File // the terminal, or nil
	line  string   // what stands in the line now
	width int      // columns of the terminal, 0 where there is none
}

// newConsole returns a console on the file; it draws lines only on a terminal.
func newConsole(f *os.File) *console {
	c := &console{out: f}
	if width, ok := terminalWidth(f); ok {
		c.file, c.width = f, width
	}
	return c
}

func (c *console) terminal() bool { return c.file != nil }

// Write writes text; it makes the console usable where an io.Writer is wanted.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	n, err := c.out.Write(p)
	c.restore()
	return n, err
}

// message writes one or more whole lines.
func (c *console) message(text string) {
	fmt.Fprintln(c, strings.TrimRight(text, "\n"))
}

// draw replaces the line; the empty string removes it.
func (c *console) draw(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if width, ok := terminalWidth(c.file); ok {
		c.width = width
	}
	if r := []rune(line); c.width > 1 && len(r) > c.width-1 {
		line = string(r[:c.width-1]) // a wrapped line could not be erased
	}
	c.erase()
	c.line = line
	c.restore()
}

func (c *console) erase() {
	if c.line != "" {
		io.WriteString(c.out, "\r\x1b[K")
	}
}

func (c *console) restore() {
	if c.line != "" {
		io.WriteString(c.out, c.line)
	}
}
