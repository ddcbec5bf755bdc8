package tools

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestInOrder: results come in their order though the first waits for the last, and an error ends it.
func TestInOrder(t *testing.T) {
	const n = 4
	last := make(chan bool)
	var got []int
	if err := InOrder(t.Context(), n, n, func(_ context.Context, i int) (int, error) {
		switch i {
		case 0:
			<-last
		case n - 1:
			close(last)
		}
		return 10 * i, nil
	}, func(result int) { got = append(got, result) }); err != nil || !slices.Equal(got, []int{0, 10, 20, 30}) {
		t.Errorf("got %v, %v", got, err)
	}
	broken := errors.New("broken")
	got = nil
	if err := InOrder(t.Context(), 2, 100, func(ctx context.Context, i int) (int, error) {
		if i == 1 {
			return 0, broken
		}
		if i > 1 {
			<-ctx.Done()
		}
		return i, nil
	}, func(result int) { got = append(got, result) }); err != broken || !slices.Equal(got, []int{0}) {
		t.Errorf("with an error: got %v, %v", got, err)
	}
}
