// Package stage is how a learner's code is played by hand: a process of its own
// runs it on a [Stage], and kata, which sits between it and its clients, tells
// it over a local conn when to stop, and learns what the code returned.
//
// [Stage] is for the process; both sides use [Channel] and [Message], and kata
// uses [Listen].
package stage

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// Env is the environment variable that makes a test binary a process to play
// with: it says where kata listens.
const Env = "KATA_PLAY"

// LoadEnv is the environment variable that says, if it is not empty, that the
// process is not to be played with but to be measured.
const LoadEnv = "KATA_LOAD"

// Grace is how long clients may finish after the end was asked for.
const Grace = time.Second

// A Verb says what a message is about.
type Verb string

// What the process sends.
const (
	Ready    Verb = "ready"    // the server at Addr may be dialed; Lines are the hints
	Returned Verb = "returned" // the served function Name has returned
	Ended    Verb = "ended"    // Name returned an error for client number Client, and only for that
	Stopped  Verb = "stopped"  // Name, which the stage was given to stop with, has returned
	Answered Verb = "answered" // an Ask returned Bytes
	Places   Verb = "places"   // Lines say where the goroutines of the code are
)

// What kata asks for.
const (
	Ask  Verb = "ask"  // call the client with Bytes and the server at Addr
	Stop Verb = "stop" // close the listener and end the context
	Look Verb = "look" // answer with Places
	Exit Verb = "exit" // end the process
)

// A Message is one thing that either side says.
type Message struct {
	Verb   Verb     `json:"verb"`
	Token  string   `json:"token,omitempty"` // of Ready: that kata started this process
	Addr   string   `json:"addr,omitempty"`
	Name   string   `json:"name,omitempty"`   // as the learner knows it; "" for a function without a name
	Asks   bool     `json:"asks,omitempty"`   // of Ready: the code is a client
	Packet bool     `json:"packet,omitempty"` // of Ready: the code serves datagrams
	Client int      `json:"client,omitempty"`
	Lines  []string `json:"lines,omitempty"`
	Bytes  []byte   `json:"bytes,omitempty"`
	Failed bool     `json:"failed,omitempty"` // Error is what the function returned; otherwise nil
	Error  string   `json:"error,omitempty"`
}

// Unwritten reports whether the message is about an error that a stub returned.
func (m Message) Unwritten() bool { return m.Failed && unwritten(m.Error) }

func unwritten(text string) bool { return strings.Contains(text, "not written yet") }

// ended is a message about a function that has returned.
func ended(verb Verb, name string, err error) Message {
	m := Message{Verb: verb, Name: name, Failed: err != nil}
	if err != nil {
		m.Error = err.Error()
	}
	return m
}

// A Channel carries messages. Send may be called concurrently.
type Channel struct {
	conn   net.Conn
	decode *json.Decoder

	mu     sync.Mutex
	encode *json.Encoder
}

func newChannel(c net.Conn) *Channel {
	return &Channel{conn: c, decode: json.NewDecoder(c), encode: json.NewEncoder(c)}
}

// Send sends a message.
func (ch *Channel) Send(m Message) error {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return ch.encode.Encode(m)
}

// Receive waits for a message. Its error is io.EOF when the other side is gone.
func (ch *Channel) Receive() (Message, error) {
	var m Message
	return m, ch.decode.Decode(&m)
}

// Close closes the conn.
func (ch *Channel) Close() error { return ch.conn.Close() }

// A Listener waits for the process that kata starts.
type Listener struct {
	ln    net.Listener
	token string
}

// Listen opens a listener on loopback. The token is a secret that only the
// expected process knows: others may dial, too.
func Listen(token string) (*Listener, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the process to play with: %w", err)
	}
	return &Listener{ln: ln, token: token}, nil
}

// Env returns the variable to start the process with, "KATA_PLAY=…".
func (l *Listener) Env() string { return Env + "=" + l.ln.Addr().String() + " " + l.token }

// Accept waits until the process is ready.
func (l *Listener) Accept() (*Channel, Message, error) {
	for {
		c, err := l.ln.Accept()
		if err != nil {
			return nil, Message{}, err
		}
		ch := newChannel(c)
		c.SetReadDeadline(time.Now().Add(5 * time.Second)) // a stranger that sends nothing
		if m, err := ch.Receive(); err == nil && m.Verb == Ready && m.Token == l.token {
			c.SetReadDeadline(time.Time{})
			return ch, m, nil
		}
		c.Close()
	}
}

// Close ends Accept.
func (l *Listener) Close() error { return l.ln.Close() }

// dial connects the process to kata. The value is that of Env.
func dial(value string) (ch *Channel, token string, err error) {
	addr, token, ok := strings.Cut(value, " ")
	if !ok {
		return nil, "", errors.New(Env + " is not what kata sets")
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, "", err
	}
	return newChannel(c), token, nil
}
