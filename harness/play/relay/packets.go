package relay

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"socketkata/harness/wire"
)

const (
	longestDatagram = 64 << 10
	mostClients     = 100 // with a socket each; who comes later takes the place of the first
)

// Packets relays datagrams: each one as it is, as soon as it comes. A client is
// an address, and has a socket of its own towards the server, which so tells
// the clients apart. Its methods may be called concurrently.
type Packets struct {
	front  net.PacketConn
	server string
	tap    Tap

	mu      sync.Mutex
	clients []*packetClient
	last    int // number of the last client
	over    bool
	replies sync.WaitGroup
}

type packetClient struct {
	relay  *Packets
	number int
	began  time.Time
	addr   net.Addr
	server net.Conn
}

// NewPackets returns a relay from the clients of a packet conn, which it closes,
// to the server at that address.
func NewPackets(front net.PacketConn, server string, tap Tap) *Packets {
	return &Packets{front: front, server: server, tap: tap}
}

// Serve relays until Leave or HangUp, and returns nil then.
func (r *Packets) Serve() error {
	for buf := make([]byte, longestDatagram); ; {
		n, from, err := r.front.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		c, err := r.client(from)
		if err != nil {
			continue // it is over, or no socket is left: a datagram may be lost
		}
		c.tell(Client, buf[:n])
		c.server.Write(buf[:n])
	}
}

// client returns the client with that address.
func (r *Packets) client(addr net.Addr) (*packetClient, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.clients {
		if c.addr.String() == addr.String() {
			return c, nil
		}
	}
	if r.over {
		return nil, net.ErrClosed
	}
	server, err := net.Dial("udp", r.server)
	if err != nil {
		return nil, err
	}
	if len(r.clients) == mostClients {
		r.clients[0].server.Close()
		r.clients = r.clients[1:]
	}
	r.last++
	c := &packetClient{relay: r, number: r.last, began: time.Now(), addr: addr, server: server}
	r.clients = append(r.clients, c)
	r.replies.Go(c.reply)
	return c, nil
}

// reply relays what the server sends to the client. A refusal ends nothing.
func (c *packetClient) reply() {
	for buf := make([]byte, longestDatagram); ; {
		n, err := c.server.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			c.tell(Server, buf[:n])
			c.relay.front.WriteTo(buf[:n], c.addr)
		}
	}
}

func (c *packetClient) tell(from Side, data []byte) {
	c.relay.tap(Passed{Client: c.number, From: from, Kind: wire.Datagram, At: time.Since(c.began), Data: data})
}

// Active returns 0: nobody is connected.
func (r *Packets) Active() int { return 0 }

// Leave relays nothing more to the server.
func (r *Packets) Leave() { r.front.SetReadDeadline(time.Unix(1, 0)) }

// Idle returns a closed channel: there is nothing to wait for.
func (r *Packets) Idle() <-chan struct{} {
	idle := make(chan struct{})
	close(idle)
	return idle
}

// HangUp ends the relay and waits until nothing of it runs but Serve.
func (r *Packets) HangUp() {
	r.mu.Lock()
	r.over = true
	for _, c := range r.clients {
		c.server.Close()
	}
	r.mu.Unlock()
	r.front.Close()
	r.replies.Wait()
}
