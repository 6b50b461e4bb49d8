// Package peer is the bench on which a learner's code is tested, and the only
// harness package a learner meets.
//
// A test is one call of [Run] with the sentence of its requirement and a
// script. The script starts the subject (the learner's code) and plays its
// peers:
//
//	func TestHalfClose(t *testing.T) {
//		peer.Run(t, "R3: the echo still arrives after the client half-closed", func(b *peer.Bench) {
//			client := b.Dial(b.Serve(echo.Serve))
//			client.Send("ping\n")
//			client.CloseWrite()
//			client.Expect("the echo comes back", "ping\n")
//			client.ExpectEOF("the server hangs up after the last byte")
//		})
//	}
//
// The script runs once in every arena of the test: over an in-memory network,
// in virtual time, over real sockets on loopback. A step waits until what it
// asks for has happened; a step that waits in vain ends the script and says
// what was seen, what crossed the wire and where the subject's goroutines
// stand. When the script is through, the bench hangs up everywhere and checks
// that the subject let go of everything: its calls return, its goroutines
// end, the conns it accepted are closed.
//
// Everything here is for the goroutine of the script alone, unless its
// comment says otherwise.
//
// # Environment
//
// KATA_SLOW stretches every time limit by that factor, for slow machines.
// KATA_SEED sets the seed of random input. KATA_STILL=1 leaves times and
// random ports out of failures, so that their text can be recorded.
package peer
