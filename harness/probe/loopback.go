package probe

import (
	"context"
	"net"
	"slices"
	"strconv"

	"socketkata/harness/terminal"
)

// loopback checks that an address is one of this machine's own, to which the
// scripts may be as rude as they are. It returns all addresses of the host, as
// "127.0.0.1:35555", IPv4 first: most servers that listen at "localhost", or at
// no host at all, listen there.
func loopback(ctx context.Context, address string) ([]string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, terminal.Usagef("probe: %q is not an address: write host and port, like 127.0.0.1:35555", address)
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil || number == 0 {
		return nil, terminal.Usagef("probe: %q is not a TCP port: write a number from 1 to 65535", port)
	}
	ips, err := lookUp(ctx, host)
	if err != nil || len(ips) == 0 {
		return nil, terminal.Usagef("probe: there is no host %q: write an address of this machine, like 127.0.0.1:%d", host, number)
	}
	var addresses []string
	for _, ip := range ips {
		if !ip.IsLoopback() {
			return nil, terminal.Usagef("probe: %s is not on loopback: the scripts reset conns, stall and flood: probe only your own server, on 127.0.0.1 or ::1", address)
		}
		addresses = append(addresses, net.JoinHostPort(ip.String(), strconv.Itoa(number)))
	}
	return addresses, nil
}

// lookUp returns the addresses of a host, each once, IPv4 first. localhost and ""
// are both loopback addresses, though a hosts file may name only one.
func lookUp(ctx context.Context, host string) ([]net.IP, error) {
	if host == "" || host == "localhost" {
		return []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, nil
	}
	found, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	var ips []net.IP
	for _, one := range found {
		if !slices.ContainsFunc(ips, one.IP.Equal) {
			ips = append(ips, one.IP)
		}
	}
	slices.SortStableFunc(ips, func(a, b net.IP) int { return family(a) - family(b) })
	return ips, err
}

// family is 4 or 6.
func family(ip net.IP) int {
	if ip.To4() != nil {
		return 4
	}
	return 6
}
