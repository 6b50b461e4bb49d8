// Package catch has the tests that you write for chat rooms: any answer to this
// exercise, right or wrong.
//
//	make catch EX=10                   tries them on right answers and on known mistakes
//	go test ./exercises/10-chat/catch  tries them on your own code
//	go doc ./harness/peer              lists what a script can do
package catch

import (
	"testing"
	"time"

	chat "socketkata/exercises/10-chat"
	"socketkata/harness/peer"
)

// join connects a client and gives it a name. Most scripts need several members.
func join(b *peer.Bench, server *peer.Server, name, here string) *peer.Peer {
	b.Helper() // a failure names the line of the script, not this one
	client := b.Dial(server)
	client.Send(name + "\n")
	client.Expect("a member is told who is here", "* here: "+here+"\n")
	return client
}

// Expect takes the bytes in the order in which they arrive: what the script does
// not expect, the next Expect finds in its way.
func TestTwoMembers(t *testing.T) {
	peer.Run(t, "a line goes to the others", func(b *peer.Bench) {
		hub := &chat.Hub{Queue: 100, WriteTimeout: time.Minute, MaxLine: 100}
		server := b.Named("Hub.Serve").Serve(hub.Serve)
		anna := join(b, server, "anna", "anna")
		ben := join(b, server, "ben", "anna, ben")
		anna.Expect("anna is told of ben", "* ben joined\n")
		ben.Send("the bridge is closed\n")
		anna.Expect("anna gets the line, with its sender", "ben: the bridge is closed\n")
		anna.Send("thanks\n")
		ben.Expect("ben gets the answer, and has not got his own line", "anna: thanks\n")
	})
}

// Who can spoil the room for the others? A member that never reads
// (ben.StopReading), one that is reset (ben.Reset), one whose line has no end, one
// with a name that is taken. And the names: which are invalid?
