#!/usr/bin/env bash
# A DNS server of miekg/dns resets a TCP client that pipelines 129 queries.
#
# Expected: a client may send many queries over one conn without waiting for the
# answers (RFC 7766 section 6.2.1.1), and a server that wants to close first lets
# the answers it has written arrive.
# Seen, github.com/miekg/dns v1.1.73: the server answers 128 queries of a conn and
# closes it, unless MaxTCPQueries is set. A client that waits for each answer gets
# all 128. A client that pipelines does not: its further queries lie unread in the
# server's socket, so Close sends a reset and drops the answers that are still on
# their way. The handler ran 128 times, and the client got only the first answers.
# Consequence: set MaxTCPQueries to -1 and rely on IdleTimeout, as CoreDNS does. A
# client with more queries spreads them over conns, and repeats what is unanswered.
# Sources: server.go (maxTCPQueries, and serveTCPConn, which closes without
# draining); RFC 1122 section 4.2.2.13 on a close with unread data.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/miekg/dns@v1.1.73 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

const queries = 200

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// ask sends the queries over one conn, and returns how many the server handled, how
// many answers came, and the error that ended them.
func ask(pipeline bool, limit int) (handled int32, answers int, end error) {
	var count atomic.Int32
	server := &dns.Server{Listener: must(net.Listen("tcp", "127.0.0.1:0")), MaxTCPQueries: limit}
	server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, query *dns.Msg) {
		count.Add(1)
		answer := new(dns.Msg).SetReply(query)
		header := dns.RR_Header{Name: query.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}
		for range 20 {
			answer.Answer = append(answer.Answer, &dns.TXT{Hdr: header, Txt: []string{strings.Repeat("x", 200)}})
		}
		w.WriteMsg(answer)
	})
	go server.ActivateAndServe()

	conn := must(net.Dial("tcp", server.Listener.Addr().String()))
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	c := dns.Conn{Conn: conn}
	query := new(dns.Msg).SetQuestion("example.", dns.TypeTXT)
	if pipeline {
		for range queries {
			c.WriteMsg(query) // fails if the server is already gone
		}
		time.Sleep(time.Second) // a client that is busy with something else
	}
	for answers < queries && end == nil {
		if !pipeline {
			c.WriteMsg(query)
		}
		if _, end = c.ReadMsg(); end == nil {
			answers++
		}
	}
	return count.Load(), answers, end
}

func main() {
	handled, answers, end := ask(false, 0)
	fmt.Printf("one by one: %d handled, %d answers, then %v\n", handled, answers, end)
	bad := handled != 128 || answers != 128
	handled, answers, end = ask(true, 0)
	fmt.Printf("pipelined: %d handled, %d answers, then %v\n", handled, answers, end)
	bad = bad || handled != 128 || answers >= 128 || !errors.Is(end, syscall.ECONNRESET)
	handled, answers, end = ask(true, -1)
	fmt.Printf("pipelined, MaxTCPQueries -1: %d handled, %d answers, error %v\n", handled, answers, end)
	bad = bad || answers != queries
	if bad {
		fmt.Println("miekg/dns behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
