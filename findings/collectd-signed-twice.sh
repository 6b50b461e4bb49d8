#!/usr/bin/env bash
# The Go server for collectd's network protocol reads signed values twice, and drops packets with ABSOLUTE.
#
# Expected: collectd's network plugin can sign its packets. A server that demands nothing, the default,
# takes them like others, each value once; collectd itself takes them even if it has no passwords to
# check them. A value is of one of four types: GAUGE, DERIVE, COUNTER or ABSOLUTE.
# Seen, collectd.org v0.3.0 (package network) with Debian's collectd-core 5.12.0-14:
# - A Server with a PasswordLookup hands each value of a signed packet to its Writer twice. A
#   program that adds values up, or counts them, is wrong by a factor of two. With SecurityLevel
#   Sign, and for packets that are not signed or are encrypted, each comes once.
# - Without a PasswordLookup, signed packets are dropped, although no signature is asked for. A log
#   line says so; ListenAndWrite, which the package offers for simple servers, has no lookup.
# - One ABSOLUTE value makes the server drop its whole packet, with the values of other types before
#   it and after it. collectd fills packets with what it has, so which values are lost differs
#   from one interval to the next.
# A sender with the usual plugins, and no signatures, shows none of this.
# Consequence: set SecurityLevel to Sign or Encrypt as soon as one sender signs, and give that to all
# senders. Send no values of type ABSOLUTE to this server.
# Sources: network/parse.go (parse checks the signed rest and returns its values, and then reads the
# same bytes once more; parseValues knows three types) and server.go (an error of Parse
# drops the values that come with it); collectd.conf(5), network plugin, SecurityLevel.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download collectd-core=5.12.0-14 && apt-get download libyajl2; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
export LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get collectd.org@v0.3.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"collectd.org/api"
	"collectd.org/network"
)

var (
	late    = time.AfterFunc(time.Minute, func() { fail("gave up after a minute") })
	started []*exec.Cmd
)

func fail(why any) {
	fmt.Println(why)
	for _, cmd := range started {
		cmd.Process.Kill()
	}
	os.Exit(1)
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

type passwords struct{}

func (passwords) Password(string) (string, error) { return "secret", nil }

// A server is one of the package, which counts the values of each name.
type server struct {
	mu   sync.Mutex
	seen map[string]int
}

func (s *server) Write(_ context.Context, vl *api.ValueList) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[vl.TypeInstance]++
	return nil
}

func (s *server) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var counts []string
	for name, n := range s.seen {
		counts = append(counts, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(counts)
	return strings.Join(counts, ", ")
}

func freePort() int {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

func serve(lookup network.PasswordLookup, level network.SecurityLevel) (*server, int) {
	s := &server{seen: map[string]int{}}
	port := freePort()
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	go (&network.Server{Addr: addr, Writer: s, PasswordLookup: lookup, SecurityLevel: level}).ListenAndWrite(context.Background())
	return s, port
}

// A daemon is a collectd with a socket for commands.
type daemon struct {
	cmd      *exec.Cmd
	commands net.Conn
	answers  *bufio.Reader
}

func start(name, networks string) *daemon {
	dir, err := os.Getwd()
	check(err)
	conf := fmt.Sprintf(`Hostname "box"
FQDNLookup false
WriteThreads 1
BaseDir "%[1]s"
PIDFile "%[1]s/%[2]s.pid"
PluginDir "%[1]s/usr/lib/collectd"
TypesDB "%[1]s/usr/share/collectd/types.db"
LoadPlugin network
<Plugin network>
%[3]s
</Plugin>
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "%[1]s/%[2]s.sock"
</Plugin>
`, dir, name, networks)
	check(os.WriteFile(name+".conf", []byte(conf), 0o600))
	d := &daemon{cmd: exec.Command("usr/sbin/collectd", "-f", "-C", name+".conf")}
	check(d.cmd.Start())
	started = append(started, d.cmd)
	for {
		if d.commands, err = net.Dial("unix", name+".sock"); err == nil {
			d.answers = bufio.NewReader(d.commands)
			return d
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// command returns the lines of the answer after its status.
func (d *daemon) command(text string) (lines []string) {
	fmt.Fprintln(d.commands, text)
	status, err := d.answers.ReadString('\n')
	check(err)
	var n int
	if _, err := fmt.Sscan(status, &n); err != nil || n < 0 {
		check(fmt.Errorf("%s: %s", text, status))
	}
	if !strings.HasPrefix(text, "LISTVAL") {
		return nil
	}
	for range n {
		line, err := d.answers.ReadString('\n')
		check(err)
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

func (d *daemon) stop() {
	d.cmd.Process.Signal(syscall.SIGTERM)
	d.cmd.Wait()
}

// send has a collectd send these values to the ports, and to a collectd without passwords. It
// returns the names of the values that the latter has.
func send(security string, values []string, ports ...int) string {
	port := freePort()
	receiver := start("receiver", fmt.Sprintf(`  Listen "127.0.0.1" "%d"`, port))
	var networks strings.Builder
	for _, p := range append(ports, port) {
		fmt.Fprintf(&networks, "  <Server \"127.0.0.1\" \"%d\">\n%s  </Server>\n", p, security)
	}
	sender := start("sender", networks.String())
	for _, v := range values {
		sender.command(v)
	}
	for len(sender.command("LISTVAL")) < len(values) { // they are still in a queue
		time.Sleep(10 * time.Millisecond)
	}
	sender.stop() // sends what it has
	var names []string
	for range 50 { // at most 5 s
		names = nil
		for _, line := range receiver.command("LISTVAL") {
			_, name, _ := strings.Cut(line, "box/shop/")
			_, name, _ = strings.Cut(name, "-")
			names = append(names, name)
		}
		if len(names) == len(values) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	receiver.stop()
	slices.Sort(names)
	time.Sleep(500 * time.Millisecond) // for what else may come
	return strings.Join(names, ", ")
}

func main() {
	log.SetOutput(io.Discard)
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	values := []string{"PUTVAL box/shop/gauge-sold interval=10 N:3", "PUTVAL box/shop/derive-visits interval=10 N:7"}
	user := "    Username \"till\"\n    Password \"secret\"\n"
	for _, security := range []string{"None", "Sign", "Encrypt"} {
		withLookup, p1 := serve(passwords{}, network.None)
		without, p2 := serve(nil, network.None)
		demands, p3 := serve(passwords{}, network.Sign)
		line := ""
		if security != "None" {
			line = "    SecurityLevel " + security + "\n" + user
		}
		got := send(line, values, p1, p2, p3)
		once, twice := "sold 1, visits 1", "sold 2, visits 2"
		want := map[string][4]string{
			"None": {"sold, visits", once, once, ""}, "Sign": {"sold, visits", twice, "", once}, "Encrypt": {"", once, "", once},
		}[security]
		expect("SecurityLevel "+security+" of the sender; collectd without passwords has", got, want[0])
		expect("  Server with PasswordLookup", withLookup.String(), want[1])
		expect("  Server without", without.String(), want[2])
		expect("  Server with PasswordLookup and SecurityLevel Sign", demands.String(), want[3])
	}
	plain, p := serve(nil, network.None)
	got := send("", append(values, "PUTVAL box/shop/absolute-hits interval=10 N:5"), p)
	expect("with a value of type ABSOLUTE, collectd has", got, "hits, sold, visits")
	expect("  Server", plain.String(), "")
	if !same {
		fmt.Println("collectd.org/network behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
