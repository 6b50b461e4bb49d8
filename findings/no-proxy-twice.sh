#!/usr/bin/env bash
# x/net/proxy does not understand most of what net/http reads in NO_PROXY.
#
# Expected: a program that uses proxy.FromEnvironment for its own protocol, and
# http.ProxyFromEnvironment for HTTP, makes the same exceptions for both. Both packages
# come from the Go project, and both read NO_PROXY.
# Seen, golang.org/x/net v0.62.0: only addresses and networks mean the same.
# - example.com is that host alone; net/http takes its subdomains, too.
# - .example.com, the usual way to write a domain, is ignored without a word.
# - *.example.com is a domain with the host example.com; for net/http it is without.
# - * and host:port are ignored.
# - Names are compared as they are written: EXAMPLE.com is another host.
# - localhost and 127.0.0.1 go to the proxy, which looks for them on its own machine.
# So a conn to an internal server goes to the proxy, which knows no such name, though
# HTTP requests of the same program reach that server.
# Consequence: ask httpproxy.Config of x/net/http/httpproxy, with the proxy as
# HTTPProxy, whether an address needs the proxy. Or list each domain twice in NO_PROXY,
# as example.com,*.example.com, and localhost,127.0.0.1,::1 as well.
# Sources: proxy/per_host.go (AddFromString documents its few forms); the documentation
# of httpproxy.Config, field NoProxy.
set -eu
command -v go >/dev/null || { echo "this finding needs go"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get golang.org/x/net@v0.62.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"
)

// route is a dialer that only says who was asked to dial.
type route string

func (r route) Dial(network, address string) (net.Conn, error) { return nil, errors.New(string(r)) }

// byProxy returns the route that proxy.FromEnvironment chooses.
func byProxy(noProxy, host string) string {
	d := proxy.NewPerHost(route("proxy"), route("direct"))
	d.AddFromString(noProxy)
	_, err := d.Dial("tcp", host+":80")
	return err.Error()
}

// byHTTP returns the route that http.ProxyFromEnvironment chooses.
func byHTTP(noProxy, host string) string {
	c := httpproxy.Config{HTTPProxy: "http://proxy.example:3128", NoProxy: noProxy}
	via, err := c.ProxyFunc()(&url.URL{Scheme: "http", Host: host + ":80"})
	if err != nil {
		return err.Error()
	}
	if via == nil {
		return "direct"
	}
	return "proxy"
}

func main() {
	same := true
	for _, c := range []struct{ noProxy, host, byProxy, byHTTP string }{
		{"10.0.0.1", "10.0.0.1", "direct", "direct"},
		{"10.0.0.0/8", "10.0.0.1", "direct", "direct"},
		{"example.com", "example.com", "direct", "direct"},
		{"example.com", "sub.example.com", "proxy", "direct"},
		{"example.com", "EXAMPLE.com", "proxy", "direct"},
		{".example.com", "sub.example.com", "proxy", "direct"},
		{"*.example.com", "sub.example.com", "direct", "direct"},
		{"*.example.com", "example.com", "direct", "proxy"},
		{"example.com:80", "example.com", "proxy", "direct"},
		{"*", "example.com", "proxy", "direct"},
		{"", "localhost", "proxy", "direct"},
		{"", "127.0.0.1", "proxy", "direct"},
	} {
		p, h := byProxy(c.noProxy, c.host), byHTTP(c.noProxy, c.host)
		fmt.Printf("NO_PROXY=%-15s %-16s x/net/proxy: %-7s net/http: %s\n", c.noProxy, c.host, p, h)
		same = same && p == c.byProxy && h == c.byHTTP
	}

	os.Setenv("ALL_PROXY", "socks5://127.0.0.1:1")
	os.Setenv("NO_PROXY", ".localhost")
	d, ok := proxy.FromEnvironmentUsing(route("direct")).(*proxy.PerHost)
	fmt.Println("FromEnvironment uses PerHost:", ok && d != nil)
	if !same || !ok {
		fmt.Println("the packages behave differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
