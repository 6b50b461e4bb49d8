#!/usr/bin/env bash
# A TURN server of pion/turn gives ten minutes to a client that asks for an hour, and IPv4 to one that asks for IPv6.
#
# Expected: the lifetime of an allocation is what the client asks for, but not more than the server's maximum, and
# if that is less than the default of 600 s, the default (RFC 5766 section 6.2; RFC 8656 section 7.2). A
# reservation token is sent if bit R of EVEN-PORT is set. A server answers 440 if it does not have the
# family that is asked for; if it does not know an attribute below 8000 at all, 420 (RFC 5389 section
# 7.3.1).
# Seen, github.com/pion/turn/v4 v4.1.4, and Debian's coturn 4.6.1-1 (turnserver), which does all of that:
# - pion's maximum is 3600 s. A client that asks for that, or for more, gets 600 s, though 3000 s are granted. One that
#   refreshes only shortly before its hour is over loses the allocation. 60 s are granted as 60 s.
# - For IPv6 (REQUESTED-ADDRESS-FAMILY) it answers with success and an IPv4 address. Its README says that IPv6 is
#   planned, so 420 is what the client can expect. An attribute 7001 is ignored as well.
# - EVEN-PORT without R gets a token, and so holds a port of the next client for nobody.
# - DONT-FRAGMENT is refused with 420 by pion, which is allowed, and accepted by coturn.
# A client that asks for nothing gets the same from both.
# Consequence: look at the family and the LIFETIME in the answer, and ask pion's servers for 3599 s at most.
# Sources: pion/turn's internal/server/turn.go (handleAllocateRequest) and util.go (allocationLifeTime returns
# the default for all that is not below the maximum); its README, "RFCs".
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download coturn=4.6.1-1 &&
  apt-get download libevent-core-2.1-7 libevent-extra-2.1-7 libevent-openssl-2.1-7 libevent-pthreads-2.1-7 libhiredis0.14 libmariadb3 \
    libpq5 libsqlite3-0 libsystemd0 libldap-2.5-0 libsasl2-2; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls coturn*.deb
arch=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$dir/usr/lib/$arch:$dir/lib/$arch PATH=$dir/usr/bin:$PATH
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/pion/turn/v4@v4.1.4 github.com/pion/stun/v3@v3.1.7 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/pion/stun/v3"
	"github.com/pion/turn/v4"
)

const (
	lifetime     = 0x0d
	relayed      = 0x16
	family       = 0x17
	evenPort     = 0x18
	requested    = 0x19
	dontFragment = 0x1a
	reservation  = 0x22
	unknown      = 0x7001
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// ask sends a request, again if need be, until there is an answer.
func ask(c net.Conn, m *stun.Message) *stun.Message {
	b := make([]byte, 2000)
	for range 100 { // at most 20 s
		c.Write(m.Raw) // fails while nobody listens
		check(c.SetReadDeadline(time.Now().Add(200 * time.Millisecond)))
		n, err := c.Read(b)
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		answer := &stun.Message{Raw: b[:n]}
		check(answer.Decode())
		if answer.TransactionID == m.TransactionID {
			return answer
		}
	}
	panic("no answer")
}

func request(attributes ...stun.RawAttribute) *stun.Message {
	m := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest))
	m.Add(requested, []byte{17, 0, 0, 0}) // UDP
	for _, a := range attributes {
		m.Add(a.Type, a.Value)
	}
	return m
}

// allocate makes an allocation on a conn of its own and says what it is.
func allocate(addr string, attributes ...stun.RawAttribute) string {
	c, err := net.Dial("udp4", addr)
	check(err)
	defer c.Close()
	m := request()
	m.WriteHeader()
	var nonce stun.Nonce
	check(nonce.GetFrom(ask(c, m)))
	m = request(attributes...)
	key := stun.MessageIntegrity(turn.GenerateAuthKey("user", "realm", "secret"))
	for _, a := range []stun.Setter{stun.NewUsername("user"), stun.NewRealm("realm"), nonce, key} {
		check(a.AddTo(m))
	}
	m.WriteHeader()
	answer := ask(c, m)
	var failed stun.ErrorCodeAttribute
	if failed.GetFrom(answer) == nil {
		return fmt.Sprintf("error %d", failed.Code)
	}
	var address stun.XORMappedAddress
	check(address.GetFromAs(answer, relayed))
	seconds, err := answer.Get(lifetime)
	check(err)
	result := fmt.Sprintf("%s for %d s", address.IP, binary.BigEndian.Uint32(seconds))
	if answer.Contains(reservation) {
		result += ", with a token"
	}
	return result
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(err)
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "realm",
		AuthHandler: func(user, realm string, _ net.Addr) ([]byte, bool) {
			return turn.GenerateAuthKey(user, realm, "secret"), true
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn:            conn,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"},
		}},
	})
	check(err)
	defer server.Close()

	probe, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(err)
	coturn := probe.LocalAddr().String()
	check(probe.Close())
	cmd := exec.Command("turnserver", "-n", "--lt-cred-mech", "-u", "user:secret", "-r", "realm", "-L", "127.0.0.1", "-E", "127.0.0.1",
		"-p", strings.TrimPrefix(coturn, "127.0.0.1:"), "--no-tcp", "--no-tls", "--no-dtls", "--no-cli", "--log-file=stdout", "--pidfile", "turn.pid")
	check(cmd.Start())
	defer cmd.Process.Kill()

	seconds := func(n uint32) stun.RawAttribute {
		return stun.RawAttribute{Type: lifetime, Value: binary.BigEndian.AppendUint32(nil, n)}
	}
	const usual = "127.0.0.1 for 600 s"
	for _, one := range []struct {
		name         string
		attribute    stun.RawAttribute
		pion, coturn string
	}{
		{"600 s", seconds(600), usual, usual},
		{"IPv6", stun.RawAttribute{Type: family, Value: []byte{2, 0, 0, 0}}, usual, "error 440"},
		{"60 s", seconds(60), "127.0.0.1 for 60 s", usual},
		{"3000 s", seconds(3000), "127.0.0.1 for 3000 s", "127.0.0.1 for 3000 s"},
		{"3600 s", seconds(3600), usual, "127.0.0.1 for 3600 s"},
		{"7200 s", seconds(7200), usual, "127.0.0.1 for 3600 s"},
		{"an even port", stun.RawAttribute{Type: evenPort, Value: []byte{0}}, usual + ", with a token", usual},
		{"an even port and the next one", stun.RawAttribute{Type: evenPort, Value: []byte{0x80}}, usual + ", with a token", usual + ", with a token"},
		{"attribute 7001", stun.RawAttribute{Type: unknown, Value: []byte{1, 2, 3, 4}}, usual, "error 420"},
		{"no fragments", stun.RawAttribute{Type: dontFragment}, "error 420", usual},
	} {
		expect(one.name+", pion", allocate(conn.LocalAddr().String(), one.attribute), one.pion)
		expect(one.name+", coturn", allocate(coturn, one.attribute), one.coturn)
	}
	if !same {
		fmt.Println("one of the servers behaves differently from what is stated here")
		cmd.Process.Kill()
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
go run .
