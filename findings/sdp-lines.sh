#!/usr/bin/env bash
# pion/sdp refuses a fax and changes a long session id, and sdp-transform makes "undefined NaN" of a port range.
#
# Expected: a session description that is read and written again is the same. The session id in o= is
# digits; only in an offer or an answer must it fit into 64 bits (RFC 3264 section 5). Email addresses,
# telephone numbers and times may occur several times, and so may c= in a media description, for the
# layers of a video. Such layers can also be a range of ports, 49170/2 (RFC 8866 sections 5.2, 5.6, 5.7,
# 5.9, 5.14 and 9). "image" is a registered kind of media, used for faxes over udptl (RFC 6466), and
# "udp" is a registered protocol, in small letters (RFC 8866 section 5.14).
# Seen, github.com/pion/sdp/v3 v3.0.20 and the Node package sdp-transform 3.0.0:
# - pion refuses the whole description if one media line is "image", or "udp" in small letters. A SIP call that offers
#   audio and fax has no audio either. It refuses a second e= line, too.
# - pion reads the session id 20261129100000123456, a date with microseconds, as 1814385026290571840, without an
#   error. A program that tells announcements apart by it compares other numbers.
# - Of two c= lines of a media description both keep the last: the first layer is gone.
# - sdp-transform writes "m=undefined NaN undefined" for a media line with a port range. Of several t= or e=
#   lines it keeps the last.
# Descriptions from browsers contain none of these.
# Consequence: take images, and more lines than one of a kind, out of the text before pion reads it, and keep
# the line o= as it is. Take a range out before sdp-transform reads it, and add it to the result.
# Sources: pion's unmarshal.go (unmarshalMediaDescription, unmarshalMediaConnectionInformation) and base_lexer.go
# (readUint64Field does not look for an overflow); sdp-transform's lib/grammar.js (m: the port is digits
# only; no "push" for c, t and e).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund sdp-transform@3.0.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/pion/sdp/v3@v3.0.20 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >transform.js <<'EOF'
const { parse, write } = require('sdp-transform')
process.stdout.write(write(parse(require('fs').readFileSync(0, 'latin1'))))
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/pion/sdp/v3"
)

func pion(text string) string {
	var s sdp.SessionDescription
	if err := s.Unmarshal([]byte(text)); err != nil {
		return err.Error()
	}
	out, err := s.Marshal()
	if err != nil {
		panic(err)
	}
	return string(out)
}

func transform(text string) string {
	cmd := exec.Command("node", "--no-deprecation", "transform.js")
	cmd.Stdin, cmd.Stderr = strings.NewReader(text), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		panic(err)
	}
	return string(out)
}

// changed returns the lines of out that in does not have, or how many are missing.
func changed(in, out string) string {
	if in == out {
		return "the same"
	}
	if !strings.Contains(out, "\r\n") {
		return out
	}
	had := map[string]bool{}
	for _, line := range strings.Split(in, "\r\n") {
		had[line] = true
	}
	var more []string
	for _, line := range strings.Split(out, "\r\n") {
		if !had[line] {
			more = append(more, line)
		}
		delete(had, line)
	}
	for line := range had {
		more = append(more, "no "+line)
	}
	return strings.Join(more, ", ")
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	const origin, conn, audio = "o=- 1 1 IN IP4 192.0.2.1\n", "c=IN IP4 192.0.2.1\n", "m=audio 49170 RTP/AVP 0\n"
	for _, c := range []struct{ name, text, pion, transform string }{
		{"audio", origin + "s=-\n" + conn + "t=0 0\n" + audio, "the same", "the same"},
		{"audio and fax", origin + "s=-\n" + conn + "t=0 0\n" + audio + "m=image 49172 udptl t38\na=T38FaxVersion:0\n",
			"sdp: invalid value `image`", "the same"},
		{"udp", origin + "s=-\n" + conn + "t=0 0\nm=application 49174 udp wb\n", "sdp: invalid numeric value `udp`", "the same"},
		{"a long session id", "o=- 20261129100000123456 1 IN IP4 192.0.2.1\ns=-\n" + conn + "t=0 0\n" + audio,
			"o=- 1814385026290571840 1 IN IP4 192.0.2.1, no o=- 20261129100000123456 1 IN IP4 192.0.2.1", "the same"},
		{"two email addresses", origin + "s=-\ne=a@example.com\ne=b@example.com\n" + conn + "t=0 0\n" + audio,
			`sdp: syntax error at pos 54: "="`, "no e=a@example.com"},
		{"two times", origin + "s=-\n" + conn + "t=3000000000 3000003600\nt=3000086400 3000090000\n" + audio, "the same", "no t=3000000000 3000003600"},
		{"two layers", origin + "s=-\nt=0 0\nm=video 49170 RTP/AVP 31\nc=IN IP4 233.252.0.1/127\nc=IN IP4 233.252.0.2/127\n",
			"no c=IN IP4 233.252.0.1/127", "no c=IN IP4 233.252.0.1/127"},
		{"two ports", origin + "s=-\n" + conn + "t=0 0\nm=video 49170/2 RTP/AVP 31\n", "the same", "m=undefined NaN undefined , no m=video 49170/2 RTP/AVP 31"},
	} {
		text := strings.ReplaceAll("v=0\n"+c.text, "\n", "\r\n")
		expect(c.name+", pion/sdp", changed(text, pion(text)), c.pion)
		expect(c.name+", sdp-transform", changed(text, transform(text)), c.transform)
	}
	if !same {
		fmt.Println("one of the packages behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
go run .
