// Package address writes the addresses of package net as plain values.
package address

import "net"

// An Address is what a net.Addr is made of. An address of package net becomes
// what it was, so that code may look into it and a socket takes it for its own.
// Of any other the two texts are left.
type Address struct {
	Type          string // "*net.TCPAddr"; "" for any other
	Network, Text string
	IP            []byte `json:",omitempty"` // a net.IP would come back 16 bytes long
	Port          int    `json:",omitempty"`
	Zone          string `json:",omitempty"`
}

// Of returns what a is made of.
func Of(a net.Addr) Address {
	p := Address{Network: a.Network(), Text: a.String()}
	switch x := a.(type) {
	case *net.TCPAddr:
		p.Type, p.IP, p.Port, p.Zone = "*net.TCPAddr", x.IP, x.Port, x.Zone
	case *net.UDPAddr:
		p.Type, p.IP, p.Port, p.Zone = "*net.UDPAddr", x.IP, x.Port, x.Zone
	case *net.IPAddr:
		p.Type, p.IP, p.Zone = "*net.IPAddr", x.IP, x.Zone
	case *net.UnixAddr:
		p.Type, p.Text = "*net.UnixAddr", x.Name
	}
	return p
}

// Net returns the address.
func (p Address) Net() net.Addr {
	switch p.Type {
	case "*net.TCPAddr":
		return &net.TCPAddr{IP: p.IP, Port: p.Port, Zone: p.Zone}
	case "*net.UDPAddr":
		return &net.UDPAddr{IP: p.IP, Port: p.Port, Zone: p.Zone}
	case "*net.IPAddr":
		return &net.IPAddr{IP: p.IP, Zone: p.Zone}
	case "*net.UnixAddr":
		return &net.UnixAddr{Name: p.Text, Net: p.Network}
	}
	return other{network: p.Network, text: p.Text}
}

// An other is an address that package net does not have.
type other struct{ network, text string }

func (a other) Network() string { return a.network }
func (a other) String() string  { return a.text }
