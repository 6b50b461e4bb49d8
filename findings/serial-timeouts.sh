#!/usr/bin/env bash
# A pause on a serial port is the end of the stream for tarm/serial, and an error or nothing for others.
#
# Expected: four Go packages for serial ports have a read timeout. If it passes without a byte, Read returns
# an error that says so, or 0 and no error. In either case it is not io.EOF, for a port has no end, and
# a bufio.Scanner can go on with the line that has begun.
# Seen, on a pseudo-terminal, with a device that pauses inside the line "temp=21.5":
# - github.com/tarm/serial, last commit of August 2018: Read returns io.EOF. A Scanner returns the line
#   "temp=21" and ends without an error, so the program takes a wrong value and then believes that
#   the device has gone. A timeout of 20 ms is one of 100 ms.
# - github.com/goburrow/serial v0.1.0: Read returns ErrTimeout, which is neither a net.Error nor
#   os.ErrDeadlineExceeded. A Scanner returns "temp=21", too, and its Err then says why.
# - go.bug.st/serial v1.8.0 and github.com/albenik/go-serial/v2 v2.6.1: Read returns 0 and no error. A
#   Scanner returns the whole line. But after 100 such reads in a row it gives up with
#   io.ErrNoProgress: with a timeout of 20 ms, after 2 s without a line.
# A device that sends its lines quickly and often shows nothing of this.
# Consequence: read with a loop of your own that keeps the bytes of a line and decides what a timeout
# means, or set no timeout if you use a Scanner.
# Sources: serial_posix.go of tarm (VMIN is 0, and os.File makes io.EOF of 0 bytes);
# serial_unix.go of the others; bufio, Scanner (maxConsecutiveEmptyReads).
set -eu
[ -c /dev/ptmx ] || { echo "this finding needs Linux and its pseudo-terminals"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/tarm/serial@v0.0.0-20180830185346-98f6abe2eb07 github.com/goburrow/serial@v0.1.0 \
  go.bug.st/serial@v1.8.0 github.com/albenik/go-serial/v2@v2.6.1 github.com/creack/pty@v1.1.24 \
  >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"time"

	albenik "github.com/albenik/go-serial/v2"
	"github.com/creack/pty"
	goburrow "github.com/goburrow/serial"
	tarm "github.com/tarm/serial"
	bugst "go.bug.st/serial"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// packages open a port with a read timeout.
var packages = []struct {
	name string
	open func(path string, timeout time.Duration) (io.ReadWriteCloser, error)
}{
	{"tarm", func(path string, timeout time.Duration) (io.ReadWriteCloser, error) {
		return tarm.OpenPort(&tarm.Config{Name: path, Baud: 9600, ReadTimeout: timeout})
	}},
	{"goburrow", func(path string, timeout time.Duration) (io.ReadWriteCloser, error) {
		return goburrow.Open(&goburrow.Config{Address: path, BaudRate: 9600, Timeout: timeout})
	}},
	{"go.bug.st", func(path string, timeout time.Duration) (io.ReadWriteCloser, error) {
		port, err := bugst.Open(path, &bugst.Mode{BaudRate: 9600})
		if err != nil {
			return nil, err
		}
		return port, port.SetReadTimeout(timeout)
	}},
	{"albenik", func(path string, timeout time.Duration) (io.ReadWriteCloser, error) {
		return albenik.Open(path, albenik.WithBaudrate(9600), albenik.WithReadTimeout(int(timeout.Milliseconds())))
	}},
}

// open makes a pseudo-terminal and opens it as a port. It returns the device's side, too.
func open(i int, timeout time.Duration) (port io.ReadWriteCloser, device *os.File) {
	device, tty, err := pty.Open()
	check(err)
	port, err = packages[i].open(tty.Name(), timeout)
	check(err)
	return port, device
}

func main() {
	same := true
	expect := func(what string, got any, want string) {
		fmt.Printf("%s: %v\n", what, got)
		same = same && fmt.Sprint(got) == want
	}
	for i, want := range [][3]string{
		{"0, EOF", `"temp=21", <nil>`, "<nil>"},
		{"0, serial: timeout", `"temp=21", serial: timeout`, "serial: timeout"},
		{"0, <nil>", `"temp=21.5", <nil>`, "multiple Read calls return no data or error"},
		{"0, <nil>", `"temp=21.5", <nil>`, "multiple Read calls return no data or error"},
	} {
		const timeout = 300 * time.Millisecond
		port, device := open(i, timeout)
		n, err := port.Read(make([]byte, 10))
		expect(packages[i].name+", Read with a timeout", fmt.Sprintf("%d, %v", n, err), want[0])
		done := make(chan bool)
		go func() {
			io.WriteString(device, "temp=21")
			time.Sleep(5 * timeout)
			io.WriteString(device, ".5\n")
			close(done)
		}()
		s := bufio.NewScanner(port)
		s.Scan()
		expect("  Scanner, a pause in the line", fmt.Sprintf("%q, %v", s.Text(), s.Err()), want[1])
		<-done
		port.Close()

		port, _ = open(i, 20*time.Millisecond)
		s = bufio.NewScanner(port)
		s.Scan() // comes back without a line
		expect("  Scanner, silence", s.Err(), want[2])
		begin := time.Now()
		port.Read(make([]byte, 10))
		if i == 0 {
			expect("  a timeout of 20 ms takes 100 ms", time.Since(begin) >= 95*time.Millisecond, "true")
		}
		port.Close()
	}
	if !same {
		fmt.Println("these packages behave differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
go run .
