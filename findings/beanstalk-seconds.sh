#!/usr/bin/env bash
# go-beanstalk cuts every duration to whole seconds, so Reserve with half a second does not wait.
#
# Expected: Reserve(500ms) waits for half a second, or is refused, since beanstalkd counts in seconds. A job
# with a delay is not ready before its time. Its time to run is not longer than asked for by much,
# and not shorter. A job without a byte is a job, whether its body is nil or empty.
# Seen, github.com/beanstalkd/go-beanstalk v0.2.0 with Debian's beanstalkd 1.12-2+b1:
# - Durations are time.Duration, and what is below a second is cut off without an error. Reserve(500ms)
#   returns with a timeout at once. A worker that calls it in a loop, to look at a context between
#   two calls, is busy-looping, and the server gets thousands of commands a second.
# - Put with a delay of 1.9 s makes a job that is ready after 1 s: a retry comes too early.
# - A time to run of 1.9 s is 1 s. The server may give the job to another worker while the first one
#   still has time.
# - Put(nil, ...) fails with "bad command format", and Put([]byte{}, ...) works.
# Whole seconds are right.
# Consequence: round durations up to seconds before each call, and replace nil.
# Sources: time.go (String of dur divides by time.Second), conn.go (cmd adds a length only if the body is
# not nil); beanstalkd's protocol.txt, put and reserve-with-timeout.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill "$pid" || true; wait "$pid" || true; fi 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download beanstalkd=1.12-2+b1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
dpkg -x ./beanstalkd_*.deb .
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/beanstalkd/go-beanstalk@v0.2.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/beanstalkd/go-beanstalk"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func dial() *beanstalk.Conn {
	for {
		conn, err := net.Dial("tcp", os.Args[1])
		if err == nil {
			return beanstalk.NewConn(conn)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func main() {
	same := true
	expect := func(what string, got any, ok bool) {
		fmt.Printf("%s: %v\n", what, got)
		same = same && ok
	}
	c := dial()
	begin := time.Now()
	_, _, err := c.Reserve(time.Second)
	expect("Reserve(1s)", fmt.Sprint(err, ", waited ", time.Since(begin) >= time.Second), time.Since(begin) >= time.Second)
	calls := 0
	for begin = time.Now(); time.Since(begin) < 500*time.Millisecond; calls++ {
		_, _, err = c.Reserve(500 * time.Millisecond)
	}
	expect("Reserve(500ms), calls in half a second", calls, calls > 100 && strings.HasSuffix(err.Error(), "timeout"))

	begin = time.Now()
	_, err = c.Put([]byte("later"), 1, 1900*time.Millisecond, time.Minute)
	check(err)
	id, _, err := c.Reserve(5 * time.Second)
	check(err)
	took := time.Since(begin)
	expect("a job with a delay of 1.9 s was ready earlier", took < 1900*time.Millisecond, took < 1900*time.Millisecond)
	check(c.Delete(id))

	id, err = c.Put([]byte("work"), 1, 0, 1900*time.Millisecond)
	check(err)
	stats, err := c.StatsJob(id)
	check(err)
	expect("a time to run of 1.9 s is", stats["ttr"], stats["ttr"] == "1")
	check(c.Delete(id))

	_, err = c.Put([]byte{}, 1, 0, time.Second)
	expect("Put of an empty body", err, err == nil)
	_, err = c.Put(nil, 1, 0, time.Second)
	expect("Put of nil", err, err != nil && strings.HasSuffix(err.Error(), "bad command format"))
	if !same {
		fmt.Println("go-beanstalk behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go build -o main . >>go.log 2>&1 || { cat go.log; exit 1; }
port=$(/usr/bin/python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
usr/bin/beanstalkd -l 127.0.0.1 -p "$port" >beanstalkd.log 2>&1 &
pid=$!
./main "127.0.0.1:$port"
