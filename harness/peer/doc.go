// Package peer is the bench on which a learner's code is tested, and with
// package fault the only harness package a learner meets.
//
// A test is one call of [Run] with the sentence of its requirement and a
// script. On its [Bench] the script starts the subject (the learner's code) and
// plays the peers:
//
//	func TestHalfClose(t *testing.T) {
//		peer.Run(t, "R3: the echo still arrives after the client half-closed", func(b *peer.Bench) {
//			client := b.Dial(b.Serve(echo.Serve))
//			client.Send("ping\n")
//			client.CloseWrite()
//			client.Expect("every byte sent before the FIN comes back", "ping\n")
//			client.ExpectEOF("the server closes after the last byte")
//		})
//	}
//
// The script runs once in every [Arena] of the test. A step waits until what it
// asks for has happened. If the wait can no longer succeed, the step ends the
// script and reports what it saw, what crossed the wire and where the subject's
// goroutines are. After the script the bench closes everything and checks that
// the subject released everything: its calls return, its goroutines end, its
// conns and descriptors are closed.
//
// Runnable examples are in the files example_*_test.go.
//
// Unless its comment says otherwise, everything here is for the goroutine of
// the script alone.
//
// # Every verb, by purpose
//
// Run a script: [Run] in [Memory], [Virtual] or [Loopback]. A judge chooses
// [Process], which starts a [Subject] by [StartSubject]; [Outside] is for a server
// at an address. [Play] lets people talk to the subject on a [Stage].
//
// Start the subject as a server: [Bench.Serve], [Bench.ServeFD],
// [Bench.ServePacket], with [Bench.Named] for closures; [Bench.Listener] and
// [Bench.PacketConn] give it what it serves on; [Bench.ServerAt] is for one
// that listens itself. The [Server] has [Server.Addr], [Server.Close],
// [Server.Result], [Server.ExpectRunning], [Server.ExpectRefused] and
// [Server.AtAddress].
//
// Let it run out of descriptors, or get unusual ones: [Bench.LimitDescriptors],
// [Bench.OpenDescriptors], [Bench.FreeDescriptorZero].
//
// Start any other call of the subject: [Start] returns a [Call] with
// [Call.Result] and [Call.ExpectPending]; [Recovered] is the error of a panic.
//
// Play a client: [Bench.Dial]; many: [Bench.Crowd], a [Crowd] with
// [Crowd.Each]. Play a server: [Bench.Listen] returns a [Host] with
// [Host.Addr], [Host.Accept], [Host.StopReading] and [Host.Close]. Play one end
// of a conn whose other end is the subject's: [Bench.Pair], [Bench.PairAs],
// [Bench.PairFD].
//
// Send as a [Peer]: [Peer.Send], [Peer.SendPieces], [Peer.SendAsync],
// [Peer.SendFiles]; what the network has taken: [Peer.Sent]; whether all has
// arrived: [Peer.Arrived]; what an echo keeps in its own memory: [Peer.Buffered].
//
// End or stall a stream: [Peer.CloseWrite] (FIN), [Peer.Close], [Peer.Reset]
// (RST), [Peer.StopReading], [Peer.Take] (n bytes and no more),
// [Peer.ResumeReading]. Make the peer vanish without a word: [Peer.Unplug].
//
// Expect bytes: [Peer.Expect], [Peer.ExpectLine], [Peer.ExpectFiles]; take
// them, whatever they are: [Peer.ReadLine], [Peer.ReadAll],
// [Peer.ReadUntilClosed].
//
// Expect an end or silence: [Peer.ExpectEOF], [Peer.ExpectReset],
// [Peer.ExpectClosed], [Peer.ExpectQuiet], [Peer.ExpectStall],
// [Peer.ExpectStuck].
//
// Put a layer such as TLS between the script and the wire: [Peer.Wrap],
// [Peer.Unwrap].
//
// Cut a request at every byte: [Bench.Sweep], [Bench.SweepInTurn].
//
// Exchange datagrams: [Bench.DialPacket] and [Bench.ListenPacket] return a
// [PacketPeer] with [PacketPeer.Addr], [PacketPeer.Send], [PacketPeer.SendTo],
// [PacketPeer.Expect], [PacketPeer.Receive], [PacketPeer.ExpectNone] and
// [PacketPeer.ExpectQuiet]. [PacketPeer.FateSent] and [PacketPeer.FateReceived]
// give one datagram a [Fate]: [Lost], [Twice] or [Late]; [Bench.Chances] makes
// the others unreliable.
//
// Look below package net: [ThisThread] returns a [Thread], whose [Nap] in poll
// has a [Timeout] or [NoTimeout]; [EndsAt] counts [Ends] of conns;
// [Bench.ExpectCloseOnExec] and [Bench.CountDescriptors] check descriptors.
//
// Choose the kind of [Sockets]: [Bench.Over] with [Inet] or [Unix].
//
// Check what the subject returned: [Bench.Equal], [Bench.NoError],
// [Bench.Error], [Bench.ErrorIs], [Bench.NamesNumber], [Bench.AtLeast],
// [Bench.AtMost], [Bench.Less], with [Bytes] for a unit; what it does beside its
// conns: [Bench.Until], [Bench.Goroutines], [Bench.AtRest], [Bench.States].
//
// Control time: [Bench.Advance], [Bench.Settle] and [Bench.AllowLocks] in
// [Virtual]; [Bench.Elapsed] and [Bench.Context] everywhere.
//
// Count what a call leaves registered on its context: [Bench.CountingContext]
// returns a [Context] with [Context.Cancel] and [Context.ExpectReleased].
//
// Count what the subject keeps in memory: [Bench.Census] returns a [Census] with
// the wrappers [Census.Conn] and [Census.Listener], and [Census.ExpectAtMost].
//
// Make input: [Numbered], [Plenty], [PlentyDialed], [Bench.Rand].
//
// Tell the reader or go test: [Bench.Note] adds a row to the drawing,
// [Bench.Helper] is that of package testing, [Bench.Skip] and [Bench.Inside]
// end a script that cannot run here.
//
// # Environment
//
// KATA_SLOW stretches every time limit by that factor, for slow machines.
// KATA_SEED sets the seed of random input. KATA_STILL=1 leaves times and
// random ports out of failures, so that their text can be recorded.
package peer
