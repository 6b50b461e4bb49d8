// Netpollecho is an echo server of cloudwego/netpoll, on a free port that it
// prints.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/cloudwego/netpoll"
)

func main() {
	ln, err := netpoll.CreateListener("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	loop, err := netpoll.NewEventLoop(echo)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ln.Addr())
	log.Fatal(loop.Serve(ln))
}

func echo(_ context.Context, c netpoll.Connection) error {
	message, err := c.Reader().Next(c.Reader().Len())
	if err != nil {
		return err
	}
	if _, err := c.Writer().WriteBinary(message); err != nil {
		return err
	}
	if err := c.Writer().Flush(); err != nil {
		return err
	}
	return c.Reader().Release()
}
