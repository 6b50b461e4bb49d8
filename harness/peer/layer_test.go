package peer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/fault"
	"socketkata/harness/network"
	"socketkata/harness/subject"
	"socketkata/harness/wire"
)

// certified returns the configurations of a TLS server and of a client that
// trusts it.
func certified(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"kata"},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{ServerName: "kata", RootCAs: roots}
}

// onBench plays a script in memory and over loopback, and returns the events.
func onBench(t *testing.T, script func(b *Bench)) map[Arena][]wire.Event {
	t.Helper()
	events := make(map[Arena][]wire.Event)
	for _, arena := range []Arena{Memory, Loopback} {
		t.Run(string(arena), func(t *testing.T) {
			b := newBench(t, arena, failure.Failure{}, "socketkata/harness/peer/none", subject.Before())
			script(b)
			events[arena] = b.talk.Log.Events()
			b.tearDown()
		})
	}
	return events
}

// TestTLS plays a client of a TLS echo.
func TestTLS(t *testing.T) {
	config, trusting := certified(t)
	events := onBench(t, func(b *Bench) {
		server := b.Serve(func(ln net.Listener) error {
			return serveEach(tls.NewListener(ln, config), func(c net.Conn) { io.Copy(c, c) })
		})
		client := b.Dial(server)
		client.Wrap(func(c net.Conn) net.Conn { return tls.Client(c, trusting) })
		client.StopReading() // a layer that shakes hands does not mind
		client.ResumeReading()
		client.Send("ping\n")
		client.Expect("the echo comes back", "ping\n")
		client.CloseWrite()
		client.ExpectEOF("the server closes after the last byte")
	})
	for _, list := range events {
		list = slices.DeleteFunc(list, func(e wire.Event) bool { return e.Kind == wire.Note })
		require.Equal(t, "ping\n", string(list[0].Data), "the drawing shows what the layer carries")
		require.Equal(t, []wire.Kind{wire.Data, wire.Data, wire.FIN, wire.FIN}, kindsOf(list))
	}
}

// TestUnwrap plays a client that breaks off TLS, and one that sends something
// else than TLS.
func TestUnwrap(t *testing.T) {
	config, trusting := certified(t)
	onBench(t, func(b *Bench) {
		errs := make(chan error, 2)
		server := b.Serve(func(ln net.Listener) error {
			return serveEach(tls.NewListener(ln, config), func(c net.Conn) {
				_, err := io.Copy(c, c)
				errs <- err
			})
		})
		client := b.Dial(server)
		client.Wrap(func(c net.Conn) net.Conn { return tls.Client(c, trusting) })
		client.Send("ping\n")
		client.Expect("the echo comes back", "ping\n")
		client.Unwrap()
		client.Send("\x17\x03\x03\x00\x40half a record")
		client.CloseWrite()
		require.ErrorIs(t, <-errs, io.ErrUnexpectedEOF)
		client.ReadAll("the server's own close_notify and FIN")

		client = b.Dial(server)
		client.Wrap(func(c net.Conn) net.Conn { return tls.Client(c, trusting) })
		client.Send("ping\n")
		client.Expect("the echo comes back", "ping\n")
		client.Unwrap()
		client.Send("this is no record of TLS")
		require.Error(t, <-errs)
	})
}

// serveEach serves one conn after the other and closes each.
func serveEach(ln net.Listener, serve func(c net.Conn)) error {
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		serve(c)
		c.Close()
	}
}

// TestLayerTakesWhatHasArrived checks that bytes that came before the layer are
// the layer's.
func TestLayerTakesWhatHasArrived(t *testing.T) {
	onBench(t, func(b *Bench) {
		p, conn := b.Pair()
		_, err := conn.Write([]byte("HELLO "))
		require.NoError(t, err)
		p.Expect("so that the rest has arrived, too", "H")
		p.Wrap(func(c net.Conn) net.Conn { return fault.OneByteReads(c) })
		_, err = conn.Write([]byte("there"))
		require.NoError(t, err)
		p.Expect("nothing is lost", "ELLO there")
	})
}

// TestPiecesArriveApartBehindLayers is TestPiecesArriveApart for a subject whose
// conn is a TLS conn, or one that misbehaves.
func TestPiecesArriveApartBehindLayers(t *testing.T) {
	config, trusting := certified(t)
	for name, layer := range map[string]struct{ server, client func(c net.Conn) net.Conn }{
		"TLS": {
			server: func(c net.Conn) net.Conn { return tls.Server(c, config) },
			client: func(c net.Conn) net.Conn { return tls.Client(c, trusting) },
		},
		"fault": {server: fault.FailRead(1<<20, io.EOF), client: func(c net.Conn) net.Conn { return c }},
	} {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				onBench(t, func(b *Bench) {
					if b.arena == Loopback && !network.CanSeeUnread {
						return
					}
					first := make(chan string, 1)
					server := b.Serve(func(ln net.Listener) error {
						return serveEach(ln, func(c net.Conn) {
							c = layer.server(c)
							p := make([]byte, 64)
							n, _ := c.Read(p)
							first <- string(p[:n])
							io.Copy(io.Discard, c)
						})
					})
					client := b.Dial(server)
					client.Wrap(layer.client)
					client.SendPieces("half a ", "message\n")
					require.Equal(t, "half a ", <-first)
				})
			}
		})
	}
}

func kindsOf(events []wire.Event) (kinds []wire.Kind) {
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}
