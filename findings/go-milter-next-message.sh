#!/usr/bin/env bash
# A go-milter server adds the headers of earlier mails to the next one, and forgets its client.
#
# Expected: a mail server sends all mails of a client over one conn to the milter. What belongs to
# a mail (recipients, headers, body) ends with it; the client's address and HELO do not. If a
# milter refuses one recipient, the mail goes on to the others. A macro that comes with MAIL, as
# "i", the queue's id, is valid up to the end of the mail (the documentation of smfi_getsymval).
# Seen, github.com/emersion/go-milter v0.5.0 with Debian's miltertest 2.11.0~beta2-8+deb12u1:
# - Headers gets a map with all headers of the conn. At the second mail it has two subjects, and Get
#   returns that of the first mail.
# - NewMilter is called after each answer other than RespContinue. So at the second mail there is
#   a Milter that got no Connect and no Helo. If it answers RespReject to a recipient, what comes
#   after that goes to another one, which knows neither the sender nor the recipients before.
# - After Abort it is the other way: the headers are new, but the Milter is the old one.
# - The macros are those that came last. If some come with RCPT, those of MAIL are gone.
# A test with one mail and one recipient for each conn shows only the last.
# Consequence: collect headers in Header, and empty all that belongs to a mail in MailFrom and Abort.
# To know the client at later mails, or to refuse recipients, take the fork
# github.com/d--j/go-milter, in which one Milter serves the whole conn.
# Sources: session.go (only CodeAbort empties headers; CodeMacro makes a new map;
# HandleMilterCommands calls NewMilter); the project's issues 12 and 19 are about Connect.
set -eu
for tool in apt-get go; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, and go"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download miltertest=2.11.0~beta2-8+deb12u1 && apt-get download liblua5.3-0 libbsd0 libmd0; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./miltertest*.deb; do echo "$deb"; done
for deb in ./*.deb; do dpkg -x "$deb" .; done
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/emersion/go-milter@v0.5.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >mails.lua <<'END'
-- Sends four mails over one conn. One recipient of the third is refused; the fourth is aborted
-- after its headers, and sent again.
conn = mt.connect(socket)
if conn == nil then
  error("no conn")
end

function start(id, recipients)
  mt.macro(conn, SMFIC_MAIL, "i", id)
  mt.mailfrom(conn, "<" .. id .. "@example.org>")
  for _, recipient in ipairs(recipients) do
    mt.macro(conn, SMFIC_RCPT, "{rcpt_mailer}", "esmtp")
    mt.rcptto(conn, "<" .. recipient .. "@example.net>")
  end
  mt.header(conn, "Subject", id)
  mt.eoh(conn)
end

function finish()
  mt.bodystring(conn, "text\r\n")
  mt.eom(conn)
end

mt.conninfo(conn, "client.example", "192.0.2.7")
mt.helo(conn, "client.example")
start("one", { "ann" })
finish()
start("two", { "ann" })
finish()
start("three", { "ann", "refused", "bob" })
finish()
start("four", { "ann" })
mt.abort(conn)
start("again", { "ann" })
finish()
mt.disconnect(conn)
END
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-milter"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

// seen has a line for each mail that came to its end.
var seen []string

// A filter notes what it is told, and says so at the end of a mail.
type filter struct {
	milter.NoOpMilter
	client, from string
	to, subjects []string
	queue        string
}

func (f *filter) Connect(host, family string, port uint16, addr net.IP, m *milter.Modifier) (milter.Response, error) {
	f.client = addr.String()
	return milter.RespContinue, nil
}

func (f *filter) MailFrom(from string, m *milter.Modifier) (milter.Response, error) {
	f.from = from
	return milter.RespContinue, nil
}

func (f *filter) RcptTo(to string, m *milter.Modifier) (milter.Response, error) {
	f.queue = m.Macros["i"]
	if strings.HasPrefix(to, "refused") {
		return milter.RespReject, nil
	}
	f.to = append(f.to, to[:3])
	return milter.RespContinue, nil
}

func (f *filter) Headers(h textproto.MIMEHeader, m *milter.Modifier) (milter.Response, error) {
	f.subjects = h["Subject"]
	return milter.RespContinue, nil
}

func (f *filter) Body(m *milter.Modifier) (milter.Response, error) {
	seen = append(seen, fmt.Sprintf("client %q, from %q, to %q, subject %q, queue %q", f.client, f.from, f.to, f.subjects, f.queue))
	return milter.RespAccept, nil
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	server := milter.Server{NewMilter: func() milter.Milter { return &filter{} }}
	go server.Serve(ln)
	host, port, _ := net.SplitHostPort(ln.Addr().String())
	test := exec.Command("usr/bin/miltertest", "-D", "socket=inet:"+port+"@"+host, "-s", "mails.lua")
	if out, err := test.CombinedOutput(); err != nil {
		fmt.Printf("%s%v\n", out, err)
		os.Exit(1)
	}
	for _, line := range seen {
		fmt.Println(line)
	}
	want := []string{
		`client "192.0.2.7", from "one@example.org", to ["ann"], subject ["one"], queue ""`,
		`client "", from "two@example.org", to ["ann"], subject ["one" "two"], queue ""`,
		`client "", from "", to ["bob"], subject ["one" "two" "three"], queue ""`,
		`client "", from "again@example.org", to ["ann" "ann"], subject ["again"], queue ""`,
	}
	if !slices.Equal(seen, want) {
		fmt.Println("go-milter behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
