package cases_test

import (
	"testing"
	"time"

	"socketkata/harness/peer"
	"socketkata/harness/peer/testdata/cases"
)

// The bench's datagrams in right hands.

func TestRightPacketServer(t *testing.T) {
	peer.Run(t, "R1: each client gets its own datagrams back", func(b *peer.Bench) {
		server := b.ServePacket(cases.EchoPackets)
		alice, bob := b.DialPacket(server), b.DialPacket(server)
		for _, text := range []string{"one", "", "two"} {
			alice.Send(text)
			bob.Send("bob's " + text)
		}
		for _, text := range []string{"one", "", "two"} {
			alice.Expect("the echo comes back", text)
			bob.Expect("the echo comes back", "bob's "+text)
		}
		alice.ExpectNone("nothing comes twice", "fence", "fence")
		server.Close()
		b.NoError("Serve ends with its conn", server.Result("the conn is closed"))
	})
}

func TestRightScriptedFates(t *testing.T) {
	peer.Run(t, "R1: datagrams get lost, are doubled and overtake each other", func(b *peer.Bench) {
		client := b.DialPacket(b.ServePacket(cases.EchoPackets))
		client.FateSent(1, peer.Lost)
		client.FateSent(2, peer.Twice)
		client.Send("lost")
		client.Send("doubled") // it is echoed twice
		client.Expect("it is echoed", "doubled")
		client.Expect("it is echoed twice", "doubled")
		client.FateSent(3, peer.Late)
		client.Send("late")
		client.Send("early")
		client.Expect("it overtakes the other", "early")
		client.Expect("it comes in the end", "late")
		client.FateReceived(5, peer.Lost)
		client.Send("unanswered")
		client.ExpectNone("the answer is lost", "fence", "fence")
		client.Send("counted")
		client.Expect("neither the probe nor its answer is counted", "counted")
	})
}

func TestRightPacketClient(t *testing.T) {
	peer.Run(t, "R1: a lost request is sent again after a second", func(b *peer.Bench) {
		server := b.ListenPacket()
		server.FateReceived(1, peer.Lost)
		call := peer.Start(b, "ask", func() (string, error) { return cases.Ask(b.PacketConn(), server.Addr(), "time?") })
		server.ExpectQuiet("the request is lost")
		b.Advance(time.Second)
		server.Expect("it is sent again", "time?")
		server.Send("noon")
		answer, err := call.Result("the answer has come")
		b.NoError("an answer came", err)
		b.Equal("the answer is returned", "noon", answer)
	}, peer.Virtual)
}

func TestRightStrangerToAClient(t *testing.T) {
	peer.Run(t, "R1: any peer can send to a subject's conn", func(b *peer.Bench) {
		pc := b.PacketConn()
		stranger, friend := b.ListenPacket(), b.ListenPacket()
		call := peer.Start(b, "ask", func() (string, error) { return cases.Ask(pc, friend.Addr(), "who?") })
		b.Equal("the request comes", "who?", friend.Receive("the request comes"))
		stranger.SendTo(pc.LocalAddr(), "me")
		answer, err := call.Result("an answer has come")
		b.NoError("an answer came", err)
		b.Equal("it is the stranger's", "me", answer)
	})
}

func TestRightChances(t *testing.T) {
	peer.Run(t, "R1: some of many datagrams are lost, without a script", func(b *peer.Bench) {
		client := b.DialPacket(b.ServePacket(cases.EchoPackets))
		b.Chances(0.5, 0, 0)
		for range 100 {
			client.Send("x")
		}
		b.Chances(0, 0, 0)
		client.Send("end")
		n := 0
		for client.Receive("an answer comes") != "end" {
			n++
		}
		// 25 survive both ways, or 50 if the subject answers after the chances have changed.
		b.Equal("some are lost, and some are not", true, n > 5 && n < 80)
	})
}

func asksPacket(answers func(p []byte) []string) func(*peer.Bench) {
	return func(b *peer.Bench) {
		client := b.DialPacket(b.ServePacket(cases.EachPacket(answers)))
		client.Send("?")
		client.Expect("the answer comes", "yes")
	}
}

func TestDatagramSilence(t *testing.T) {
	peer.Run(t, "R1: it fails", asksPacket(func(p []byte) []string { return nil }))
}
func TestDatagramCut(t *testing.T) {
	peer.Run(t, "R1: it fails", asksPacket(func(p []byte) []string { return []string{"ye"} }))
}
func TestDatagramsMerged(t *testing.T) {
	peer.Run(t, "R1: it fails", asksPacket(func(p []byte) []string { return []string{"yesyes"} }))
}
func TestDatagramExtra(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		client := b.DialPacket(b.ServePacket(cases.EachPacket(func(p []byte) []string {
			return []string{string(p), string(p)}
		})))
		client.Send("once")
		client.Expect("the answer comes", "once")
		client.ExpectNone("it comes once", "fence", "fence")
	})
}
func TestDatagramExtraVirtual(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		client := b.DialPacket(b.ServePacket(cases.EachPacket(func(p []byte) []string { return []string{""} })))
		client.Send("?")
		client.ExpectQuiet("nobody answers")
	}, peer.Virtual)
}
func TestDatagramStranger(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		own := b.PacketConn()
		client := b.DialPacket(b.ServePacket(cases.Through(own)))
		client.Send("?")
		client.Expect("the answer comes", "yes")
	})
}
