#!/usr/bin/env bash
# PUSH and DEALER of the Go package zmq4 send each message to every peer.
#
# Expected of ZeroMQ sockets: PUSH and DEALER give each message to one peer, in turn, which is
# how work is divided (RFC 30 of ZeroMQ, on pipelines). PUB drops messages for a subscriber that
# is slow, and only for that one (RFC 29). A socket may be connected before its peer listens.
# Seen, github.com/go-zeromq/zmq4 v0.17.0, written in Go, without libzmq:
# - With two PULL sockets each of ten messages from PUSH arrives at both: each job is done
#   twice, by three workers three times. So with DEALER. REQ does take turns.
# - If one subscriber does not read, the others get nothing more either, once the buffers of
#   that one are full. Send of PUB returns no error.
# - Dial fails if nobody listens, after ten attempts in 2.5 s.
# With one peer for each socket, as in most examples, the first two do not show.
# Consequence: one PUSH socket for each worker, and a reader that never blocks in each
# subscriber. Or the packages that wrap libzmq, which keep to the RFCs.
# Sources: push.go and dealer.go (their socket has the plain mwriter, which writes to all
# conns in parallel and waits for them); compare req.go, which chooses one.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/go-zeromq/zmq4@v0.17.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/go-zeromq/zmq4"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

var ctx = context.Background()

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

type socket = func(context.Context, ...zmq4.Option) zmq4.Socket

// connect makes a peer of a listening socket.
func connect(to zmq4.Socket, kind socket) zmq4.Socket {
	peer := kind(ctx)
	check(peer.Dial("tcp://" + to.Addr().String()))
	return peer
}

// count receives messages and counts them.
func count(from zmq4.Socket) *atomic.Int32 {
	var n atomic.Int32
	go func() {
		for {
			if _, err := from.Recv(); err != nil {
				return
			}
			n.Add(1)
		}
	}()
	return &n
}

// work sends ten messages to two peers, and returns how many each gets.
func work(sender, receiver socket) [2]int32 {
	from := sender(ctx)
	check(from.Listen("tcp://127.0.0.1:0"))
	a, b := count(connect(from, receiver)), count(connect(from, receiver))
	time.Sleep(500 * time.Millisecond)
	for range 10 {
		check(from.Send(zmq4.NewMsgString("job")))
	}
	time.Sleep(500 * time.Millisecond)
	return [2]int32{a.Load(), b.Load()}
}

// publish sends 1000 messages of 20 kB to a subscriber that reads. If slow, there is another one,
// which does not. It returns how many the first one gets.
func publish(slow bool) int32 {
	pub := zmq4.NewPub(ctx)
	check(pub.Listen("tcp://127.0.0.1:0"))
	subscribe := func() zmq4.Socket {
		sub := connect(pub, zmq4.NewSub)
		check(sub.SetOption(zmq4.OptionSubscribe, ""))
		return sub
	}
	reading := count(subscribe())
	if slow {
		subscribe()
	}
	time.Sleep(500 * time.Millisecond)
	for range 1000 {
		check(pub.Send(zmq4.NewMsg(make([]byte, 20000))))
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Second)
	return reading.Load()
}

func main() {
	pushed := work(zmq4.NewPush, zmq4.NewPull)
	dealt := work(zmq4.NewDealer, zmq4.NewDealer)
	fmt.Println("10 messages to two peers: PUSH to PULL", pushed, "DEALER to DEALER", dealt)

	alone, beside := publish(false), publish(true)
	fmt.Printf("a subscriber that reads gets %d of 1000 messages; beside a slow one %d\n", alone, beside)

	free := must(net.Listen("tcp", "127.0.0.1:0"))
	free.Close()
	start := time.Now()
	dial := zmq4.NewPush(ctx).Dial("tcp://" + free.Addr().String())
	fmt.Printf("Dial of a port where nobody listens, after %.1f s: %v\n", time.Since(start).Seconds(), dial)

	if pushed != [2]int32{10, 10} || dealt != [2]int32{10, 10} || alone != 1000 || beside == 1000 || dial == nil {
		fmt.Println("zmq4 behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
