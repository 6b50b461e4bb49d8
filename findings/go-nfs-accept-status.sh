#!/usr/bin/env bash
# go-nfs sends the wrong RPC error for a procedure that it lacks, and libnfs of Debian cannot mount it.
#
# Expected: a server that does not know a procedure answers PROC_UNAVAIL, 3 on the wire. If it does
# not have the version of the program, it answers PROG_MISMATCH, 2, with the lowest and the
# highest version that it has (RFC 5531 section 9). A client that asks for a list of exports
# only to find mounts below the one it wants does without it if the server has none.
# Seen, github.com/willscott/go-nfs v0.0.4, an NFSv3 server, with Debian's libnfs-utils 4.0.0-1+deb12u1:
# - go-nfs has no PROG_MISMATCH in its list of errors, so each one after it is sent as one less. A
#   procedure or a program that it does not know is PROG_MISMATCH, without the two versions that
#   belong to it.
# - It does not look at the version of a call. NULL of NFSv2 and NFSv4, by which a client finds out
#   the version, succeeds. COMPOUND of NFSv4 is taken for GETATTR, which has the same number.
# - libnfs asks for the list of exports, which go-nfs does not have, at each mount. It cannot decode
#   the reply, and the mount fails. With the right error, put in by a proxy, it fails, too.
#   With auto-traverse-mounts=0 in the URL it does not ask, and works.
# Linux's own client asks for no such list.
# Consequence: set auto-traverse-mounts=0 for libnfs, and the version for each client.
# Sources: go-nfs's conn.go (the list of ResponseCode) and server.go (handlerFor); RFC 5531 section 9;
# RFC 1813 section 5.2.5, EXPORT; libnfs's README on auto-traverse-mounts.
set -eu
for tool in apt-get go; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, and go"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libnfs-utils=4.0.0-1+deb12u1 libnfs13=4.0.0-1+deb12u1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/willscott/go-nfs@v0.0.4 github.com/willscott/go-nfs/helpers@v0.0.4 \
  github.com/go-git/go-billy/v5/memfs@v5.6.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/go-git/go-billy/v5/memfs"
	"github.com/willscott/go-nfs"
	"github.com/willscott/go-nfs/helpers"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// readMessage reads one RPC message of a single fragment.
func readMessage(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint32(size[:])&^(1<<31))
	_, err := io.ReadFull(r, b)
	return b, err
}

func message(b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, 1<<31|uint32(len(b))), b...)
}

// call sends a call without arguments, and returns accept_stat and what follows it.
func call(server string, program, version, procedure uint32) (status uint32, rest string) {
	c := must(net.Dial("tcp", server))
	defer c.Close()
	var b []byte
	for _, v := range []uint32{7, 0, 2, program, version, procedure, 0, 0, 0, 0} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	must(c.Write(message(b)))
	reply := must(readMessage(c))
	return binary.BigEndian.Uint32(reply[20:]), fmt.Sprintf("%x", reply[24:])
}

// repair passes conns on to the server, and turns the replies with accept_stat 2 into PROC_UNAVAIL.
func repair(server string) string {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() {
		for {
			client := must(ln.Accept())
			backend := must(net.Dial("tcp", server))
			go func() {
				io.Copy(backend, client)
				backend.Close()
			}()
			go func() {
				defer client.Close()
				for {
					b, err := readMessage(backend)
					if err != nil {
						return
					}
					if len(b) == 24 && bytes.Equal(b[20:], []byte{0, 0, 0, 2}) {
						b[23] = 3
					}
					client.Write(message(b))
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// list returns what nfs-ls says of a server.
func list(server string, options string) string {
	_, port, err := net.SplitHostPort(server)
	check(err)
	url := fmt.Sprintf("nfs://127.0.0.1/?version=3&nfsport=%s&mountport=%s%s", port, port, options)
	out, err := exec.Command("usr/bin/nfs-ls", url).CombinedOutput()
	text := strings.Join(strings.Fields(string(out)), " ")
	if err != nil {
		text += " (" + err.Error() + ")"
	}
	return text
}

func main() {
	fs := memfs.New()
	file := must(fs.Create("hello"))
	must(file.Write([]byte("hello")))
	check(file.Close())
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	nfs.Log.SetLevel(nfs.PanicLevel)
	go nfs.Serve(ln, helpers.NewCachingHandler(helpers.NewNullAuthHandler(fs), 100))
	server := ln.Addr().String()

	same := true
	expect := func(what string, program, version, procedure uint32, want string) {
		status, rest := call(server, program, version, procedure)
		got := fmt.Sprintf("accept_stat %d, then %d bytes", status, len(rest)/2)
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	const mount, program = 100005, 100003
	expect("NULL of NFSv3", program, 3, 0, "accept_stat 0, then 0 bytes")
	expect("NULL of NFSv2", program, 2, 0, "accept_stat 0, then 0 bytes")
	expect("NULL of NFSv4", program, 4, 0, "accept_stat 0, then 0 bytes")
	expect("COMPOUND of NFSv4", program, 4, 1, "accept_stat 0, then 4 bytes")
	expect("EXPORT", mount, 3, 5, "accept_stat 2, then 0 bytes")
	expect("a program that is not there", 100099, 1, 0, "accept_stat 2, then 0 bytes")

	plain := list(server, "")
	fmt.Println("nfs-ls:", plain)
	repaired := list(repair(server), "")
	fmt.Println("nfs-ls, with PROC_UNAVAIL put in:", repaired)
	alone := list(server, "&auto-traverse-mounts=0")
	fmt.Println("nfs-ls, auto-traverse-mounts=0:", alone)

	if !same || !strings.Contains(plain, "failed to decode") || !strings.Contains(repaired, "Failed to mount") ||
		!strings.HasSuffix(alone, "5 hello") {
		fmt.Println("go-nfs or libnfs behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
