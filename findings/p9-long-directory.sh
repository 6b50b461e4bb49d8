#!/usr/bin/env bash
# A directory served by hugelgupf/p9 ends where the first message does, and diod does not speak with it.
#
# Expected: a directory that does not fit into one message is read with several Treaddir, each of
# which begins at the offset of the last entry before it. 9P2000.L is one protocol, so a client
# and a server of it fit together: a server that does not know the version of a Tversion
# answers with one that it knows or with "unknown" (version(5) of Plan 9), and an error in
# answer to Tauth means that no authentication is needed, whichever error it is.
# Seen, github.com/hugelgupf/p9 v0.3.0, whose fsimpl/localfs is also behind its command p9ufs, with
# Debian's diod 1.0.24-5:
# - Of a directory with 3000 files a client gets about 1900, without an error: localfs gives the
#   second Treaddir no entries. The names that are left out can be opened. With the package's
#   own client, and with diodls through a proxy, it is the same. A smaller msize cuts sooner.
#   A directory that fits, as in a test, is complete.
# - diodls does not get that far without the proxy: p9 answers Tauth with ENOSYS, and diod's client
#   gives up. It accepts ENOENT.
# - p9's client asks diod for 9P2000.L.Google.7. diod answers EIO, and the client gives up; it
#   would ask for 9P2000.L in the end if the error were EAGAIN.
# Consequence: ask for messages that hold the largest directory (the server allows 4 MiB; 64 KiB hold
# some 1900 names of ten characters). Between the two put a proxy that changes these two errors.
# Sources: fsimpl/localfs/readdir.go (the count of entries begins at zero for each call, while the
# open directory has moved on) and p9/client.go (NewClient); diod's protocol.md, "auth" and
# "readdir".
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download diod=1.0.24-5 && apt-get download libwrap0 libmunge2; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
arch=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$dir/lib/$arch:$dir/usr/lib/$arch
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/hugelgupf/p9@v0.3.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/hugelgupf/p9/fsimpl/localfs"
	"github.com/hugelgupf/p9/p9"
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

const (
	tauth   = 102
	rlerror = 7
)

// relay passes messages on, and shows each to see, which may change it.
func relay(dst, src net.Conn, see func(message []byte)) {
	defer dst.Close()
	for {
		size := make([]byte, 4)
		if _, err := io.ReadFull(src, size); err != nil {
			return
		}
		message := make([]byte, binary.LittleEndian.Uint32(size))
		copy(message, size)
		if _, err := io.ReadFull(src, message[4:]); err != nil {
			return
		}
		see(message)
		dst.Write(message)
	}
}

// proxy passes on what p9 sends, except for an error in answer to Tauth, which becomes ENOENT.
func proxy(to string, seen *syscall.Errno) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		for {
			client, err := l.Accept()
			check(err)
			server, err := net.Dial("tcp", to)
			check(err)
			auth := make(chan bool, 100) // of each request, whether it is Tauth
			go relay(server, client, func(m []byte) { auth <- m[4] == tauth })
			go relay(client, server, func(m []byte) {
				if <-auth && m[4] == rlerror {
					*seen = syscall.Errno(binary.LittleEndian.Uint32(m[7:]))
					binary.LittleEndian.PutUint32(m[7:], uint32(syscall.ENOENT))
				}
			})
		}
	}()
	return l.Addr().String()
}

// serve serves a directory with n files and returns the server's address and the names.
func serve(n int) (string, []string) {
	dir, err := os.MkdirTemp(".", "served")
	check(err)
	dir, err = filepath.Abs(dir)
	check(err)
	var names []string
	for i := range n {
		name := fmt.Sprintf("file-%05d", i)
		check(os.WriteFile(filepath.Join(dir, name), nil, 0o644))
		names = append(names, name)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go p9.NewServer(localfs.Attacher(dir)).Serve(l)
	return l.Addr().String(), names
}

// list reads the whole directory with the package's client. It returns the number of entries, and
// how many of the names that are not among them can be opened.
func list(addr string, msize uint32, names []string) (int, int) {
	conn, err := net.Dial("tcp", addr)
	check(err)
	client, err := p9.NewClient(conn, p9.WithMessageSize(msize))
	check(err)
	root, err := client.Attach("/")
	check(err)
	_, dir, err := root.Walk(nil)
	check(err)
	_, _, err = dir.Open(p9.ReadOnly)
	check(err)
	got := map[string]bool{}
	for offset := uint64(0); ; {
		entries, err := dir.Readdir(offset, msize)
		check(err)
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			got[e.Name] = true
		}
		offset = entries[len(entries)-1].Offset
	}
	opened := 0
	for _, name := range names {
		if got[name] {
			continue
		}
		_, file, err := root.Walk([]string{name})
		check(err)
		_, _, err = file.Open(p9.ReadOnly)
		check(err)
		check(file.Close())
		opened++
	}
	return len(got), opened
}

// diodls returns the number of entries, and what it says on stderr.
func diodls(addr string) (int, string) {
	var out, errs strings.Builder
	cmd := exec.Command("usr/sbin/diodls", "-s", addr, "-a", "/")
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Run() // a failure is what it prints
	return len(strings.Fields(out.String())), strings.TrimSpace(errs.String())
}

func main() {
	same := true
	expect := func(what string, got any, ok bool) {
		fmt.Printf("%s: %v\n", what, got)
		same = same && ok
	}
	small, names := serve(500)
	n, _ := list(small, 65536, names)
	expect("500 files, p9's client", n, n == 500)
	addr, names := serve(3000)
	n, opened := list(addr, 65536, names)
	expect("3000 files, p9's client", n, n > 1500 && n < 2300)
	expect("  can be opened, though not listed", opened, opened == 3000-n)
	n, _ = list(addr, 8192, names)
	expect("3000 files, p9's client with messages of 8 KiB", n, n > 100 && n < 400)

	n, _ = list(addr, 1<<20, names)
	expect("3000 files, p9's client with messages of 1 MiB", n, n == 3000)

	n, message := diodls(addr)
	expect("diodls", message, n == 0 && strings.Contains(message, "Function not implemented"))
	var seen syscall.Errno
	n, message = diodls(proxy(small, &seen))
	expect("500 files, diodls through the proxy", n, n == 500 && message == "" && seen == syscall.ENOSYS)
	n, message = diodls(proxy(addr, &seen))
	expect("3000 files, diodls through the proxy", n, n > 1500 && n < 2300 && message == "")

	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	port := l.Addr().String()
	check(l.Close())
	diod := exec.Command("usr/sbin/diod", "-f", "-n", "-N", "-l", port, "-e", filepath.Dir(must(os.Executable())), "-L", "diod.log")
	check(diod.Start())
	started = append(started, diod)
	var conn net.Conn
	for {
		if conn, err = net.Dial("tcp", port); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	_, err = p9.NewClient(conn)
	expect("p9's client with diod", err, errors.Is(err, syscall.EIO) || err != nil && err.Error() == "input/output error")
	diod.Process.Kill()
	diod.Wait()
	if !same {
		fmt.Println("p9 or diod behaves differently from what is stated here")
		os.Exit(1)
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}
EOF
go run .
