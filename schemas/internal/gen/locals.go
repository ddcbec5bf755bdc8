package gen

import (
	"fmt"
	"regexp"
	"strings"
)

// maxLocals is how many local names Lua has room for at one place of a function (lparser.c, MAXVARS).
const maxLocals = 200

var (
	localNames     = regexp.MustCompile(`^local ([\w, ]+)`)
	localFunction  = regexp.MustCompile(`^local function (\w+)`)
	functionParams = regexp.MustCompile(`^(?:local )?function ([\w.]+)\(([^)]*)\)`)
)

// checkLocals fails where a function of the translation, or the file outside of them, has more local names at
// one place than Lua takes. It counts by the indentation that the translation is written with.
func checkLocals(lua string) error {
	const outside = "outside of functions"
	function := outside
	var file, inFunction []int // indentation of each name that can be seen
	for _, line := range strings.Split(lua, "\n") {
		text := strings.TrimLeft(line, " ")
		if text == "" || strings.HasPrefix(text, "--") {
			continue
		}
		indent := len(line) - len(text)
		for n := len(inFunction); n > 0 && inFunction[n-1] > indent; n-- {
			inFunction = inFunction[:n-1]
		}
		names := &inFunction
		if indent == 0 {
			function, names, inFunction = outside, &file, nil
		}
		if localFunction.MatchString(text) {
			*names = append(*names, indent)
		} else if m := localNames.FindStringSubmatch(text); m != nil {
			for range strings.Split(m[1], ",") {
				*names = append(*names, indent)
			}
		}
		if n := len(*names); n > maxLocals {
			return fmt.Errorf("lua/facts_gen.lua: %s: %d local names at %q, Lua has room for %d: divide the function, or make names fields of a table", function, n, text, maxLocals)
		}
		if m := functionParams.FindStringSubmatch(text); m != nil {
			function = m[1]
			for _, p := range strings.Split(m[2], ",") {
				if p != "" {
					inFunction = append(inFunction, indent+1)
				}
			}
		}
	}
	return nil
}
