package remote

import (
	"net"
	"reflect"

	"socketkata/harness/remote/address"
)

func (e *End) encodeAddr(a net.Addr) value {
	if v := reflect.ValueOf(a); a == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return value{}
	}
	p := new(cargo).plain(address.Of(a)) // it is made of text and numbers
	return value{Kind: kindAddr, JSON: p.JSON}
}

func decodeAddr(v value, c *cargo) any {
	var p address.Address
	decodeJSON(v, &p, c)
	return p.Net()
}

func (e *End) addr(v value) net.Addr {
	a, _ := e.decode(v, addrType, new(cargo)).Interface().(net.Addr)
	return a
}
