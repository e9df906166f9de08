package gateway

import (
	"runtime"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// again has the bot reconnect n times, and returns the last connection.
func (s *server) again(b *bot, p *peer, n int) *peer {
	s.t.Helper()
	for range n {
		p.send(`{"op":7}`)
		var next *peer // whose end this is, and not the test's: none is kept
		select {
		case next = <-s.peers:
		case <-time.After(patience):
			s.t.Fatal("the bot does not connect")
		}
		_ = p.conn.Close()
		p = next
		p.hello(slow)
		p.expect(opResume)
		p.send(`{"op":0,"s":2,"t":"RESUMED","d":{}}`)
		b.event("RESUMED")
	}
	return p
}

// Not parallel: it looks at the memory of the whole process.
func TestHundredsOfReconnectsLeaveNothingBehind(t *testing.T) {
	s := newServer(t, false)
	b := start(t, s, nil)
	p := s.accept()
	p.ready("abc")
	b.event("READY")
	goroutines := runtime.NumGoroutine()
	// heap is what is in use when discordgo, which sleeps for a second, has
	// ended its part of all old connections.
	heap := func() uint64 {
		t.Helper()
		tick, deadline := time.NewTicker(10*time.Millisecond), time.After(patience)
		defer tick.Stop()
		for runtime.NumGoroutine() > goroutines+10 { // discordgo may have been about to start some
			select {
			case <-tick.C:
			case <-deadline:
				t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
			}
		}
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	p = s.again(b, p, 20)
	before := heap()
	p = s.again(b, p, 200)
	after := heap()
	// A connection that was kept would be more than its buffer of 16 KiB.
	if after > before && after-before > 200*4<<10 {
		t.Errorf("the heap grew from %d to %d bytes over 200 reconnects", before, after)
	}
	b.stop()
	if code := p.ended(); code != websocket.CloseNormalClosure {
		t.Errorf("close code %d", code)
	}
}
