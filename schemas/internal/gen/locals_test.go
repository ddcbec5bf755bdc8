package gen

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// TestCheckLocals: what Lua does not load for too many local names is found before, and nothing else.
func TestCheckLocals(t *testing.T) {
	locals := func(n int, indent string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%slocal v%d = 0\n", indent, i)
		}
		return b.String()
	}
	for _, c := range []struct{ lua, want string }{
		{locals(200, ""), ""},
		{locals(201, ""), `outside of functions: 201 local names at "local v200 = 0"`},
		{locals(100, "") + "function F(a, b)\n" + locals(198, "  ") + "end\n" + locals(100, ""), ""},
		{"local F = {}\nfunction F.big(a, b)\n" + locals(199, "  ") + "end\n", `F.big: 201 local names`},
		{"if F then\n" + locals(150, "  ") + "else\n" + locals(150, "  ") + "end\n" + locals(150, ""), ""},
		{"function F(a)\n" + locals(150, "  ") + "  if a then\n" + locals(49, "    ") + "  end\n" + locals(49, "  ") + "end\n", ""},
		{"function F(a)\n" + locals(150, "  ") + "  if a then\n    local x, y\n" + locals(48, "    ") + "  end\nend\n", `F: 201 local names`},
	} {
		err := checkLocals(c.lua)
		if got := fmt.Sprint(err); (err == nil) != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%.60q: %v, want %q", c.lua, err, c.want)
		}
		cmd := exec.Command("lua5.2", "-e", "F = nil", "-")
		cmd.Stdin = strings.NewReader(c.lua)
		out, luaErr := cmd.CombinedOutput()
		if (luaErr == nil) != (err == nil) {
			t.Errorf("%.60q: Lua says %q, checkLocals %v", c.lua, out, err)
		}
	}
}
