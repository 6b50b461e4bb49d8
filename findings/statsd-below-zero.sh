#!/usr/bin/env bash
# Six of seven StatsD clients send five degrees below zero as five degrees less: after 10 the gauge is 5.
#
# Expected: Gauge("temp", -5) sets a gauge to -5, as Gauge("temp", 10) sets it to 10. In the protocol a sign means a
# change, "temp:-5|g" is five less; so a client first sets the gauge to 0 (statsd's metric_types.md). A
# client that has a second method for changes knows the difference.
# Seen, with the servers statsd 0.9.0 of npm and github.com/prometheus/statsd_exporter v0.31.0, which do the same:
# - After 10 and -5 the gauge is 5 with github.com/cactus/go-statsd-client/v5 v5.1.0, whose Gauge stands beside
#   GaugeDelta, github.com/DataDog/datadog-go/v5 v5.9.1, github.com/hashicorp/go-metrics v0.7.0,
#   github.com/peterbourgon/g2s of February 2017, and Debian's libnet-statsd-perl 0.12-3 and
#   python3-aiodogstatsd 0.16.0-2. Each -5 more takes away five more. Debian's python3-statsd 4.0.1-1 sends 0
#   first, and gets -5.
# - g2s and Net::Statsd cut a time of 0.5 ms to 0. The others send 0.5.
# - The histogram of datadog-go, "h", is a counter in statsd: a value of 5 counts five.
# A value that is never below zero, as most in a test, is right with all.
# Consequence: set the gauge to 0 before a value below zero, or send the value plus a constant.
# Sources: statsd's docs/metric_types.md, "Gauges", and stats.js (what is no other type is a counter); cactus'
# statsd/client.go (Gauge, GaugeDelta); hashicorp's statsd.go (SetGauge); Python's statsd/client/base.py.
set -eu
for tool in apt-get npm perl python3; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, perl and python3, and node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libnet-statsd-perl=0.12-3 python3-aiodogstatsd=0.16.0-2 python3-statsd=4.0.1-1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund --omit=optional statsd@0.9.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/cactus/go-statsd-client/v5@v5.1.0 github.com/DataDog/datadog-go/v5@v5.9.1 github.com/hashicorp/go-metrics@v0.7.0 \
  github.com/peterbourgon/g2s@v0.0.0-20170223122336-d4e7ad98afea github.com/prometheus/statsd_exporter@v0.31.0 >>go.log 2>&1 || { cat go.log; exit 1; }
go build -o exporter github.com/prometheus/statsd_exporter >>go.log 2>&1 || { cat go.log; exit 1; }
cat >client.pl <<'EOF'
use Net::Statsd;
$Net::Statsd::HOST = '127.0.0.1';
$Net::Statsd::PORT = $ARGV[0];
Net::Statsd::gauge("perl_temp", $_) for 10, -5;
Net::Statsd::timing("perl_time", 0.5);
EOF
cat >client.py <<'EOF'
import asyncio
import sys

import aiodogstatsd
import statsd

port = int(sys.argv[1])
plain = statsd.StatsClient("127.0.0.1", port)
plain.gauge("python_temp", 10)
plain.gauge("python_temp", -5)
plain.timing("python_time", 0.5)


async def main():
    async with aiodogstatsd.Client(host="127.0.0.1", port=port) as client:
        client.gauge("aio_temp", value=10)
        client.gauge("aio_temp", value=-5)
        client.timing("aio_time", value=0.5)

asyncio.run(main())
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	datadog "github.com/DataDog/datadog-go/v5/statsd"
	cactus "github.com/cactus/go-statsd-client/v5/statsd"
	"github.com/hashicorp/go-metrics"
	"github.com/peterbourgon/g2s"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func run(name string, args ...string) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PYTHONPATH=usr/lib/python3/dist-packages", "PERL5LIB=usr/share/perl5")
	if out, err := cmd.CombinedOutput(); err != nil {
		panic(string(out))
	}
}

func send(port int) {
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	run("perl", "client.pl", fmt.Sprint(port))
	run("python3", "client.py", fmt.Sprint(port))

	c, err := cactus.NewClientWithConfig(&cactus.ClientConfig{Address: addr})
	check(err)
	check(c.Gauge("cactus_temp", 10, 1))
	check(c.Gauge("cactus_temp", -5, 1))
	check(c.TimingDuration("cactus_time", 500*time.Microsecond, 1))

	d, err := datadog.New(addr, datadog.WithoutTelemetry())
	check(err)
	for _, value := range []float64{10, -5} {
		check(d.Gauge("datadog_temp", value, nil, 1))
		check(d.Flush())
	}
	check(d.Timing("datadog_time", 500*time.Microsecond, nil, 1))
	check(d.Histogram("datadog_histogram", 5, nil, 1))
	check(d.Close())

	g, err := g2s.Dial("udp", addr)
	check(err)
	g.Gauge(1, "g2s_temp", "10")
	g.Gauge(1, "g2s_temp", "-5")
	g.Timing(1, "g2s_time", 500*time.Microsecond)

	h, err := metrics.NewStatsdSink(addr)
	check(err)
	h.SetGauge([]string{"hashicorp_temp"}, 10)
	h.SetGauge([]string{"hashicorp_temp"}, -5)
	h.SetGauge([]string{"last"}, 1) // what was sent before is known when this is
}

// statsd returns all that the server has, with a space between a name and its value.
func statsd(mgmt string) string {
	c, err := net.Dial("tcp", mgmt)
	if err != nil {
		return ""
	}
	defer c.Close()
	var all strings.Builder
	for _, what := range []string{"gauges", "timers", "counters"} {
		fmt.Fprintln(c, what)
		for !strings.HasSuffix(strings.TrimSpace(all.String()), what+" END") {
			b := make([]byte, 65536)
			n, err := c.Read(b)
			check(err)
			all.WriteString(strings.ReplaceAll(string(b[:n]), "END", what+" END"))
		}
	}
	return strings.NewReplacer("'", "", ": ", " ", ":", " ", "[", " ", "]", "").Replace(all.String())
}

func exporter(web string) string {
	response, err := http.Get("http://" + web + "/metrics")
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(err)
	return string(body)
}

func value(text, name string) string {
	found := regexp.MustCompile(`(?m)^[ {]*` + name + ` +([^ ,\n}]+)`).FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	return found[1]
}

func waitFor(ask func() string, name string) string {
	for range 300 { // at most 30 s
		if text := ask(); name == "" && text != "" || name != "" && value(text, name) != "" {
			return text
		}
		time.Sleep(100 * time.Millisecond)
	}
	panic("gave up waiting")
}

func freePorts() (int, int) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	check(err)
	defer l.Close()
	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(err)
	defer u.Close()
	return u.LocalAddr().(*net.UDPAddr).Port, l.Addr().(*net.TCPAddr).Port
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	udp, tcp := freePorts()
	check(os.WriteFile("config.js", fmt.Appendf(nil, "{port: %d, address: '127.0.0.1', mgmt_port: %d, mgmt_address: '127.0.0.1', flushInterval: 600000, backends: []}\n", udp, tcp), 0o600))
	first := exec.Command("node", "--no-deprecation", "node_modules/statsd/stats.js", "config.js")
	check(first.Start())
	defer first.Process.Kill()
	mgmt := fmt.Sprintf("127.0.0.1:%d", tcp)
	waitFor(func() string { return statsd(mgmt) }, "")
	send(udp)
	one := waitFor(func() string { return statsd(mgmt) }, "last")

	udp, tcp = freePorts()
	web := fmt.Sprintf("127.0.0.1:%d", tcp)
	second := exec.Command("./exporter", fmt.Sprintf("--statsd.listen-udp=127.0.0.1:%d", udp), "--statsd.listen-tcp=", "--web.listen-address="+web)
	check(second.Start())
	defer second.Process.Kill()
	waitFor(func() string { return exporter(web) }, "")
	send(udp)
	two := waitFor(func() string { return exporter(web) }, "last")

	clients := []string{"cactus", "datadog", "hashicorp", "g2s", "perl", "aio", "python"}
	for _, client := range clients {
		want := "5 and 5"
		if client == "python" {
			want = "-5 and -5"
		}
		expect("10 and -5, "+client+", statsd and statsd_exporter", value(one, client+"_temp")+" and "+value(two, client+"_temp"), want)
	}
	for _, client := range clients {
		want := "0.5"
		if slices.Contains([]string{"g2s", "perl"}, client) {
			want = "0"
		}
		if client != "hashicorp" {
			expect("0.5 ms, "+client+", statsd", value(one, client+"_time"), want)
		}
	}
	counters := one[strings.Index(one, "timers END"):]
	expect("a histogram value of 5, counter in statsd", value(counters, "datadog_histogram"), "5")
	if !same {
		fmt.Println("one of the packages behaves differently from what is stated here")
		first.Process.Kill()
		second.Process.Kill()
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
go run .
