package export

import "sync"

// A spare keeps values that are used again. Any goroutine may use it.
type spare[T any] struct {
	make func() *T // nil for new(T)
	mu   sync.Mutex
	free []*T
}

// get returns a value that was put there, or a new one.
func (s *spare[T]) get() *T {
	if v := s.take(); v != nil {
		return v
	}
	if s.make != nil {
		return s.make() // which may take long: nobody waits for it
	}
	return new(T)
}

// take returns a value that was put there, nil for none.
func (s *spare[T]) take() *T {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.free)
	if n == 0 {
		return nil
	}
	v := s.free[n-1]
	s.free = s.free[:n-1]
	return v
}

func (s *spare[T]) put(v *T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, v)
}
