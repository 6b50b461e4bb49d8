#!/usr/bin/env bash
# The Go package zmq4 hands out libzmq's heartbeats as messages, and answers none.
#
# Expected: a peer of libzmq may set ZMQ_HEARTBEAT_IVL. It then sends the command PING, which the
# other side answers with PONG (ZMTP 3.1). Programs see neither of them.
# Seen, github.com/go-zeromq/zmq4 v0.17.0 with libzmq 4.3.4 (Debian's python3-zmq 24.0.1-4+b1):
# - Each PING is a message for the program: Recv returns a frame of seven bytes, EOT "PING" and two
#   zeros. A PULL worker gets a job that nobody sent at each interval. SUB gets it, whatever it
#   has subscribed to. A ROUTER that answers its clients sends it back as an answer.
# - A REP fails at it: "invalid REP message". A server loop that returns at an error ends there.
# - No PONG is sent. libzmq therefore closes the conn after ZMQ_HEARTBEAT_TIMEOUT and connects
#   again, over and over. At each end Recv returns io.EOF, too.
# Without the option, and between two zmq4 sockets, all is well. The other side may set it
# later, and break a program that has not changed.
# Consequence: set no heartbeats on libzmq sockets whose peers use zmq4; use TCP keep-alive
# (ZMQ_TCP_KEEPALIVE) there.
# Sources: zmq4's conn.go (RecvMsg answers PING, but the sockets call read, which makes a message of
# each command: msgio.go, router.go, rep.go); the manual of zmq_setsockopt, ZMQ_HEARTBEAT_IVL; RFC 37
# of ZeroMQ, ZMTP 3.1.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download python3-zmq=24.0.1-4+b1 libzmq5=4.3.4-6 &&
  apt-get download libnorm1 libpgm-5.3-0 libsodium23; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/go-zeromq/zmq4@v0.17.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
// Command recv opens a zmq4 socket, prints its port, and prints what Recv returns.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-zeromq/zmq4"
)

func main() {
	time.AfterFunc(50*time.Second, func() { os.Exit(1) })
	ctx := context.Background()
	socket := map[string]func(context.Context, ...zmq4.Option) zmq4.Socket{
		"PULL": zmq4.NewPull, "SUB": zmq4.NewSub, "ROUTER": zmq4.NewRouter, "REP": zmq4.NewRep,
	}[os.Args[1]](ctx)
	if os.Args[1] == "SUB" {
		if err := socket.SetOption(zmq4.OptionSubscribe, "news"); err != nil {
			panic(err)
		}
	}
	if err := socket.Listen("tcp://127.0.0.1:0"); err != nil {
		panic(err)
	}
	fmt.Println(socket.Addr())
	for {
		msg, err := socket.Recv()
		if err != nil {
			fmt.Println("error:", err)
			if errors.Is(err, io.EOF) {
				continue // a peer has left
			}
			return
		}
		fmt.Printf("%q\n", msg.Frames)
		if os.Args[1] == "ROUTER" || os.Args[1] == "REP" {
			if err := socket.Send(msg); err != nil {
				fmt.Println("error:", err)
				return
			}
		}
	}
}
EOF
go build -o recv . || exit 1
cat >main.py <<'EOF'
import os
import subprocess
import threading

import zmq
from zmq.utils.monitor import parse_monitor_message

threading.Timer(60, lambda: (print("gave up after 60 s"), os._exit(1))).start()
PING = r'"\x04PING\x00\x00"'
same = True


def check(what, got, want):
    global same
    print(f"{what}: {got}")
    same = same and got == want


def with_peer(kind, use, **options):
    """Connects a libzmq socket of this kind to its zmq4 peer, and returns what use returns."""
    peer = subprocess.Popen(["./recv", {"PUSH": "PULL", "PUB": "SUB", "DEALER": "ROUTER", "REQ": "REP"}[kind]],
                            stdout=subprocess.PIPE, text=True)
    address = peer.stdout.readline().strip()
    socket = zmq.Context.instance().socket(getattr(zmq, kind))
    socket.linger, socket.rcvtimeo, socket.sndtimeo = 0, 5000, 5000
    for name, value in options.items():
        setattr(socket, name, value)
    monitor = socket.get_monitor_socket(zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED)
    socket.connect(f"tcp://{address}")
    result = use(socket, lambda: peer.stdout.readline().strip(), monitor)
    peer.kill()
    peer.wait()
    socket.disable_monitor()
    socket.close()
    return result


def event(monitor):
    return "nothing" if not monitor.poll(3000) else {
        zmq.EVENT_CONNECTED: "connected", zmq.EVENT_DISCONNECTED: "disconnected",
    }[parse_monitor_message(monitor.recv_multipart())["event"]]


def push(socket, line, monitor):
    socket.send(b"job")
    return [line(), line()]


def pub(socket, line, monitor):
    return line()


def dealer(socket, line, monitor):
    socket.send_multipart([b"", b"hello"])
    return [socket.recv_multipart(), socket.recv_multipart()]


def req(socket, line, monitor):
    return line()


def quiet(socket, line, monitor):
    return [event(monitor) for _ in range(2)]


def conns(socket, line, monitor):
    events = [event(monitor) for _ in range(4)]
    return events, next(text for text in iter(line, "") if text != f"[{PING}]")


beat = {"heartbeat_ivl": 300, "heartbeat_timeout": 5000}
check("PULL gets", with_peer("PUSH", push, **beat), ['["job"]', f"[{PING}]"])
check("SUB of news gets", with_peer("PUB", pub, **beat), f"[{PING}]")
check("DEALER gets from a ROUTER that echoes", with_peer("DEALER", dealer, **beat),
      [[b"", b"hello"], [b"\x04PING\0\0"]])
check("REP gets", with_peer("REQ", req, **beat), "error: zmq4: invalid REP message")
check("the conn, timeout of 0.6 s", with_peer("PUSH", conns, heartbeat_ivl=300, heartbeat_timeout=600),
      (["connected", "disconnected", "connected", "disconnected"], "error: EOF"))
check("the conn without heartbeats", with_peer("PUSH", quiet), ["connected", "nothing"])
if not same:
    print("zmq4 behaves differently from what is stated here")
    os._exit(1)
os._exit(0)
EOF
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 main.py
