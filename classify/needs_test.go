package classify

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/rare"
	"github.com/pcap-teardown/teardown/schemas"
)

// TestNeedsKnown holds that no rule asks for what is known of hosts and services where NeedsKnown says
// that none does, whatever else is the case; and that it is of use where it says that one may.
func TestNeedsKnown(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	tried, useful := map[schemas.Teardown]int{}, map[schemas.Teardown]bool{}
	var nothing facts.Known
	for n := range 60000 {
		var c facts.Connection
		var f facts.Finish
		var e facts.Ending
		var k facts.Known
		fill := filler{rng, 1 << (1 + n%4)}
		for _, record := range []any{&c, &f, &k} {
			fill.value(reflect.ValueOf(record).Elem())
		}
		c.Rst.From, c.Rst.Seen = uint8(n%2), n%16 == 0
		facts.Finished(&c, &f, &e)
		var a, b facts.Why
		facts.Explain(&c, &f, &e, &k, &a)
		facts.Explain(&c, &f, &e, &nothing, &b)
		same := sameWhy(&a, &b)
		tried[e.Teardown]++
		if needs := facts.NeedsKnown(&c, &e); !needs && !same {
			t.Fatalf("%s: with what is known %+v, without %+v", schemas.TeardownWords.Text[e.Teardown], a, b)
		} else if needs && !same {
			useful[e.Teardown] = true
		}
	}
	var blank facts.Connection
	new(rare.Lender).Blank(&blank)
	for teardown, text := range schemas.TeardownWords.Text {
		e := facts.Ending{Teardown: schemas.Teardown(teardown)}
		if tried[e.Teardown] > 0 && facts.NeedsKnown(&blank, &e) && !useful[e.Teardown] {
			t.Errorf("%s: what is known made no difference in %d cases", text, tried[e.Teardown])
		}
	}
	if len(tried) < 25 {
		t.Errorf("connections ended in %d ways only", len(tried))
	}
}

func sameWhy(a, b *facts.Why) bool {
	v, w := *a, *b
	if !slices.Equal(v.Alternatives[:v.Count], w.Alternatives[:w.Count]) || !slices.Equal(v.Evidence.Ids[:v.Evidence.Count], w.Evidence.Ids[:w.Evidence.Count]) {
		return false
	}
	v.Alternatives, v.Evidence.Ids = w.Alternatives, w.Evidence.Ids
	return v == w
}

// A filler fills records with numbers of all sizes, and with conditions of which one of rare holds.
type filler struct {
	rng  *rand.Rand
	rare int
}

func (f filler) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f.value(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			f.value(v.Index(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.value(v.Elem())
	case reflect.Bool:
		v.SetBool(f.rng.IntN(f.rare) == 0)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(f.rng.Uint64() >> (f.rng.IntN(63) + 1))
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(f.rng.Int64() >> f.rng.IntN(63))
	default:
		panic(v.Kind())
	}
}
