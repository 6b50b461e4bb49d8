#!/usr/bin/env bash
# A go-proxyproto conn does not write before the peer's PROXY header has come.
#
# Expected: only Read and RemoteAddr of a conn behind the PROXY protocol need the
# header. A server that speaks first (SMTP, FTP, SSH, MySQL) can send its banner
# at once.
# Seen, github.com/pires/go-proxyproto v0.15.0: Write waits for the header, too,
# until ReadHeaderTimeout, which is 10 s unless set. A write deadline does not
# shorten that: a Write with a deadline of 50 ms fails after the whole time. If
# no header comes, the banner is late under the policy USE, and never sent under
# REQUIRE, the default: Write returns ErrNoProxyProtocol.
# Consequence: never write a banner in the accept loop, and set ReadHeaderTimeout
# to the longest delay that a banner may have.
# Sources: protocol.go (Write calls ensureHeaderProcessed); compare golang/go
# issue 12943, where RemoteAddr of such a conn blocked net/http.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/pires/go-proxyproto@v0.15.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/pires/go-proxyproto"
)

const (
	header  = "PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r\n"
	timeout = 2 * time.Second
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// banner writes to a client that has sent first, and says how long it took.
func banner(policy proxyproto.Policy, first string, deadline time.Duration) (time.Duration, error) {
	root := must(net.Listen("tcp", "127.0.0.1:0"))
	ln := &proxyproto.Listener{
		Listener:          root,
		ReadHeaderTimeout: timeout,
		ConnPolicy: func(proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			return policy, nil
		},
	}
	defer ln.Close()
	client := must(net.Dial("tcp", root.Addr().String()))
	defer client.Close()
	must(client.Write([]byte(first)))
	c := must(ln.Accept())
	defer c.Close()
	if deadline > 0 {
		c.SetWriteDeadline(time.Now().Add(deadline))
	}
	start := time.Now()
	_, err := c.Write([]byte("220 ready\r\n"))
	return time.Since(start), err
}

func main() {
	bad := false
	for _, c := range []struct {
		name     string
		policy   proxyproto.Policy
		first    string
		deadline time.Duration
		waits    bool
		want     error
	}{
		{"header sent", proxyproto.REQUIRE, header, 0, false, nil},
		{"no header, USE", proxyproto.USE, "", 0, true, nil},
		{"no header, USE, deadline 0.05 s", proxyproto.USE, "", timeout / 40, true, os.ErrDeadlineExceeded},
		{"no header, REQUIRE", proxyproto.REQUIRE, "", 0, true, proxyproto.ErrNoProxyProtocol},
	} {
		took, err := banner(c.policy, c.first, c.deadline)
		fmt.Printf("%-32s Write took %4.1f s, error: %v\n", c.name, took.Seconds(), err)
		bad = bad || !errors.Is(err, c.want) || c.waits && took < timeout*9/10
	}
	if bad {
		fmt.Println("go-proxyproto behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
