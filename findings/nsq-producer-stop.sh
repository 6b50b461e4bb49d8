#!/usr/bin/env bash
# Stop of an NSQ producer reports messages that have arrived as failed.
#
# Expected: PublishAsync reports on a channel how a message ended, and Stop, documented as a
# graceful stop that blocks until completion, waits for the answers that are on their way. A
# message that is reported as failed has not been published.
# Seen, github.com/nsqio/go-nsq v1.1.0: Stop returns at once. All messages whose answer has not
# come yet are reported with "not connected", though they are written, and nsqd publishes
# them. A program that stores or repeats its failed messages, as the channel is there for,
# publishes them twice at each restart. If all answers have come, as in a test that waits a
# moment, nothing is reported as failed.
# Publish, which waits for its answer, fails in the same way if another goroutine calls Stop.
# Consequence: before Stop, wait on the channel for as many results as you have published.
# Sources: producer.go (Stop closes the conn; transactionCleanup ends all that wait with
# ErrNotConnected).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/nsqio/go-nsq@v1.1.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nsqio/go-nsq"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

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

const messages = 100

// nsqd serves one producer: it counts published messages, and answers them when all of them
// have come and answer is closed.
type nsqd struct {
	published   atomic.Int32
	all, answer chan struct{}
}

func (d *nsqd) serve(c net.Conn) {
	r := bufio.NewReader(c)
	must(r.Discard(len("  V2")))
	write := func(text string) {
		frame := binary.BigEndian.AppendUint32(nil, uint32(4+len(text)))
		c.Write(append(append(frame, 0, 0, 0, 0), text...))
	}
	body := func() {
		size := make([]byte, 4)
		must(io.ReadFull(r, size))
		must(r.Discard(int(binary.BigEndian.Uint32(size))))
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch strings.Fields(line)[0] {
		case "IDENTIFY":
			body()
			write(`{"version":"1.3.0","max_rdy_count":2500}`)
		case "PUB":
			body()
			if d.published.Add(1) < messages {
				continue
			}
			close(d.all)
			<-d.answer
			for range messages {
				write("OK")
			}
		}
	}
}

// publish publishes all messages and calls Stop when nsqd has them: before nsqd answers, or
// after the results have come. It returns how many nsqd has published, and the results.
func publish(wait bool) (int, map[string]int) {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	d := &nsqd{all: make(chan struct{}), answer: make(chan struct{})}
	go func() { d.serve(must(ln.Accept())) }()
	producer := must(nsq.NewProducer(ln.Addr().String(), nsq.NewConfig()))
	producer.SetLoggerLevel(nsq.LogLevelMax)
	results := make(chan *nsq.ProducerTransaction, messages)
	for range messages {
		check(producer.PublishAsync("topic", []byte("message"), results))
	}
	counts := map[string]int{}
	count := func() {
		for range messages {
			err := (<-results).Error
			counts[fmt.Sprint(err)]++
		}
	}
	<-d.all
	if wait {
		close(d.answer)
		count()
		producer.Stop()
	} else {
		producer.Stop()
		count()
		close(d.answer)
	}
	return int(d.published.Load()), counts
}

func main() {
	waited, all := publish(true)
	fmt.Printf("Stop after the results: %d published, results %v\n", waited, all)
	stopped, failed := publish(false)
	fmt.Printf("Stop at once: %d published, results %v\n", stopped, failed)
	if waited != messages || all["<nil>"] != messages || stopped != messages ||
		failed[nsq.ErrNotConnected.Error()] != messages {
		fmt.Println("go-nsq behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
