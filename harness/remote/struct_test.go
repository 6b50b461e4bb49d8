package remote

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

// A secretive struct exports no field, so that its stand-in has no size.
type secretive struct{}

func (*secretive) Next() {}

// TestSecretiveStructsAreToldApart: a method of one must not be called on another.
func TestSecretiveStructsAreToldApart(t *testing.T) {
	e := newEnd(nil, nil, nil)
	for id := range uint64(100) {
		e.decodePointer(value{Kind: kindPointer, ID: id}, reflect.TypeFor[*secretive](), new(cargo))
	}
	for id := range uint64(100) {
		p := e.decodePointer(value{Kind: kindPointer, ID: id}, reflect.TypeFor[*secretive](), new(cargo))
		got, ok := e.originOf(p)
		require.True(t, ok)
		require.Equal(t, id, got)
	}
}
