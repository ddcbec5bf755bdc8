package tools

import (
	"context"
	"sync"
)

// InOrder calls work for 0 to n-1, a few at a time, and take with the results in their order, from one goroutine. The
// first error of work ends it; the context of work is cancelled then.
func InOrder[T any](ctx context.Context, parallel, n int, work func(ctx context.Context, i int) (T, error), take func(T)) error {
	type outcome struct {
		result T
		err    error
	}
	ctx, stop := context.WithCancel(ctx)
	outcomes := make([]chan outcome, n)
	for i := range outcomes {
		outcomes[i] = make(chan outcome, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer stop()
	for range max(1, parallel) {
		workers.Go(func() {
			for i := range next {
				result, err := work(ctx, i)
				outcomes[i] <- outcome{result, err}
			}
		})
	}
	go func() {
		defer close(next)
		for i := range n {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	for _, c := range outcomes {
		select {
		case o := <-c:
			if o.err != nil {
				return o.err
			}
			take(o.result)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
