package lines_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestKeepsNothing_R17(t *testing.T) {
	peer.Run(t, "R17: ReadLine keeps no returned lines and leaves no goroutine behind", func(b *peer.Bench) {
		b.Inside("it measures the memory of the process that calls ReadLine")
		line := strings.Repeat("07:15 depot ", 341) + "\n" // nearly 4096 bytes
		in := reader(io.LimitReader(&endless{segment: line}, int64(32*32*len(line))), 4096)
		before := inUse()
		for i := range 32 { // in small steps: with the race detector, code that reads byte by byte is slow
			_, err := peer.Start(b, "ReadLine", func() (bool, error) { return true, skip(in, 32) }).Result(fmt.Sprintf("%d lines have arrived", 32*(i+1)))
			b.NoError("the lines are complete", err)
		}
		b.AtMost("4 MiB of lines were returned, and the caller has dropped them", inUse()-before, bytesOf(2<<20))
		runtime.KeepAlive(in)

		client, conn := b.Pair(fault.OneByteReads)
		client.Send("07:15\n" + strings.Repeat("7\n", 450)) // more than fit into a channel with some room
		expectLine(b, "the line is complete", reader(conn, maxLine), "07:15")
		b.Until("ReadLine reads no further ahead, or waits with what it has read", b.AtRest)
		b.Note("450 lines are left when the bench closes the conn")
	}, peer.Memory, peer.Loopback)
}
