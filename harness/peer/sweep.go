package peer

import "fmt"

// Sweep sends the request once for every place at which it can be cut in two,
// each time over a conn of its own, and expects the whole reply every time:
// first all the first parts go out, over all conns, and only when each of
// them was read do the second parts follow. It is for servers that serve
// many clients at once.
func (b *Bench) Sweep(reason string, s *Server, request, reply string) {
	b.t.Helper()
	clients := b.Crowd(s, max(len(request)-1, 0))
	for i, c := range clients {
		c.Send(request[:i+1])
	}
	for _, c := range clients {
		c.awaitRead(reason)
	}
	for i, c := range clients {
		c.Send(request[i+1:])
		c.expect(fmt.Sprintf("%s (cut after byte %d)", reason, i+1), reply)
	}
}

// SweepInTurn is [Bench.Sweep] for a subject that serves one client at a
// time: each conn is closed before the next is made.
func (b *Bench) SweepInTurn(reason string, s *Server, request, reply string) {
	b.t.Helper()
	for i := 1; i < len(request); i++ {
		c := b.Dial(s)
		c.Send(request[:i])
		c.awaitRead(reason)
		c.Send(request[i:])
		c.expect(fmt.Sprintf("%s (cut after byte %d)", reason, i), reply)
		c.Close()
	}
}
