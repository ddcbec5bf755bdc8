package gen

import (
	"regexp"
	"strings"
)

// What shareOnce looks for: how far a number lies ahead of another, and the low bits of a field of the segment.
var remainder = regexp.MustCompile(`\(\w+ - \w+\) % 4294967296|\bs_\w+ % 4294967296`)

// shareOnce gives a remainder that is computed more than once a name, since it takes a division. The name stands before the
// first place that wants it, outside of branches where more than one of them does. params are names of the function.
func shareOnce(list []*instruction, params []string) []*instruction {
	constant := map[string]bool{}
	for _, n := range params {
		constant[n] = true
	}
	findConstants(list, constant)
	for {
		text := repeated(list, constant)
		if text == "" {
			return list
		}
		list = share(list, text, "n_"+strings.Trim(notWord.ReplaceAllString(strings.TrimSuffix(text, " % 4294967296"), "_"), "_"))
	}
}

var notWord = regexp.MustCompile(`\W+`)

// findConstants finds the names that are assigned once, where they are declared: what is computed from them stays.
func findConstants(list []*instruction, constant map[string]bool) {
	for _, i := range list {
		if !i.isIf && i.name != "" {
			_, again := constant[i.name]
			constant[i.name] = i.local && i.text != "" && !again
		}
		findConstants(i.then, constant)
		findConstants(i.otherwise, constant)
	}
}

// repeated returns the first remainder of constants that is computed more than once.
func repeated(list []*instruction, constant map[string]bool) string {
	var order []string
	times := map[string]int{}
	var walk func([]*instruction)
	walk = func(list []*instruction) {
		for _, i := range list {
			for _, t := range []string{i.text, i.store} {
				for _, r := range remainder.FindAllString(t, -1) {
					if times[r]++; times[r] == 1 {
						order = append(order, r)
					}
				}
			}
			walk(i.then)
			walk(i.otherwise)
		}
	}
	walk(list)
	for _, r := range order {
		known := times[r] > 1
		for _, name := range luaWord.FindAllString(r, -1) {
			known = known && constant[name]
		}
		if known {
			return r
		}
	}
	return ""
}

// share writes name for text, and what it is before the first place.
func share(list []*instruction, text, name string) []*instruction {
	var at []int
	for k, i := range list {
		if has([]*instruction{i}, text) {
			at = append(at, k)
		}
	}
	if i := list[at[0]]; len(at) == 1 && !strings.Contains(i.text+"\n"+i.store, text) {
		switch inThen, inElse := has(i.then, text), has(i.otherwise, text); {
		case inThen && !inElse:
			i.then = share(i.then, text, name)
			return list
		case inElse && !inThen:
			i.otherwise = share(i.otherwise, text, name)
			return list
		}
	}
	replaceAll(list, text, name)
	first := &instruction{local: true, name: name, text: text}
	return append(list[:at[0]:at[0]], append([]*instruction{first}, list[at[0]:]...)...)
}

// has reports whether text stands somewhere in the instructions.
func has(list []*instruction, text string) bool {
	for _, i := range list {
		if strings.Contains(i.text, text) || strings.Contains(i.store, text) || has(i.then, text) || has(i.otherwise, text) {
			return true
		}
	}
	return false
}

func replaceAll(list []*instruction, text, name string) {
	for _, i := range list {
		i.text, i.store = strings.ReplaceAll(i.text, text, name), strings.ReplaceAll(i.store, text, name)
		replaceAll(i.then, text, name)
		replaceAll(i.otherwise, text, name)
	}
}
