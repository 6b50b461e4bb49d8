#!/usr/bin/env bash
# The reader of go-gelf reads no chunked message of Python's graypy or Ruby's gelf, and mixes up the chunks of two senders.
#
# Expected: a GELF message that is too large for a datagram comes in chunks, each with the message's ID, its number and
# the count of chunks. A chunk may have up to 8192 bytes, and chunks of several messages may come in any order; the ID says
# which belong together (GELF documentation, "Chunking"). Levels are those of syslog: 0 is an emergency, 3 an error.
# Seen, Debian's golang-github-graylog2-go-gelf-dev 0.0+git20191017.1550ee6-1 with python3-graypy 2.1.0-1 and ruby-gelf 1.4.0-4.1:
# - The reader cuts a datagram after 1420 bytes. The chunks of the other two have 1420 bytes behind the 12 of the
#   header, so all but the last are cut, and ReadMessage fails in json.Unmarshal or gzip. So does a message
#   of more than 1420 bytes without chunks, which the Ruby notifier sends with 'LAN'.
# - After a chunk the reader cuts the next ones to its size. So go-gelf's own chunks are read only if the short one is last.
# - The reader compares the ID of a chunk with itself. It takes chunks of two messages for those of one: in the order A1 B1 A2 B2
#   both are lost with an error, in the order A1 B2 A2 B1 there are two messages without an error, each half of A, half of B.
# - go-gelf's writer leaves level 0 out, so an emergency has no level. Ruby's gelf makes 4, a warning, of error(), 5 of
#   warn() and 3 of fatal(), unless level_mapping is :direct.
# Short messages, and long ones from one go-gelf on loopback, are read as they are.
# Consequence: receive GELF with Graylog or another reader. With this one, give graypy GELFWarningChunker(1408) and Ruby a
# max_chunk_size of 1408, for one sender only.
# Sources: reader.go (cBuf has ChunkSize bytes and is set to cBuf[:n]; ocid and cid are parts of one buffer), message.go ("level,
# omitempty"), graypy's handler.py (WAN_CHUNK), gelf's severity.rb (LOGGER_MAPPING).
set -eu
for tool in apt-get go; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, and go"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download golang-github-graylog2-go-gelf-dev=0.0+git20191017.1550ee6-1 python3-graypy=2.1.0-1 ruby-gelf=1.4.0-4.1 libyaml-0-2=0.2.5-1 \
  ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls ./*gelf*.deb ./*graypy*.deb
arch=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$dir/usr/lib/$arch PYTHONPATH=$dir/usr/lib/python3/dist-packages
export RUBYLIB=$dir/usr/lib/ruby/3.1.0:$dir/usr/lib/$arch/ruby/3.1.0:$dir/usr/lib/ruby/vendor_ruby
cat >main.py <<'EOF'
import logging
import random
import sys

import graypy

port, size, chunk = map(int, sys.argv[1:])
log = logging.getLogger('finding')
options = {'gelf_chunker': graypy.handler.GELFWarningChunker(chunk)} if chunk else {}
log.addHandler(graypy.GELFUDPHandler('127.0.0.1', port, **options))
log.error(''.join(random.choices('0123456789abcdefghijklmnopqrstuvwxyz', k=size)))
EOF
cat >main.rb <<'EOF'
require 'gelf'

port, verb, size, chunk = ARGV
notifier = GELF::Notifier.new('127.0.0.1', port.to_i, chunk =~ /\d/ ? chunk.to_i : chunk)
text = Array.new(size.to_i) { rand(36).to_s(36) }.join
notifier.public_send(verb, text)
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/Graylog2/go-gelf/gelf"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// chunk makes one of two chunks of a message.
func chunk(id byte, number int, data string) []byte {
	return append([]byte{0x1e, 0x0f, id, 0, 0, 0, 0, 0, 0, 0, byte(number), 2}, data...)
}

// halves returns the chunks of a message without compression, in which most is text.
func halves(id byte, text string) [][]byte {
	return [][]byte{
		chunk(id, 0, `{"version":"1.1","host":"`+text+`1",`),
		chunk(id, 1, `"short_message":"`+text+`2","level":3}`),
	}
}

func random(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(rand.IntN(26))
	}
	return string(b)
}

func main() {
	time.AfterFunc(2*time.Minute, func() { fmt.Println("gave up after two minutes"); os.Exit(1) })
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	reader, err := gelf.NewReader("127.0.0.1:0")
	check(err)
	_, port, err := net.SplitHostPort(reader.Addr())
	check(err)
	read := func() string {
		m, err := reader.ReadMessage()
		if err != nil {
			return "error"
		}
		if len(m.Short) > 20 {
			return fmt.Sprintf("%d bytes, level %d", len(m.Short), m.Level)
		}
		return fmt.Sprintf("host %q, text %q, level %d", m.Host, m.Short, m.Level)
	}
	run := func(name string, args ...string) string {
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			fmt.Printf("%s", out)
			check(err)
		}
		return read()
	}
	python := func(args ...string) string { return run("/usr/bin/python3", append([]string{"main.py", port}, args...)...) }
	ruby := func(args ...string) string {
		return run("usr/bin/ruby3.1", append([]string{"--disable-gems", "main.rb", port}, args...)...)
	}
	expect("graypy, 1000 bytes", python("1000", "0"), "1000 bytes, level 3")
	expect("graypy, 5000 bytes in chunks", python("5000", "0"), "error")
	expect("graypy, 5000 bytes in chunks of 1408", python("5000", "1408"), "5000 bytes, level 3")
	expect("Ruby, error() of 1000 bytes", ruby("error", "1000", "WAN"), "1000 bytes, level 4")
	expect("Ruby, warn() of 1000 bytes", ruby("warn", "1000", "WAN"), "1000 bytes, level 5")
	expect("Ruby, fatal() of 1000 bytes", ruby("fatal", "1000", "WAN"), "1000 bytes, level 3")
	expect("Ruby, 5000 bytes in chunks", ruby("error", "5000", "WAN"), "error")
	expect("Ruby, 5000 bytes in one datagram", ruby("error", "5000", "LAN"), "error")
	expect("Ruby, 5000 bytes in chunks of 1408", ruby("error", "5000", "1408"), "5000 bytes, level 4")

	writer, err := gelf.NewUDPWriter(reader.Addr())
	check(err)
	check(writer.WriteMessage(&gelf.Message{Version: "1.1", Host: "go", Short: random(5000), Level: 3}))
	expect("go-gelf, 5000 bytes in chunks", read(), "5000 bytes, level 3")
	conn, err := net.Dial("udp", reader.Addr())
	check(err)
	send := func(chunks ...[]byte) {
		for _, c := range chunks {
			_, err := conn.Write(c)
			check(err)
		}
	}
	a, b := halves('A', "Ada"), halves('B', "Bob")
	for i := range a {
		a[i] = append(a[i], strings.Repeat(" ", 60-len(a[i]))...) // all chunks have one size
		b[i] = append(b[i], strings.Repeat(" ", 60-len(b[i]))...)
	}
	const ada = `host "Ada1", text "Ada2", level 3`
	send(a[0], a[1])
	expect("A1 A2", read(), ada)
	send(a[1], a[0])
	expect("A2 A1", read(), ada)
	send(a[0], b[0], a[1], b[1])
	expect("A1 B1 A2 B2", read()+"; "+read(), "error; error")
	send(a[0], b[1], a[1], b[0])
	expect("A1 B2 A2 B1", read()+"; "+read(), `host "Ada1", text "Bob2", level 3; host "Bob1", text "Ada2", level 3`)
	c := halves('C', "Ada")
	c[0] = append(c[0], strings.Repeat(" ", 500)...) // after a shorter one
	send(c[0], c[1])
	expect("a long chunk and a short one", read(), ada)
	c[0], c[1] = halves('C', random(300))[0], halves('C', "Ada")[1]
	send(c[1], c[0])
	expect("the short one first", read(), "error")

	raw, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	other, err := gelf.NewUDPWriter(raw.LocalAddr().String())
	check(err)
	other.CompressionType = gelf.CompressNone
	buf := make([]byte, 2000)
	for _, level := range []int32{3, 0} {
		check(other.WriteMessage(&gelf.Message{Version: "1.1", Host: "go", Short: "text", Level: level}))
		n, _, err := raw.ReadFrom(buf)
		check(err)
		expect(fmt.Sprintf("go-gelf sends level %d", level), fmt.Sprintf("level is there: %v", strings.Contains(string(buf[:n]), `"level":`)),
			fmt.Sprintf("level is there: %v", level == 3))
	}
	if !same {
		fmt.Println("one of the packages behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
mkdir src
cp -r usr/share/gocode/src/github.com src/
GO111MODULE=off GOFLAGS='' GOPATH=$dir go run main.go
