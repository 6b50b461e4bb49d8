#!/usr/bin/env bash
# kdig writes dnstap times with nanoseconds that are up to a second too early.
#
# Expected: a dnstap message has the time at which a query was sent or a response came, in seconds and
# nanoseconds, and the addresses of both sides (dnstap.proto). So what kdig writes can be laid
# beside a capture, or beside the dnstap log of the server that it has asked.
# Seen, Debian's knot-dnsutils 3.2.6-1 (kdig -E) with a server of github.com/miekg/dns v1.1.73 and the
# reader github.com/dnstap/golang-dnstap v0.4.0:
# - The nanoseconds are those since the beginning of the query, and the seconds are those of the clock at
#   that moment. A query that is sent at 12.600 has a query_time of 12.0001 or so, and its response
#   has been received 0.6 s before the server has the query. The difference between the two times of
#   kdig is right.
# - Over UDP query_address is 0.0.0.0. Over TCP it is the client's address.
# kdig's own reader, kdig -G, prints whole seconds, so nothing looks wrong.
# Consequence: take only differences from these files, and times from a capture.
# Sources: kdig_exec.c of Knot DNS (process_query_packet adds what has passed since its start to time(NULL));
# dnstap.proto, query_time_nsec.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download knot-dnsutils=3.2.6-1 libdnssec9=3.2.6-1 libknot13=3.2.6-1 libzscanner4=3.2.6-1 &&
  apt-get download libfstrm0 libprotobuf-c1 libxdp1 libbpf1 liblmdb0 libedit2 libnghttp2-14 libmnl0 libelf1; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/dnstap/golang-dnstap@v0.4.0 github.com/miekg/dns@v1.1.73 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"

	dnstap "github.com/dnstap/golang-dnstap"
	"github.com/miekg/dns"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// messages reads a dnstap file with a query and its response.
func messages(name string) (query, response *dnstap.Message) {
	file, err := os.Open(name)
	check(err)
	defer file.Close()
	reader, err := dnstap.NewReader(file, nil)
	check(err)
	decoder := dnstap.NewDecoder(reader, 65536)
	var q, r dnstap.Dnstap
	check(decoder.Decode(&q))
	check(decoder.Decode(&r))
	return q.GetMessage(), r.GetMessage()
}

func main() {
	same := true
	expect := func(what string, got any, ok bool) {
		fmt.Printf("%s: %v\n", what, got)
		same = same && ok
	}
	var udp net.PacketConn
	var tcp net.Listener
	for udp == nil { // a port that is free for both
		var err error
		tcp, err = net.Listen("tcp", "127.0.0.1:0")
		check(err)
		if udp, err = net.ListenPacket("udp", tcp.Addr().String()); err != nil {
			udp = nil
			tcp.Close()
		}
	}
	arrived := make(chan time.Time, 1)
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		arrived <- time.Now()
		answer := new(dns.Msg).SetReply(r)
		rr, err := dns.NewRR(r.Question[0].Name + " 60 IN A 10.1.2.3")
		check(err)
		answer.Answer = append(answer.Answer, rr)
		time.Sleep(50 * time.Millisecond)
		w.WriteMsg(answer)
	})
	go dns.ActivateAndServe(nil, udp, handler)
	go dns.ActivateAndServe(tcp, nil, handler)
	_, port, err := net.SplitHostPort(udp.LocalAddr().String())
	check(err)

	for _, protocol := range []string{"+notcp", "+tcp"} {
		early := 0
		var q, r *dnstap.Message
		for range 4 {
			now := time.Now() // wait until the clock shows 0.6
			time.Sleep(time.Until(now.Truncate(time.Second).Add(1600 * time.Millisecond)))
			cmd := exec.Command("usr/bin/kdig", "@127.0.0.1", "-p", port, protocol, "-E", "file.tap", "www.example.test", "A")
			cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+os.Args[1])
			out, err := cmd.CombinedOutput()
			if err != nil {
				check(fmt.Errorf("%w: %s", err, out))
			}
			at := <-arrived
			q, r = messages("file.tap")
			sent := time.Unix(int64(q.GetQueryTimeSec()), int64(q.GetQueryTimeNsec()))
			received := time.Unix(int64(r.GetResponseTimeSec()), int64(r.GetResponseTimeNsec()))
			if received.Before(at) && at.Sub(sent) > 500*time.Millisecond && received.Sub(sent) >= 50*time.Millisecond {
				early++
			}
		}
		expect(protocol+", responses that came before the server had the query, of 4", early, early > 0)
		address := net.IP(q.GetQueryAddress()).String()
		expect("  query_address", address, address == map[string]string{"+notcp": "0.0.0.0", "+tcp": "127.0.0.1"}[protocol])
	}
	if !same {
		fmt.Println("kdig behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
arch=$(uname -m)-linux-gnu
go run . "$dir/lib/$arch:$dir/usr/lib/$arch"
