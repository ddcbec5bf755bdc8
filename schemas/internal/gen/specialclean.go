package gen

import (
	"regexp"
	"slices"
)

var luaWord = regexp.MustCompile(`[A-Za-z_][A-Za-z_0-9]*`)

// clean drops what nobody reads.
func clean(list []*instruction) []*instruction {
	for {
		reads := map[string]int{}
		count(list, reads)
		changed := false
		list = drop(list, reads, &changed)
		if !changed {
			list = merge(list, reads, &changed)
		}
		if !changed {
			return list
		}
	}
}

// merge lets a name that is kept only to be copied into another at the end of a block be that other.
func merge(list []*instruction, reads map[string]int, changed *bool) []*instruction {
	for _, i := range list {
		i.then, i.otherwise = merge(i.then, reads, changed), merge(i.otherwise, reads, changed)
	}
	for at := len(list) - 1; at >= 0; at-- {
		copied := list[at]
		if copied.isIf || copied.local || copied.leaves || copied.store != "" {
			break
		}
		if luaWord.FindString(copied.text) != copied.text || reads[copied.text] != 1 {
			continue
		}
		for k := at - 1; k >= 0; k-- {
			if !list[k].local || list[k].name != copied.text {
				continue
			}
			left := slices.Concat(list[:at], list[at+1:])
			if list[k].text != "" {
				list[k].local, list[k].name = false, copied.name
			} else {
				rename(left[k+1:], copied.text, copied.name)
				left = slices.Delete(left, k, k+1)
			}
			*changed = true
			reads[copied.text]--
			return merge(left, reads, changed)
		}
	}
	return list
}

// rename changes the name that instructions assign.
func rename(list []*instruction, from, to string) {
	for _, i := range list {
		if i.name == from {
			i.name = to
		}
		rename(i.then, from, to)
		rename(i.otherwise, from, to)
	}
}

func count(list []*instruction, reads map[string]int) {
	for _, i := range list {
		for _, t := range []string{i.text, i.store} {
			for _, n := range luaWord.FindAllString(t, -1) {
				reads[n]++
			}
		}
		count(i.then, reads)
		count(i.otherwise, reads)
	}
}

func drop(list []*instruction, reads map[string]int, dropped *bool) []*instruction {
	var left []*instruction
	for _, i := range list {
		i.then, i.otherwise = drop(i.then, reads, dropped), drop(i.otherwise, reads, dropped)
		if i.isIf && len(i.then)+len(i.otherwise) == 0 || !i.isIf && i.name != "" && reads[i.name] == 0 {
			*dropped = true
			continue
		}
		left = append(left, i)
	}
	return left
}

// print writes instructions.
func (w *luaWriter) print(list []*instruction) {
	for _, i := range list {
		switch {
		case i.isIf:
			w.printIf(i, "if")
		case i.leaves:
			w.line("return %s", i.text)
		case i.store != "":
			w.line("%s = %s", i.store, i.text)
		case i.local && i.text == "":
			w.line("local %s", i.name)
		case i.local:
			w.line("local %s = %s", i.name, i.text)
		default:
			w.line("%s = %s", i.name, i.text)
		}
	}
}

func (w *luaWriter) printIf(i *instruction, word string) {
	then, otherwise, cond := i.then, i.otherwise, i.text
	if len(then) == 0 {
		then, otherwise, cond = otherwise, nil, "not ("+cond+")"
	}
	w.line("%s %s then", word, cond)
	w.indent++
	w.print(then)
	w.indent--
	if len(otherwise) == 1 && otherwise[0].isIf {
		w.printIf(otherwise[0], "elseif")
		return
	}
	if len(otherwise) > 0 {
		w.line("else")
		w.indent++
		w.print(otherwise)
		w.indent--
	}
	w.line("end")
}
