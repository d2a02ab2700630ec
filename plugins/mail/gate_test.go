package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

func TestGatePausesAndLetsOneThrough(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	gone := &net.OpError{Op: "dial", Err: errors.New("refused")}
	g := &gate{}
	pass := func(after time.Duration, want bool, what string) {
		t.Helper()
		if err := g.enter(at.Add(after)); (err == nil) != want {
			t.Errorf("%s: %v", what, err)
		}
	}
	pass(0, true, "before anything failed")
	pass(0, true, "a second one beside it")
	if g.leave(at, gone) {
		t.Error("the server is back though it is gone")
	}
	pass(0, false, "at once")
	pass(30*time.Second-1, false, "just before the pause is over")
	pass(30*time.Second, true, "after the pause")
	pass(30*time.Second, false, "a second one while the first finds out")
	// Whoever found out never came back: longer than a mail may take, the next one tries.
	pass(100*time.Second-1, false, "while the first may still be at it")
	pass(100*time.Second, true, "when it cannot be any more")
	at = at.Add(100 * time.Second)
	g.leave(at, gone)
	pass(30*time.Second-1, false, "just before the second pause is over")
	pass(30*time.Second, true, "after the second pause")
	if !g.leave(at, errors.New("550 no such user")) {
		t.Error("a server that refuses is back")
	}
	pass(0, true, "after it is back")
	if g.leave(at, nil) {
		t.Error("back twice")
	}
}

func TestWhatCountsAsAServerThatIsGone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		gone bool
	}{
		{nil, false},
		{errors.New("550 no such user"), false},
		{fmt.Errorf("send: %w", &net.OpError{Op: "dial", Err: errors.New("refused")}), true},
		{fmt.Errorf("send: %w", io.EOF), true},
		{io.ErrUnexpectedEOF, true},
		{net.ErrClosed, true},
		{context.DeadlineExceeded, true},
		{context.Canceled, false}, // this node stops
	} {
		if got := unreachable(c.err); got != c.gone {
			t.Errorf("%v: %t", c.err, got)
		}
	}
}
