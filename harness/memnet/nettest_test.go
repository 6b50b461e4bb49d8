package memnet_test

import (
	"net"
	"testing"

	"golang.org/x/net/nettest"
	"socketkata/harness/memnet"
)

func TestConnIsAConn(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		client, server := memnet.Pair()
		return client, server, func() { client.Close(); server.Close() }, nil
	})
}
