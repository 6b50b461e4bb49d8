#!/usr/bin/env bash
# Two Go packages for DHCP do not find the options in the fields sname and file.
#
# Expected: if options do not fit, a DHCP server puts some of them into the fields of the header for the
# server's name and the boot file, and says so in option 52, "option overload". A client reads these,
# too (RFC 2131 section 4.1). An option that is longer than 255 bytes comes in several parts,
# which belong together (RFC 3396). A receiver deletes NUL bytes at the end of a text, which some
# servers send (RFC 2132 section 2).
# Seen, github.com/insomniacslk/dhcp of September 2026, package dhcpv4, and github.com/krolaw/dhcp4 of
# September 2018, with github.com/gopacket/gopacket v1.7.7 to compare:
# - Of an offer with 1 (file) or 3 (both fields) in option 52, both return the options behind the header
#   only. What is in the fields, here name servers and a domain, is missing, without an error.
#   gopacket's layer DHCPv4 has all.
# - dhcpv4's BootFileName and ServerHostName are then the bytes of these options, from which a
#   network boot makes a file name.
# - krolaw/dhcp4 keeps the last part of a long option. dhcpv4 joins them.
# - dhcpv4 deletes a NUL at the end of some texts (host name, boot file), but not of others (domain name,
#   root path, class).
# Servers in small networks have few options, so tests show none of the first two.
# Consequence: if p.Options.Get(dhcpv4.OptionOptionOverload) is not nil, parse bytes 108 to 235 (if bit
# 1 is set) and 44 to 107 (bit 2) with Options.FromBytes, and strip texts yourself.
# Sources: dhcpv4/dhcpv4.go (FromBytes takes both fields for texts) and options.go; krolaw's packet.go
# (ParseOptions fills a map with one value for each code); RFC 2132 section 9.3.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/insomniacslk/dhcp@v0.0.0-20260901064844-234b97448fae \
  github.com/krolaw/dhcp4@v0.0.0-20180925202202-7cead472c414 \
  github.com/gopacket/gopacket@v1.7.7 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/krolaw/dhcp4"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

const (
	end     = "\xff"
	offer   = "\x35\x01\x02"
	host    = "\x0c\x05hello"
	servers = "\x06\x04\x0a\x00\x00\x01"
	domain  = "\x0f\x0bexample.org"
)

// message makes a reply with these fields and options.
func message(sname, file, options string) []byte {
	m := make([]byte, 240)
	m[0], m[1], m[2] = 2, 1, 6
	copy(m[44:108], sname)
	copy(m[108:236], file)
	copy(m[236:], "\x63\x82\x53\x63")
	m = append(m, options+end...)
	for len(m) < 300 {
		m = append(m, 0)
	}
	return m
}

func parse(m []byte) *dhcpv4.DHCPv4 {
	p, err := dhcpv4.FromBytes(m)
	check(err)
	return p
}

func ours(m []byte) string {
	p := parse(m)
	return fmt.Sprintf("host %q, servers %v, domain %q", p.HostName(), p.DNS(), p.DomainName())
}

func krolaw(m []byte) string {
	o := dhcp4.Packet(m).ParseOptions()
	return fmt.Sprintf("host %q, servers %v, domain %q", o[dhcp4.OptionHostName], o[dhcp4.OptionDomainNameServer], o[dhcp4.OptionDomainName])
}

func pcap(m []byte) string {
	p := gopacket.NewPacket(m, layers.LayerTypeDHCPv4, gopacket.Default)
	values := map[layers.DHCPOpt][]byte{}
	for _, o := range p.Layer(layers.LayerTypeDHCPv4).(*layers.DHCPv4).Options {
		values[o.Type] = o.Data
	}
	return fmt.Sprintf("host %q, servers %v, domain %q", values[layers.DHCPOptHostname], values[layers.DHCPOptDNS], values[layers.DHCPOptDomainName])
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	plain := message("", "", offer+host+servers+domain)
	both := message(servers+end, domain+end, offer+"\x34\x01\x03"+host)
	file := message("", domain+servers+end, offer+"\x34\x01\x01"+host)
	whole := `host "hello", servers [10 0 0 1], domain "example.org"`
	expect("all options behind the header, dhcpv4", ours(plain), `host "hello", servers [10.0.0.1], domain "example.org"`)
	expect("  krolaw/dhcp4", krolaw(plain), whole)
	expect("  gopacket", pcap(plain), whole)
	for _, o := range []struct {
		what    string
		message []byte
	}{{"some in sname and file", both}, {"some in file", file}} {
		expect(o.what+", dhcpv4", ours(o.message), `host "hello", servers [], domain ""`)
		expect("  krolaw/dhcp4", krolaw(o.message), `host "hello", servers [], domain ""`)
		expect("  gopacket", pcap(o.message), whole)
	}
	p := parse(both)
	expect("dhcpv4, BootFileName", fmt.Sprintf("%q", p.BootFileName), `"\x0f\vexample.org\xff"`)
	expect("  ServerHostName", fmt.Sprintf("%q", p.ServerHostName), `"\x06\x04\n"`)
	advised := dhcpv4.Options{}
	check(advised.FromBytes(both[108:236]))
	check(advised.FromBytes(both[44:108]))
	expect("  Options.FromBytes of the two fields",
		fmt.Sprintf("%q, %v", advised.Get(dhcpv4.OptionDomainName), advised.Get(dhcpv4.OptionDomainNameServer)), `"example.org", [10 0 0 1]`)

	long := message("", "", offer+"\x11\xc8"+strings.Repeat("/a", 100)+"\x11\x64"+strings.Repeat("/b", 50))
	expect("a root path of 300 bytes in two parts, dhcpv4", fmt.Sprint(len(parse(long).RootPath())), "300")
	expect("  krolaw/dhcp4", fmt.Sprint(len(dhcp4.Packet(long).ParseOptions()[dhcp4.OptionRootPath])), "100")

	p = parse(message("", "", offer+"\x0c\x06hello\x00"+"\x43\x06pxe.0\x00"+"\x0f\x0cexample.org\x00"+"\x11\x06/root\x00"+"\x3c\x04PXE\x00"))
	expect("NUL at the end, dhcpv4", fmt.Sprintf("%q %q %q %q %q", p.HostName(), p.BootFileNameOption(), p.DomainName(), p.RootPath(), p.ClassIdentifier()),
		`"hello" "pxe.0" "example.org\x00" "/root\x00" "PXE\x00"`)
	if !same {
		fmt.Println("these packages behave differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
go run .
