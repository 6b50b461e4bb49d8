#!/usr/bin/env bash
# Disconnect of paho.mqtt.golang does not wait for acknowledgments.
#
# Expected: Disconnect(quiesce) is documented to wait as many milliseconds for existing
# work to be completed. So with 10000 it lets a message of QoS 1 or 2 be acknowledged,
# and with 0 it sends DISCONNECT and closes.
# Seen, github.com/eclipse/paho.mqtt.golang v1.5.1:
# - Disconnect waits until DISCONNECT is written, and no longer, however large the
#   number is. The token of a message whose acknowledgment is on its way ends with
#   "connection lost before Publish completed", though the broker has the message: a
#   program that trusts the token sends it twice. The handshake of QoS 2 stays half
#   done, and with a clean session nobody completes it.
# - With 0 the conn is closed before DISCONNECT is written. A message of QoS 0 that was
#   just published is lost as well, and the broker, for which the client has failed,
#   publishes its will.
# A broker on the same machine acknowledges so soon that it can hide the first.
# Consequence: wait for the token of each message, and then call Disconnect with some
# hundred milliseconds, never with 0.
# Sources: client.go (Disconnect waits for the token of the DISCONNECT packet only);
# MQTT 3.1.1, sections 3.1.2.5 and 3.14.4, on the will.
set -eu
command -v go >/dev/null || { echo "this finding needs go"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/eclipse/paho.mqtt.golang@v1.5.1 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// broker serves one client, acknowledges a message after a second, and returns what it
// has got when the conn ends.
func broker(c net.Conn) []string {
	var got []string
	for {
		packet, err := packets.ReadPacket(c)
		if err != nil {
			return got
		}
		switch p := packet.(type) {
		case *packets.ConnectPacket:
			packets.NewControlPacket(packets.Connack).Write(c)
		case *packets.PublishPacket:
			got = append(got, "PUBLISH")
			switch p.Qos {
			case 1:
				ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
				ack.MessageID = p.MessageID
				time.AfterFunc(time.Second, func() { ack.Write(c) })
			case 2:
				ack := packets.NewControlPacket(packets.Pubrec).(*packets.PubrecPacket)
				ack.MessageID = p.MessageID
				time.AfterFunc(time.Second, func() { ack.Write(c) })
			}
		case *packets.PubrelPacket:
			got = append(got, "PUBREL")
			ack := packets.NewControlPacket(packets.Pubcomp).(*packets.PubcompPacket)
			ack.MessageID = p.MessageID
			ack.Write(c)
		case *packets.DisconnectPacket:
			got = append(got, "DISCONNECT")
		}
	}
}

// session connects, publishes a message, waits for it if asked to, and disconnects. It
// returns what the broker has got, the error of the message, and how long Disconnect took.
func session(qos byte, wait bool, quiesce uint) (string, error, time.Duration) {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	got := make(chan []string, 1)
	go func() { got <- broker(must(ln.Accept())) }()
	o := mqtt.NewClientOptions().AddBroker("tcp://" + ln.Addr().String()).SetAutoReconnect(false)
	c := mqtt.NewClient(o)
	if t := c.Connect(); t.Wait() && t.Error() != nil {
		fmt.Println(t.Error())
		os.Exit(1)
	}
	t := c.Publish("topic", qos, false, "text")
	if wait {
		t.Wait()
	}
	began := time.Now()
	c.Disconnect(quiesce)
	took := time.Since(began)
	t.WaitTimeout(20 * time.Second)
	return strings.Join(<-got, " "), t.Error(), took
}

func main() {
	same := true
	for qos := byte(1); qos <= 2; qos++ {
		got, err, took := session(qos, false, 10000)
		fmt.Printf("QoS %d, Disconnect(10000): the broker gets %s; the token: %v; took less than 0.5 s: %v\n",
			qos, got, err, took < time.Second/2)
		same = same && got == "PUBLISH DISCONNECT" && err != nil && took < 5*time.Second
		got, err, _ = session(qos, true, 10000)
		fmt.Printf("QoS %d, the token first: the broker gets %s; the token: %v\n", qos, got, err)
		same = same && strings.HasSuffix(got, "DISCONNECT") && err == nil
	}
	silent, lost := 0, 0
	for range 20 {
		got, _, _ := session(0, false, 0)
		if !strings.Contains(got, "DISCONNECT") {
			silent++
		}
		if !strings.Contains(got, "PUBLISH") {
			lost++
		}
	}
	fmt.Printf("QoS 0, Disconnect(0), 20 sessions: the broker gets no DISCONNECT in %d, no PUBLISH in %d\n", silent, lost)
	same = same && silent > 0 && lost > 0
	if !same {
		fmt.Println("the package behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
