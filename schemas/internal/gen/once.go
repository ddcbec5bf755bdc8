package gen

import (
	"regexp"
	"strings"
)

// sinkOnce writes values that are looked at once where that is done, which may be a branch that few segments take;
// a truth value in a name costs three instructions of Lua more than a condition. Names are assigned once, or where
// branches meet, so a value stays what it is as long as it reads no table.
func sinkOnce(list []*instruction) []*instruction {
	for changed := true; changed; {
		reads := map[string]int{}
		count(list, reads)
		changed = false
		list = sink(list, reads, &changed)
		list = clean(list)
	}
	return list
}

func sink(list []*instruction, reads map[string]int, changed *bool) []*instruction {
	for at, i := range list {
		i.then, i.otherwise = sink(i.then, reads, changed), sink(i.otherwise, reads, changed)
		if !i.local || i.isIf || i.text == "" || reads[i.name] != 1 || strings.Contains(i.text, "[") {
			continue
		}
		if replaceRead(list[at+1:], regexp.MustCompile(`\b`+i.name+`\b`), "("+i.text+")") {
			*changed = true
			reads[i.name] = 0
		}
	}
	return list
}

// replaceRead replaces the only place where a name is read.
func replaceRead(list []*instruction, name *regexp.Regexp, text string) bool {
	for _, i := range list {
		switch {
		case name.FindString(i.text) == i.text && i.text != "":
			i.text = strings.TrimSuffix(strings.TrimPrefix(text, "("), ")")
		case name.MatchString(i.text):
			i.text = name.ReplaceAllLiteralString(i.text, text)
		case name.MatchString(i.store):
			i.store = name.ReplaceAllLiteralString(i.store, text)
		case !replaceRead(i.then, name, text) && !replaceRead(i.otherwise, name, text):
			continue
		}
		return true
	}
	return false
}
