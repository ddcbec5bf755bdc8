package differential

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
)

// The digest of a record folds its numbers in the order of the fields: h = (h*factor + n) mod
// modulus. With numbers below 2^50 every step is exact in doubles too.
const (
	factor  = 4093
	modulus = 2147483647
)

// Digest is the digest of the record.
func Digest(r *Record) int64 { return digest(0, reflect.ValueOf(r).Elem()) }

func digest(h int64, v reflect.Value) int64 {
	switch v.Kind() {
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			h = digest(h, v.Field(i))
		}
		return h
	case reflect.Array:
		for i := 0; i < v.Len(); i++ {
			h = digest(h, v.Index(i))
		}
		return h
	}
	h = (h*factor + number(v)) % modulus
	if h < 0 {
		h += modulus
	}
	return h
}

// number is the value of a field as Lua holds it, bools as 0 and 1.
func number(v reflect.Value) int64 {
	switch {
	case v.Kind() == reflect.Bool:
		return bit(v.Bool())
	case v.CanInt():
		return v.Int()
	}
	return int64(v.Uint())
}

// Dump writes every value of the record with its name, one per line.
func Dump(r *Record) []string { return dump(nil, "", reflect.ValueOf(r).Elem()) }

func dump(lines []string, name string, v reflect.Value) []string {
	switch v.Kind() {
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			lines = dump(lines, join(name, v.Type().Field(i).Name), v.Field(i))
		}
		return lines
	case reflect.Array:
		for i := 0; i < v.Len(); i++ {
			lines = dump(lines, fmt.Sprintf("%s[%d]", name, i), v.Index(i))
		}
		return lines
	}
	return append(lines, fmt.Sprintf("%s %d", name, number(v)))
}

func join(name, field string) string {
	if name == "" {
		return field
	}
	return name + "." + field
}

// walkersLua writes the same two functions for Lua, field by field, and the constants of Model.
func walkersLua() string {
	var b strings.Builder
	b.WriteString("local function b2i(v) if v then return 1 end return 0 end\n")
	done := map[reflect.Type]bool{}
	luaWalker(&b, reflect.TypeOf(Record{}), done)
	fmt.Fprintf(&b, `return {
  digest = function(r) return digestRecord(0, r) end,
  dump = function(r) dumpRecord("", r) end,
  established = %d, transitory = %d, lookahead = %d, superseded = %d, idle_over = %d, lookahead_over = %d,
}
`, established, transitory, lookahead, schemas.FinishSuperseded, schemas.FinishIdle, schemas.FinishLookahead)
	return b.String()
}

// luaWalker writes the functions of a record after those of the records in it.
func luaWalker(b *strings.Builder, t reflect.Type, done map[reflect.Type]bool) {
	if done[t] {
		return
	}
	done[t] = true
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i).Type
		if f.Kind() == reflect.Array {
			f = f.Elem()
		}
		if f.Kind() == reflect.Struct {
			luaWalker(b, f, done)
		}
	}
	fmt.Fprintf(b, "local function digest%s(h, r)\n", t.Name())
	eachField(t, func(name string, f reflect.Type) {
		switch f.Kind() {
		case reflect.Struct:
			fmt.Fprintf(b, "  h = digest%s(h, r.%s)\n", f.Name(), name)
		case reflect.Bool:
			fmt.Fprintf(b, "  h = (h * %d + b2i(r.%s)) %% %d\n", factor, name, modulus)
		default:
			fmt.Fprintf(b, "  h = (h * %d + r.%s) %% %d\n", factor, name, modulus)
		}
	})
	fmt.Fprintf(b, "  return h\nend\nlocal function dump%s(name, r)\n", t.Name())
	eachField(t, func(name string, f reflect.Type) {
		switch f.Kind() {
		case reflect.Struct:
			fmt.Fprintf(b, "  dump%s(name .. %q, r.%s)\n", f.Name(), name+".", name)
		case reflect.Bool:
			fmt.Fprintf(b, "  io.write(name, %q, b2i(r.%s), \"\\n\")\n", name+" ", name)
		default:
			fmt.Fprintf(b, "  io.write(name, %q, string.format(\"%%.0f\", r.%s), \"\\n\")\n", name+" ", name)
		}
	})
	b.WriteString("end\n")
}

// eachField calls f for the fields of a record, for those of an array once per element.
func eachField(t reflect.Type, f func(name string, t reflect.Type)) {
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		if field.Type.Kind() != reflect.Array {
			f(field.Name, field.Type)
			continue
		}
		for n := 0; n < field.Type.Len(); n++ {
			f(fmt.Sprintf("%s[%d]", field.Name, n), field.Type.Elem())
		}
	}
}
