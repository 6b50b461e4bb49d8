package remote

import (
	"net"
	"reflect"
)

// The addresses of package net cross as what they are, so that code may look
// into them and a socket takes them for its own. Any other address crosses as
// two texts.
type plainAddr struct {
	Type          string // "*net.TCPAddr"; "" for any other
	Network, Text string
	IP            []byte `json:",omitempty"` // a net.IP would come back 16 bytes long
	Port          int    `json:",omitempty"`
	Zone          string `json:",omitempty"`
}

// An addr is a net.Addr of the other end.
type addr struct{ network, text string }

func (a addr) Network() string { return a.network }
func (a addr) String() string  { return a.text }

func (e *End) encodeAddr(a net.Addr) value {
	if v := reflect.ValueOf(a); a == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return value{}
	}
	p := plainAddr{Network: a.Network(), Text: a.String()}
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
	return value{Kind: kindAddr, JSON: new(cargo).plain(p).JSON} // it is made of text and numbers
}

func decodeAddr(v value, c *cargo) any {
	var p plainAddr
	decodeJSON(v, &p, c)
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
	return addr{network: p.Network, text: p.Text}
}

func (e *End) addr(v value) net.Addr {
	a, _ := e.decode(v, addrType, new(cargo)).Interface().(net.Addr)
	return a
}
