package differential

import (
	"fmt"
	"strings"
)

// A Difference is the first command after which Go and Lua do not agree.
type Difference struct {
	Number  int64 // of the command, from 1
	Command Command
	Go, Lua []string // the values that differ, with their names; Lua may hold an error instead
}

// String names the difference.
func (d *Difference) String() string {
	s := &d.Command.Segment
	return fmt.Sprintf("command %d (operation %d, end %d, %+v): Go has %s; Lua has %s",
		d.Number, d.Command.Op, d.Command.End, *s, strings.Join(d.Go, ", "), strings.Join(d.Lua, ", "))
}

// Compare drives both languages with n commands of the world that the seed and the bytes make.
// model collects what fired in Go.
func Compare(interpreter, factsLua, dir string, seed uint64, bytes []byte, n int64, model *Model) (*Difference, error) {
	l, err := Start(interpreter, factsLua, dir, 0)
	if err != nil {
		return nil, err
	}
	defer l.Stop()
	sent := make(chan error, 1)
	go func() {
		w := NewWorld(seed, bytes)
		for i := int64(0); i < n; i++ {
			c := w.Next()
			if err := l.Send(&c); err != nil {
				sent <- err // the reader knows more
				return
			}
		}
		sent <- l.CloseInput()
	}()
	w := NewWorld(seed, bytes)
	for i := int64(1); i <= n; i++ {
		c := w.Next()
		model.Do(&c)
		got, err := l.Digest()
		if err != nil {
			return &Difference{Number: i, Command: c, Lua: []string{err.Error()}}, nil
		}
		if got != Digest(&model.Record) {
			return name(interpreter, factsLua, dir, seed, bytes, i, c)
		}
	}
	return nil, <-sent
}

// name repeats the commands up to the difference and compares the dumps.
func name(interpreter, factsLua, dir string, seed uint64, bytes []byte, n int64, c Command) (*Difference, error) {
	d := &Difference{Number: n, Command: c}
	l, err := Start(interpreter, factsLua, dir, n)
	if err != nil {
		return d, err
	}
	defer l.Stop()
	w := NewWorld(seed, bytes)
	var model Model
	for i := int64(0); i < n; i++ {
		next := w.Next()
		model.Do(&next)
		if err := l.Send(&next); err != nil {
			break
		}
	}
	l.CloseInput()
	lua, err := l.Dump()
	if err != nil {
		d.Lua = []string{err.Error()}
		return d, nil
	}
	for i, line := range Dump(&model.Record) {
		if i >= len(lua) || lua[i] != line {
			d.Go = append(d.Go, line)
			if i < len(lua) {
				d.Lua = append(d.Lua, lua[i])
			}
		}
	}
	return d, nil
}
