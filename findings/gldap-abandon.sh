#!/usr/bin/env bash
# A gldap server closes the conn at Abandon, Compare and ModifyDN, and hands out modified values undecoded.
#
# Expected: an LDAP server that does not support an operation answers it with an error, and ignores an
# Abandon, which has no answer and may come too late in any case (RFC 4511 section 4.11). Other
# requests of the conn go on. The values of an attribute reach a Modify handler as they reach
# an Add handler. A password change has the new password in its value (RFC 3062).
# Seen, github.com/jimlambrt/gldap v0.1.14 with Debian's ldap-utils 2.5.13+dfsg-5:
# - After Abandon, Compare or ModifyDN the server reads no more from the conn and closes it, without
#   a notice, as soon as the searches in flight are answered. The default route is not asked.
#   A client that gives one search up, because its user has typed on, is no longer bound and
#   loses what it sends next. ldapcompare and ldapmodrdn say "Can't contact LDAP server".
# - In a Modify all new values of an attribute are one string, with the type and the length of each in
#   front: two mail addresses are "\x04\x03a@x\x04\x03b@y". No values, to delete an attribute, are
#   one empty string. In an Add they are right.
# - A handler of an extended operation cannot read the value of it, so that ldappasswd -s is answered,
#   but the new password is lost.
# Bind, search and add, which tests of LDAP clients mostly need, are right, with all filters.
# Consequence: let clients that abandon searches use another conn for the rest. In a Modify handler
# decode the string: a byte 04, a length, the value, and so on up to its end.
# Sources: packet.go (requestType fails for other operations, upon which serveRequests in conn.go returns;
# modifyParameters takes the set of values for a value); message.go (newMessage never sets Value of
# an ExtendedOperationMessage) and request.go (no method returns one).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download ldap-utils=2.5.13+dfsg-5 libldap-2.5-0=2.5.13+dfsg-5 && apt-get download libsasl2-2; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH LDAPNOINIT=1
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/jimlambrt/gldap@v0.1.14 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/jimlambrt/gldap"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// A record holds what the handlers have got.
type record struct {
	mu    sync.Mutex
	lines []string
}

func (r *record) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *record) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.lines)
}

func (r *record) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := strings.Join(r.lines, "; ")
	r.lines = nil
	return text
}

// serve starts a server that says yes to everything it has a handler for. A search below "slow"
// waits for a release.
func serve(seen *record, release chan bool) string {
	mux, err := gldap.NewMux()
	check(err)
	ok := gldap.WithResponseCode(gldap.ResultSuccess)
	check(mux.Bind(func(w *gldap.ResponseWriter, r *gldap.Request) { w.Write(r.NewBindResponse(ok)) }))
	check(mux.Search(func(w *gldap.ResponseWriter, r *gldap.Request) {
		m, err := r.GetSearchMessage()
		check(err)
		if m.BaseDN == "slow" {
			seen.add("slow search")
			<-release
		}
		w.Write(r.NewSearchDoneResponse(ok))
	}))
	check(mux.Add(func(w *gldap.ResponseWriter, r *gldap.Request) {
		m, err := r.GetAddMessage()
		check(err)
		for _, a := range m.Attributes {
			seen.add("%s %q", a.Type, a.Vals)
		}
		w.Write(r.NewResponse(gldap.WithApplicationCode(gldap.ApplicationAddResponse), ok))
	}))
	check(mux.Modify(func(w *gldap.ResponseWriter, r *gldap.Request) {
		m, err := r.GetModifyMessage()
		check(err)
		for _, c := range m.Changes {
			seen.add("%s %q", c.Modification.Type, c.Modification.Vals)
		}
		w.Write(r.NewModifyResponse(ok))
	}))
	check(mux.DefaultRoute(func(w *gldap.ResponseWriter, r *gldap.Request) {
		seen.add("default route")
		w.Write(r.NewResponse(gldap.WithResponseCode(gldap.ResultUnwillingToPerform)))
	}))
	check(mux.ExtendedOperation(func(w *gldap.ResponseWriter, r *gldap.Request) {
		seen.add("password change")
		w.Write(r.NewExtendedResponse(ok))
	}, gldap.ExtendedOperationPasswordModify))
	server, err := gldap.NewServer(gldap.WithLogger(hclog.NewNullLogger()))
	check(err)
	check(server.Router(mux))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	addr := l.Addr().String()
	check(l.Close())
	go server.Run(addr)
	for !server.Ready() {
		time.Sleep(10 * time.Millisecond)
	}
	return addr
}

// ldap runs a program of ldap-utils with this input and returns what it prints last.
func ldap(addr, input, name string, args ...string) string {
	cmd := exec.Command("usr/bin/"+name, append([]string{"-x", "-H", "ldap://" + addr}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	out, _ := cmd.CombinedOutput() // a failure is what it prints
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// search is a search request below this base, for (cn=*), with a message id.
func search(id byte, base string) []byte {
	op := append([]byte{0x04, byte(len(base))}, base...)
	op = append(op, 0x0a, 1, 2, 0x0a, 1, 0, 0x02, 1, 0, 0x02, 1, 0, 0x01, 1, 0, 0x87, 2, 'c', 'n', 0x30, 0)
	op = append([]byte{0x02, 1, id, 0x63, byte(len(op))}, op...)
	return append([]byte{0x30, byte(len(op))}, op...)
}

func abandon(id, of byte) []byte {
	return []byte{0x30, 6, 0x02, 1, id, 0x50, 1, of}
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	seen := &record{}
	release := make(chan bool)
	addr := serve(seen, release)

	lost := "ldap_result: Can't contact LDAP server (-1)"
	expect("ldapcompare", ldap(addr, "", "ldapcompare", "cn=ann", "mail:a@x"), lost)
	expect("ldapmodrdn", ldap(addr, "", "ldapmodrdn", "cn=ann", "cn=anna"), lost)
	expect("  the default route has got", seen.take(), "")
	ldap(addr, "", "ldapdelete", "cn=ann")
	expect("  after ldapdelete, without a handler, it has", seen.take(), "default route")

	ldap(addr, "dn: cn=ann\nmail: a@x\nmail: b@y\n", "ldapadd")
	expect("ldapadd, two values", seen.take(), `mail ["a@x" "b@y"]`)
	ldap(addr, "dn: cn=ann\nchangetype: modify\nreplace: mail\nmail: a@x\nmail: b@y\n-\ndelete: sn\n-\n", "ldapmodify")
	expect("ldapmodify, the same two, and none", seen.take(), `mail ["\x04\x03a@x\x04\x03b@y"]; sn [""]`)

	expect("ldappasswd", ldap(addr, "", "ldappasswd", "-s", "new", "cn=ann"), "")
	expect("  the handler has got", seen.take(), "password change")

	for _, with := range []bool{false, true} {
		conn, err := net.Dial("tcp", addr)
		check(err)
		conn.Write(append(search(1, "slow"), search(2, "slow")...))
		for seen.count() < 2 {
			time.Sleep(10 * time.Millisecond)
		}
		seen.take()
		if with {
			conn.Write(abandon(3, 1))
		}
		conn.Write(search(4, "quick"))
		time.AfterFunc(time.Second, func() { release <- true; release <- true })
		conn.SetReadDeadline(time.Now().Add(3 * time.Second))
		answers, err := io.ReadAll(conn)
		result := fmt.Sprintf("%d answers, %v", len(answers)/14, !errors.Is(err, os.ErrDeadlineExceeded))
		conn.Close()
		if with {
			expect("two slow searches, Abandon of one, and another search; closed", result, "2 answers, true")
		} else {
			expect("the same without Abandon; closed", result, "3 answers, false")
		}
	}
	if !same {
		fmt.Println("gldap behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
