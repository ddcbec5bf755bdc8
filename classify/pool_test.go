package classify

import "testing"

// TestPool holds that numbers and values belong together whatever the chunk.
func TestPool(t *testing.T) {
	var p pool[int]
	for i := 1; i <= 5000; i++ {
		next := p.upcoming()
		n, v := p.get()
		if next != v && next != nil {
			t.Fatalf("number %d is not the value that was upcoming", n)
		}
		if n != uint32(i) || *v != 0 {
			t.Fatalf("number %d, want %d; value %d, want 0", n, i, *v)
		}
		*v = i
	}
	for i := 1; i <= 5000; i++ {
		if v := *p.at(uint32(i)); v != i {
			t.Fatalf("value %d of number %d", v, i)
		}
	}
	p.put(77)
	if p.upcoming() != p.at(77) {
		t.Error("77 is not upcoming")
	}
	if n, v := p.get(); n != 77 || *v != 77 {
		t.Errorf("number %d with value %d, want 77 as it was left", n, *v)
	}
}
