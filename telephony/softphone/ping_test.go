package softphone

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

func TestServerThatAnswersAnythingIsThere(t *testing.T) {
	a := phone(t, Options{User: "a"})
	ok(t, Ping(within(t, soon), a.x.Addr()))
}

func TestPortWhereNobodyListensIsKnownAtOnce(t *testing.T) {
	closed := must[*net.UDPConn](t)(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	ok(t, closed.Close())
	begun := time.Now()
	if err := Ping(within(t, soon), closed.LocalAddr().String()); !errors.Is(err, ErrNobodyListens) {
		t.Errorf("nobody listens: %v", err)
	}
	if took := time.Since(begun); took > soon/2 {
		t.Errorf("known after %s", took)
	}
}

func TestServerThatIsSilentIsWaitedForUntilTheContextEnds(t *testing.T) {
	silent := must[*net.UDPConn](t)(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	t.Cleanup(func() { silent.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := Ping(ctx, silent.LocalAddr().String()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: %v", err)
	}
	if err := Ping(ctx, "no port"); err == nil {
		t.Error("an address without a port is taken")
	}
}
