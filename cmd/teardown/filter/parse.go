package filter

import (
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A Filter is a parsed filter.
type Filter struct{ match matcher }

// Match reports whether a row is chosen.
func (f *Filter) Match(b *table.Packets, row int) bool { return f.match(b, row) }

// maxDepth bounds parentheses and negations, which are parsed by recursion.
const maxDepth = 200

// A parser reads tokens. As in tcpdump, not binds strongest, and "and" and "or" bind alike,
// from left to right.
type parser struct {
	tokens []token
	next   int
	depth  int
	last   qualifiers // of the primitive before, which a value alone takes over
}

// Parse reads a filter. The error is an *Error.
func Parse(text string) (*Filter, error) {
	tokens, err := split(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	m, err := p.expression()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.text != "" {
		return nil, wrong(t, "and, or, or the end is expected here")
	}
	return &Filter{m}, nil
}

func wrong(t token, what string) *Error { return &Error{t.text, t.at, what} }

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.text != "" {
		p.next++
	}
	return t
}

// accept takes the next token if it is one of these.
func (p *parser) accept(texts ...string) bool {
	for _, text := range texts {
		if p.peek().text == text {
			p.next++
			return true
		}
	}
	return false
}

func (p *parser) expression() (matcher, error) {
	left, err := p.term()
	for err == nil {
		var right matcher
		switch before := left; {
		case p.accept("and", "&&"):
			if right, err = p.term(); err == nil {
				left = func(b *table.Packets, i int) bool { return before(b, i) && right(b, i) }
			}
		case p.accept("or", "||"):
			if right, err = p.term(); err == nil {
				left = func(b *table.Packets, i int) bool { return before(b, i) || right(b, i) }
			}
		default:
			return left, nil
		}
	}
	return nil, err
}

func (p *parser) term() (matcher, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, wrong(p.peek(), "too many parentheses")
	}
	defer func() { p.depth-- }()
	if p.accept("not", "!") {
		m, err := p.term()
		if err != nil {
			return nil, err
		}
		return func(b *table.Packets, i int) bool { return !m(b, i) }, nil
	}
	if p.accept("(") {
		m, err := p.expression()
		if err != nil {
			return nil, err
		}
		if !p.accept(")") {
			return nil, wrong(p.peek(), "a closing parenthesis is expected here")
		}
		return m, nil
	}
	return p.primitive()
}
