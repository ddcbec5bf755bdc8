package wire

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// Send writes everything.
func (s *Sock) Send(b []byte) {
	if n, err := s.TrySend(b, Patience); err != nil {
		s.w.Fail("send: %d of %d bytes: %w", n, len(b), err)
	}
}

// TrySend writes until done, an error or the end of patience.
func (s *Sock) TrySend(b []byte, patience time.Duration) (int, error) {
	sent := 0
	deadline := time.Now().Add(patience)
	for sent < len(b) {
		n, err := unix.SendmsgN(s.fd, b[sent:], nil, nil, unix.MSG_NOSIGNAL)
		if err == unix.EAGAIN {
			if err := s.poll(unix.POLLOUT, time.Until(deadline)); err != nil {
				return sent, err
			}
			continue
		}
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return sent, err
		}
		sent += n
	}
	return sent, nil
}

// Recv reads exactly n bytes.
func (s *Sock) Recv(n int) {
	got, err := s.TryRecv(n)
	if err != nil || got != n {
		s.w.Fail("receive: %d of %d bytes: %v", got, n, err)
	}
}

// TryRecv reads up to n bytes; fewer at the end of the stream.
func (s *Sock) TryRecv(n int) (int, error) {
	buf := make([]byte, 16384)
	got := 0
	deadline := time.Now().Add(Patience)
	for got < n {
		m, err := unix.Read(s.fd, buf[:min(len(buf), n-got)])
		if err == unix.EAGAIN {
			if err := s.poll(unix.POLLIN, time.Until(deadline)); err != nil {
				return got, err
			}
			continue
		}
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return got, err
		}
		if m == 0 {
			return got, nil
		}
		got += m
	}
	return got, nil
}

// EOF reads until the peer's FIN.
func (s *Sock) EOF() {
	for {
		n, err := s.TryRecv(1 << 16)
		if err != nil {
			s.w.Fail("waiting for the peer's FIN: %w", err)
		}
		if n < 1<<16 {
			return
		}
	}
}

// WantReset reads until the connection is reset.
func (s *Sock) WantReset() {
	for {
		_, err := s.TryRecv(1 << 16)
		if errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE) {
			return
		}
		if err != nil {
			s.w.Fail("waiting for a reset: %w", err)
		}
		if v, _ := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR); v != 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
