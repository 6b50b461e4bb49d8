package fault_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"socketkata/harness/errno"
	"socketkata/harness/fault"
)

// sent returns the end of a conn on which the bytes arrive.
func sent(data string) net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		io.WriteString(theirs, data)
	}()
	return ours
}

// reads prints what each Read returns until the first error.
func reads(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 100)
	for {
		n, err := c.Read(buf)
		fmt.Printf("%q %v\n", buf[:n], err)
		if err != nil {
			return
		}
	}
}

func ExampleOneByteReads() {
	reads(fault.OneByteReads(sent("abc")))
	// Output:
	// "a" <nil>
	// "b" <nil>
	// "c" <nil>
	// "" EOF
}

func ExampleFailRead() {
	reads(fault.FailRead(4, errors.New("the cable is cut"))(sent("abcdefg")))
	// Output:
	// "abcd" <nil>
	// "" the cable is cut
}

// Wrappers can be stacked: the one applied last acts first.
func ExampleEveryConn() {
	both := func(c net.Conn) net.Conn { return fault.OneByteReads(fault.FailRead(2, io.EOF)(c)) }
	reads(both(sent("abcdefg")))
	// Output:
	// "a" <nil>
	// "b" <nil>
	// "" EOF
}

func ExampleFailAccept() {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer inner.Close()
	ln := fault.FailAccept(fault.Aborted())(inner)
	go net.Dial("tcp", ln.Addr().String())
	_, err = ln.Accept()
	fmt.Println(errno.Is(err, syscall.ECONNABORTED))
	c, err := ln.Accept()
	fmt.Println(err)
	c.Close()
	// Output:
	// true
	// <nil>
}
