package differential

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/classify/facts"
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
	case reflect.Pointer:
		return digest(h, v.Elem())
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
			if f := v.Type().Field(i); f.Anonymous { // rare fields; for Lua they are as others
				lines = dump(lines, name, v.Field(i).Elem())
			} else {
				lines = dump(lines, join(name, f.Name), v.Field(i))
			}
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
	b.WriteString(walkArrays)
	done := map[reflect.Type]bool{}
	luaWalker(&b, reflect.TypeOf(Record{}), done)
	fmt.Fprintf(&b, `return function(f)
position = f.position
return {
  digest = function(r) return digestRecord(0, r) end,
  dump = function(r) dumpRecord("", r) end,
  established = %d, transitory = %d, lookahead = %d, superseded = %d, idle_over = %d, lookahead_over = %d,
}
end
`, established, transitory, lookahead, schemas.FinishSuperseded, schemas.FinishIdle, schemas.FinishLookahead)
	return b.String()
}

// walkArrays does the same for the memory of a connection, which is an array: order has the
// positions of its values in the order of Go, negative for those of the array of what is rare.
const walkArrays = `local position
local function b2i(v) if v then return 1 end return 0 end
local function value(v)
  if v == true then return 1 end
  return v or 0
end
local function valueAt(r, at, record)
  if at < 0 then return value(r[position[record].Rare][-at]) end
  return value(r[at])
end
local function digestArray(h, r, order)
  for i = 1, #order do h = (h * 4093 + valueAt(r, order[i], order.record)) % 2147483647 end
  return h
end
local function positions(record, names)
  local all = { record = record }
  for i = 1, #names do
    all[i] = position[record][names[i]] or -assert(position[record .. "Rare"], names[i])[names[i]]
  end
  return all
end
local function dumpArray(name, r, names, order)
  for i = 1, #order do io.write(name, names[i], " ", string.format("%.0f", valueAt(r, order[i], order.record)), "\n") end
end
`

// memory are the records that are arrays in Lua.
var memory = map[reflect.Type]bool{reflect.TypeOf(facts.Connection{}): true, reflect.TypeOf(facts.Direction{}): true,
	reflect.TypeOf(facts.Host{}): true, reflect.TypeOf(facts.Service{}): true, reflect.TypeOf(facts.Pair{}): true}

// arrayWalker writes the functions of a record that is an array.
func arrayWalker(b *strings.Builder, t reflect.Type) {
	var names, inner []string
	var collect func(prefix string, t reflect.Type)
	collect = func(prefix string, t reflect.Type) {
		eachField(t, func(name string, f reflect.Type) {
			switch {
			case memory[f]:
				inner = append(inner, prefix+name)
			case f.Kind() == reflect.Struct:
				collect(prefix+name+".", f)
			default:
				names = append(names, prefix+name)
			}
		})
	}
	collect("", t)
	fmt.Fprintf(b, "local names%s, order%s = {%s}, nil\n", t.Name(), t.Name(), quoted(names))
	fmt.Fprintf(b, "local function digest%s(h, r)\n  order%s = order%s or positions(%q, names%s)\n  h = digestArray(h, r, order%s)\n",
		t.Name(), t.Name(), t.Name(), t.Name(), t.Name(), t.Name())
	for _, name := range inner {
		fmt.Fprintf(b, "  h = digestDirection(h, r[position.%s[%q]])\n", t.Name(), name)
	}
	fmt.Fprintf(b, "  return h\nend\nlocal function dump%s(name, r)\n  dumpArray(name, r, names%s, positions(%q, names%s))\n", t.Name(), t.Name(), t.Name(), t.Name())
	for _, name := range inner {
		fmt.Fprintf(b, "  dumpDirection(name .. %q, r[position.%s[%q]])\n", name+".", t.Name(), name)
	}
	b.WriteString("end\n")
}

func quoted(names []string) string {
	var all []string
	for _, n := range names {
		all = append(all, strconv.Quote(n))
	}
	return strings.Join(all, ", ")
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
		if f.Kind() == reflect.Pointer { // its fields are t's
			continue
		}
		if f.Kind() == reflect.Struct {
			luaWalker(b, f, done)
		}
	}
	if memory[t] {
		arrayWalker(b, t)
		return
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

// eachField calls f for the fields of a record, for those of an array once per element. Rare fields are
// where the pointer to them is.
func eachField(t reflect.Type, f func(name string, t reflect.Type)) {
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		if field.Anonymous {
			eachField(field.Type.Elem(), f)
			continue
		}
		if field.Type.Kind() != reflect.Array {
			f(field.Name, field.Type)
			continue
		}
		for n := 0; n < field.Type.Len(); n++ {
			f(fmt.Sprintf("%s[%d]", field.Name, n), field.Type.Elem())
		}
	}
}
