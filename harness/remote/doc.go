// Package remote lets a test call code that runs in another process as if it
// were linked in.
//
// Two ends talk over one Unix socket. The program of the subject ends in
// [Main]; the test starts it with [Start], and the functions of a generated
// package with the subject's own API hand their arguments to [Call]. So the
// tests stay as they are, and the code they judge can neither see nor change
// them.
//
// What crosses, and how:
//
//   - numbers, strings, times, slices and structs of such: as values; a []byte
//     argument comes back as the callee left it
//   - a listener of the bench: its descriptor, so that the subject accepts from
//     a real socket (see [Handed]); closing it on either side closes it on both
//   - any other listener or conn, a func, a channel, a pointer to a struct: as
//     an object that stays where it is and is called from afar
//   - a context: its deadline, and its end when it comes
//   - an error: rebuilt with what it wraps, so that errors.Is and errors.As
//     answer as before; an error that comes home is the original
//
// What does not cross: sizes of the receiver's stack, goroutine identity,
// methods beyond those of net.Conn and net.Listener (and CloseWrite).
//
// An End is safe for concurrent use. Every call that arrives runs in a
// goroutine of its own.
package remote
