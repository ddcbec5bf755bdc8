package filter

import (
	"fmt"
	"strings"
)

// An Error says which word of a filter is wrong.
type Error struct {
	Word     string // empty at the end of the filter
	Position int    // of the word, characters from 1
	What     string
}

func (e *Error) Error() string {
	if e.Word == "" {
		return fmt.Sprintf("position %d, at the end: %s", e.Position, e.What)
	}
	return fmt.Sprintf("position %d, %q: %s", e.Position, e.Word, e.What)
}

// A token is a word or an operator. The last one of a filter is empty.
type token struct {
	text string
	at   int // position, characters from 1
}

// operators are longest first.
var operators = []string{"&&", "||", "==", "!=", "<=", ">=", "(", ")", "[", "]", "!", "&", "|", "=", "<", ">"}

// isWord reports whether a character belongs to words, numbers and addresses.
func isWord(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._:/-", c)
}

// split cuts a filter into tokens.
func split(text string) ([]token, error) {
	var out []token
	chars := []rune(text)
	for i := 0; i < len(chars); {
		if c := chars[i]; c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			i++
			continue
		}
		start := i
		for i < len(chars) && isWord(chars[i]) {
			i++
		}
		if i == start {
			op := ""
			for _, o := range operators {
				if strings.HasPrefix(string(chars[i:min(i+2, len(chars))]), o) {
					op = o
					break
				}
			}
			if op == "" {
				return nil, &Error{string(chars[i]), i + 1, "this character is not understood"}
			}
			i += len(op)
		}
		out = append(out, token{string(chars[start:i]), start + 1})
	}
	return append(out, token{"", len(chars) + 1}), nil
}
