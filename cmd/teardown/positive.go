package main

import (
	"errors"
	"strconv"
)

// A positive is the value of a flag that must be more than 0 where it is given; 0 stands for one that
// is not.
type positive int64

// Set takes the text of the flag.
func (p *positive) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return errors.New("too large")
	case err != nil:
		return errors.New("not a whole number")
	case n < 1:
		return errors.New("must be more than 0")
	}
	*p = positive(n)
	return nil
}

func (p *positive) String() string { return strconv.FormatInt(int64(*p), 10) }

// Type is the kind of value in the help.
func (p *positive) Type() string { return "int" }
