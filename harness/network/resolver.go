package network

import (
	"context"
	"net"
	"sync"
)

// UseResolver makes package net create the channels that all its lookups share.
// Created in a bubble, they would end the process at the first lookup outside it.
var UseResolver = sync.OnceFunc(func() {
	net.LookupPort("tcp", "http") // by the C library, if package net uses it
	offline := net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, net.ErrClosed
	}}
	offline.LookupNetIP(context.Background(), "ip", "name.invalid")
})
