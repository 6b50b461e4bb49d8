// Package remote lets a test call code that runs in another process as if it
// were linked in.
//
// Two ends talk over one Unix socket. The program of the subject ends in
// [Main]; the test starts it with [Start], and the functions of a generated
// package with the candidate's own API pass their arguments to [Call]. So the
// tests stay as they are, and the code they judge can neither see nor change
// them.
//
// What crosses, and how:
//
//   - numbers, strings, times, addresses (net.Addr, netip.Addr,
//     netip.AddrPort), slices and structs of such, pointers to such: as
//     values; a []byte argument that the callee has changed comes back
//   - a descriptor, an *os.File, a *net.TCPConn, *net.UnixConn, *net.UDPConn,
//     *net.TCPListener or *net.UnixListener: as a descriptor, so that each end
//     has its own number or socket. An argument is lent until the call
//     returns; a result is given away, and [End.Given] tells what it was there
//   - a listener or packet conn that is [Shared]: as a descriptor; closing it
//     on either side closes it on both
//   - any other net.Listener, net.PacketConn or net.Conn, an io.Reader or
//     io.Writer, a func, a channel to receive from, a pointer to a struct with
//     methods: as an object that stays where it is; the other end makes remote calls
//   - a context: its deadline, and its end when it comes
//   - an error: rebuilt with what it wraps and the method Unwrap that it has, so
//     that errors.Is and errors.As answer as before; an error that comes home is
//     the original
//
// A call whose values cannot cross panics with one sentence that says which
// and why; nothing arrives as zero instead. Package boundary refuses most of
// this when it reads the API.
//
// What does not cross: sizes of the receiver's stack, goroutine identity,
// methods that the types above do not have (CloseWrite, SetLinger, SyscallConn
// and a listener's SetDeadline excepted, where the original has them). Deadlines
// of a lent socket are each end's own.
//
// An End is safe for concurrent use. Every call that arrives runs in a
// goroutine of its own.
package remote
