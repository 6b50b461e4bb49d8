// Package streams gives a [net.Conn] two buffers: calls read lines and records
// from one, and Write fills the other without blocking. They are what
// StreamReader and StreamWriter are in Python's asyncio.
//
// These rules hold for every [Stream]; c is its conn. You edit streams.go.
//
// All methods may be called concurrently. Every error may be wrapped. Where two
// errors apply to a call, such as ctx.Err() and net.ErrClosed, it returns either.
// Read and Write with an empty p, ReadExactly(0) and a second WriteEOF may return
// nil instead of an error.
//
// # Reading
//
// Read, ReadLine, ReadUntil and ReadExactly take the bytes of c in order. Only one
// of them may run at a time; another one returns ErrBusy at once. The slice that
// they return belongs to the caller.
//
// If c ends before the first byte of a result, the error is io.EOF. If c ends
// within a result, the call takes and returns the bytes that came, together with
// io.ErrUnexpectedEOF. Any other error of c takes nothing: the bytes before it stay
// for calls that need no more. After EOF or an error, c is not read again, but
// writing goes on.
//
// A Stream may read ahead. It holds at most 2*Limit bytes that no call has
// returned, or as many as the call in flight needs, if those are more. A c.Read that
// began for a call may outlast it and bring what that call needed. So the peer of a
// program that does not read has to wait. Apart from a small constant, the
// memory in use is in proportion to the most bytes that were held and queued at once.
//
// The time for a result grows with its length, not with the square of that,
// however many its pieces.
//
// # Writing
//
// Write queues bytes. They are sent in order, whatever the program does, by calls
// of c.Write with at most 64 KiB each. A byte is queued until the c.Write that
// sends it has returned. The first c.Write that fails is the last: the queue is
// dropped, and Write, WriteEOF and Drain return its error from then on. Closed does,
// too, once c is closed. No call returns an error of c's CloseWrite or Close.
//
// # The end
//
// Only Close closes c. Once it is called, all calls but Close and Closed return
// net.ErrClosed, also those that were blocked. A program that gives up at once
// closes c itself, and then calls Close: c's errors are treated like any others.
//
// # Contexts
//
// A call whose ctx is already done returns ctx.Err() and takes nothing. So does a
// blocked call, the instant its ctx is done. That loses no byte in either
// direction and affects no other call. Once a call has returned, nothing is
// registered on its ctx.
package streams
