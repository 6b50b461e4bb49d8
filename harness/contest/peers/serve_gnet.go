//go:build ignore

// An echo server of gnet with one event loop.
package main

import (
	"fmt"
	"io"
	"net"
	"os"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
)

type echo struct{ gnet.BuiltinEventEngine }

// OnBoot says the address, which gnet itself does not tell.
func (*echo) OnBoot(e gnet.Engine) gnet.Action {
	fd, err := e.Dup()
	if err != nil {
		fail(err)
	}
	file := os.NewFile(uintptr(fd), "")
	defer file.Close()
	ln, err := net.FileListener(file)
	if err != nil {
		fail(err)
	}
	defer ln.Close() // a duplicate
	fmt.Println(ln.Addr(), "gnet v2.9.1")
	return gnet.None
}

func (*echo) OnTraffic(c gnet.Conn) gnet.Action {
	message, err := c.Next(-1)
	if err == nil {
		_, err = c.Write(message)
	}
	if err != nil {
		return gnet.Close
	}
	return gnet.None
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fail(gnet.Run(&echo{}, "tcp://127.0.0.1:0", gnet.WithMulticore(false), gnet.WithLogLevel(logging.ErrorLevel)))
}
