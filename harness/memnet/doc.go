// Package memnet is a network in memory whose conns behave like TCP on Linux
// as seen through package net: each direction has a buffer, FIN and RST are
// different things, a stream can be half-closed, deadlines work, and errors
// are the ones a [net.TCPConn] returns.
//
// It differs from [net.Pipe], which has no buffer and no half-close and
// returns other errors, and from a kernel socket in one point: the other end
// can be observed. [Conn.WaitRead] waits until it has read everything, so a test
// can prove that two segments were read one by one.
//
// Nothing here runs in a goroutine of its own and every wait is a
// [sync.Cond], so all of it works inside a bubble of testing/synctest. What
// was created in a bubble must be used in that bubble only.
//
// Left out: the time a segment takes, Nagle's algorithm, urgent data, and
// whatever else depends on the size of a segment.
package memnet
