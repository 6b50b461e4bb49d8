package tlsecho_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	tlsecho "socketkata/exercises/93-tlsecho"
	"socketkata/harness/peer"
)

func TestCloseNotify(t *testing.T) {
	peer.Run(t, "R1: a client that sends close_notify gets its whole echo and then a close_notify", func(b *peer.Bench) {
		message := peer.Numbered(200 << 10)
		client := dial(b, serve(b))
		client.Send(message)
		client.CloseWrite()
		client.Expect("Serve echoes every byte sent before the close_notify", message)
		client.ExpectEOF("Serve sends close_notify after the last byte")
	})
}

func TestNotTLS(t *testing.T) {
	peer.Run(t, "R2: a client that does not speak TLS, or stops in the middle, ends only its own conn", func(b *peer.Bench) {
		server := serve(b)
		plain := b.Dial(server)
		plain.Send("GET / HTTP/1.0\r\n\r\n")
		plain.ExpectClosed("Serve closes a conn whose first bytes are not TLS")
		cut := dial(b, server)
		echoes(cut)
		cut.Unwrap()
		cut.CloseWrite()
		cut.ReadAll("Serve closes the conn at a FIN without close_notify")
		echoes(dial(b, server))
	})
}

func TestHandshakeTimeout(t *testing.T) {
	peer.Run(t, "R3: a client has 10 seconds for its handshake", func(b *peer.Bench) {
		server := serve(b)
		mute := b.Dial(server)
		b.Advance(10*time.Second - time.Millisecond)
		mute.ExpectQuiet("Serve still waits after 9.999 seconds")
		b.Advance(time.Millisecond)
		mute.ExpectClosed("Serve gives up after 10 seconds")
		client := dial(b, server)
		echoes(client)
		b.Advance(time.Hour)
		echoes(client)
	}, peer.Virtual)
}

func serve(b *peer.Bench) *peer.Server {
	return b.Named("Serve").Serve(func(ln net.Listener) error { return tlsecho.Serve(ln, certPEM, keyPEM) })
}

func echoes(client *peer.Peer) {
	client.Send("hello\n")
	client.Expect("Serve serves this client", "hello\n")
}

// dial connects a client that speaks TLS.
func dial(b *peer.Bench, s *peer.Server) *peer.Peer {
	client := b.Dial(s)
	client.Wrap(func(c net.Conn) net.Conn {
		below := &watched{Conn: c}
		return &strict{tls.Client(below, &tls.Config{RootCAs: pool, ServerName: "kata.example"}), below}
	})
	return client
}

// A strict conn takes only close_notify for the end of the stream.
type strict struct {
	*tls.Conn
	below *watched
}

func (s *strict) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if err == io.EOF && s.below.ended {
		err = errors.New("FIN without close_notify")
	}
	return n, err
}

// A watched conn remembers that it has ended. It is for the reader alone.
type watched struct {
	net.Conn
	ended bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.ended = w.ended || err == io.EOF
	return n, err
}

var certPEM, keyPEM, pool = newCertificate()

// newCertificate returns a certificate, its key, and a pool that trusts it.
func newCertificate() (certPEM, keyPEM []byte, pool *x509.CertPool) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{"kata.example"},
		NotBefore:    time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), // virtual time starts in 2000
		NotAfter:     time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	must(err)
	key, err := x509.MarshalPKCS8PrivateKey(private)
	must(err)
	certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	keyPEM = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certPEM, keyPEM, pool
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
