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
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		v := s.free[n-1]
		s.free = s.free[:n-1]
		return v
	}
	if s.make != nil {
		return s.make()
	}
	return new(T)
}

func (s *spare[T]) put(v *T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, v)
}
