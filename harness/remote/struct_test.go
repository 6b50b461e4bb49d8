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

// A room is a struct with methods and a field that the program sets.
type room struct{ Seats int }

func (*room) Enter() {}

// TestFieldsOfTwoFirstCalls: whichever of two first calls arrives first, the other
// end has the fields.
func TestFieldsOfTwoFirstCalls(t *testing.T) {
	here := newEnd(nil, nil, nil)
	r := reflect.ValueOf(&room{Seats: 12})
	var first, second, third cargo
	slow := here.encodePointer(r, &first)
	quick := here.encodePointer(r, &second)
	for _, sent := range second.later {
		sent()
	}
	require.Empty(t, here.encodePointer(r, &third).List)
	there := newEnd(nil, nil, nil)
	for _, v := range []value{quick, slow} {
		got := there.decodePointer(v, reflect.TypeFor[*room](), new(cargo))
		require.Equal(t, &room{Seats: 12}, got)
	}
}
