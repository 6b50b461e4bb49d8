#!/usr/bin/env bash
# mochi-mqtt loses a message that waits if its client publishes one with the same packet id.
#
# Expected: client and server choose packet ids independently: a message of the server may have the
# id of a message of the client (MQTT 5 section 2.2.1). What has not been acknowledged is sent
# again after a reconnect, in the order in which it was sent first (section 4.6).
# Seen, github.com/mochi-mqtt/server/v2 v2.7.9: both directions share one list.
# - A client with a session comes back, and gets the messages 1, 2, 3. Before it acknowledges them it
#   publishes a message of its own, with id 1 and QoS 1 or 2. The server forgets its own message 1:
#   after the next reconnect only 2 and 3 come.
# - A SUBSCRIBE with such an id is refused with 0x91, packet identifier in use, also in MQTT
#   3.1.1, where no such code exists. UNSUBSCRIBE with such an id changes nothing, and in 3.1.1
#   its answer cannot say so.
# - The messages that wait come in any order.
# Many clients count from 1 in each conn, so their ids and those of the server meet. If nothing
# waits, or all is acknowledged at once, nothing of this happens.
# Consequence: acknowledge what waits before you subscribe or publish, and carry a number of your
# own in the messages if their order matters.
# Sources: server.go (processPublish deletes an entry of cl.State.Inflight with the id of what comes in;
# processSubscribe and processUnsubscribe ask the same list); inflight.go (GetAll sorts a map by
# whole seconds).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/mochi-mqtt/server/v2@v2.7.9 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// A client speaks MQTT 3.1.1 or 5 (version 4 or 5) with packets that the test makes itself.
type client struct {
	conn    net.Conn
	version byte
}

type packet struct {
	kind byte // the first byte without its flags
	body []byte
}

func text(s string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...)
}

func (c client) properties() []byte {
	if c.version == 5 {
		return []byte{0}
	}
	return nil
}

func (c client) send(first byte, parts ...[]byte) {
	body := bytes.Join(parts, nil)
	_, err := c.conn.Write(append([]byte{first, byte(len(body))}, body...))
	check(err)
}

func (c client) receive() (packet, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(c.conn, head); err != nil {
		return packet{}, err
	}
	body := make([]byte, head[1])
	_, err := io.ReadFull(c.conn, body)
	return packet{head[0] & 0xf0, body}, err
}

// connect opens a conn of the client with this id, whose session lasts.
func connect(addr, id string, version byte) client {
	conn, err := net.Dial("tcp", addr)
	check(err)
	c := client{conn, version}
	var properties []byte
	if version == 5 {
		properties = []byte{5, 0x11, 0, 0, 2, 0x58} // the session expires after 600 s
	}
	c.send(0x10, text("MQTT"), []byte{version, 0, 0, 60}, properties, text(id))
	answer, err := c.receive()
	check(err)
	if answer.kind != 0x20 || answer.body[1] != 0 {
		check(fmt.Errorf("CONNECT is refused: %x", answer.body))
	}
	return c
}

func (c client) subscribe(id byte, topic string) {
	c.send(0x82, []byte{0, id}, c.properties(), text(topic), []byte{1})
}

func (c client) unsubscribe(id byte, topic string) {
	c.send(0xa2, []byte{0, id}, c.properties(), text(topic))
}

func (c client) publish(id, qos byte, topic, payload string) {
	c.send(0x30|qos<<1, text(topic), []byte{0, id}, c.properties(), []byte(payload))
}

// answer returns the last byte of the next packet of this kind: a reason code, or the id.
func (c client) answer(kind byte) string {
	for {
		p, err := c.receive()
		check(err)
		if p.kind == kind {
			return fmt.Sprintf("0x%02x", p.body[len(p.body)-1])
		}
	}
}

// waiting returns the payloads of the messages that come within half a second, each two bytes long.
func (c client) waiting() []string {
	var payloads []string
	check(c.conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond)))
	for {
		p, err := c.receive()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			check(c.conn.SetReadDeadline(time.Time{}))
			return payloads
		}
		check(err)
		if p.kind == 0x30 {
			payloads = append(payloads, string(p.body[len(p.body)-2:]))
		}
	}
}

// try lets n messages wait for a client, which does something once it has got them and
// does not acknowledge them. It returns what the client gets then, and after a reconnect.
func try(version byte, n int, do func(client) string) (result string, first, again []string) {
	server := mqtt.New(&mqtt.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	check(server.AddHook(new(auth.AllowHook), nil))
	listener := listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:0"})
	check(server.AddListener(listener))
	check(server.Serve())
	defer server.Close()

	worker := connect(listener.Address(), "worker", version)
	worker.subscribe(100, "jobs")
	worker.answer(0x90)
	worker.send(0xe0) // DISCONNECT
	worker.receive()
	worker.conn.Close()

	boss := connect(listener.Address(), "boss", version)
	defer boss.conn.Close()
	for i := range n {
		boss.publish(byte(i+1), 1, "jobs", fmt.Sprintf("%02d", i+1))
		boss.answer(0x40)
	}
	worker = connect(listener.Address(), "worker", version)
	first = worker.waiting()
	result = do(worker)
	worker.conn.Close()
	worker = connect(listener.Address(), "worker", version)
	defer worker.conn.Close()
	return result, first, worker.waiting()
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	sorted := func(s []string) string { return strings.Join(slices.Sorted(slices.Values(s)), " ") }
	for _, version := range []byte{4, 5} {
		name := map[byte]string{4: "MQTT 3.1.1", 5: "MQTT 5"}[version]
		_, _, again := try(version, 3, func(client) string { return "" })
		expect(name+", nothing between, again", sorted(again), "01 02 03")
		result, _, again := try(version, 3, func(c client) string {
			c.publish(1, 1, "other", "xx")
			return c.answer(0x40)
		})
		expect(name+", PUBLISH with id 1, QoS 1", result, "0x01")
		expect("  again", sorted(again), "02 03")
		result, _, again = try(version, 3, func(c client) string {
			c.publish(1, 2, "other", "xx")
			c.answer(0x50)
			c.send(0x62, []byte{0, 1}) // PUBREL
			return c.answer(0x70)
		})
		expect(name+", PUBLISH with id 1, QoS 2", result, "0x01")
		expect("  again", sorted(again), "02 03")
		result, _, again = try(version, 3, func(c client) string {
			c.publish(50, 1, "other", "xx")
			return c.answer(0x40)
		})
		expect(name+", PUBLISH with id 50", result, "0x32")
		expect("  again", sorted(again), "01 02 03")
		result, _, _ = try(version, 3, func(c client) string {
			c.subscribe(1, "more")
			return c.answer(0x90)
		})
		expect(name+", SUBSCRIBE with id 1", result, "0x91")
		result, _, _ = try(version, 3, func(c client) string {
			c.subscribe(50, "more")
			return c.answer(0x90)
		})
		expect(name+", SUBSCRIBE with id 50", result, "0x01")
		result, _, again = try(version, 3, func(c client) string {
			c.unsubscribe(1, "jobs")
			answer := c.answer(0xb0)
			c.publish(60, 1, "jobs", "99")
			c.answer(0x40)
			return answer
		})
		expect(name+", UNSUBSCRIBE with id 1", result, map[byte]string{4: "0x01", 5: "0x91"}[version])
		expect("  a later message comes as well", sorted(again), "01 02 03 99")
		_, first, _ := try(version, 30, func(client) string { return "" })
		expect(name+", 30 messages, all are there", fmt.Sprint(len(first)), "30")
		expect("  in order", fmt.Sprint(slices.IsSorted(first)), "false")
	}
	if !same {
		fmt.Println("mochi-mqtt behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
