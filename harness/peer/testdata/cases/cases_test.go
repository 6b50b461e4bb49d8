package cases_test

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"socketkata/harness/peer"
	"socketkata/harness/peer/testdata/cases"
)

// Every test but TestRight… fails, with the symptom that peer_test.go expects.

func asks(serve func(net.Listener) error, want string) func(*peer.Bench) {
	return func(b *peer.Bench) {
		client := b.Dial(b.Serve(serve))
		client.Send("?")
		client.Expect("the answer comes", want)
	}
}

func ends(serve func(net.Listener) error) func(*peer.Bench) {
	return func(b *peer.Bench) {
		client := b.Dial(b.Serve(serve))
		client.Send("?")
		client.ExpectEOF("the server hangs up")
	}
}

func TestSilence(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(cases.Each(cases.Drain), "yes"))
}
func TestSilenceVirtual(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(cases.Each(cases.Drain), "yes"), peer.Virtual)
}
func TestEarlyEOF(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(cases.Each(cases.ReadOne), "yes"))
}
func TestEarlyEOFBeforeReturn(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(cases.LeaveSlowly, "yes"), peer.Loopback)
}
func TestMissingTail(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(cases.Each(cases.SayAndLeave("ye")), "yes"))
}
func TestMissingTailOpen(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(cases.Each(cases.Say("ye")), "yes"))
}
func TestWrongBytes(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(cases.Each(cases.Say("yEs")), "yes"))
}
func TestNotTLS(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		client := b.Dial(b.Serve(cases.Each(cases.SayAndLeave("220 not TLS"))))
		client.Wrap(func(c net.Conn) net.Conn { return tls.Client(c, &tls.Config{ServerName: "kata"}) })
		client.Expect("the answer comes", "yes")
	})
}
func TestReset(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(cases.Each(cases.Abort), "yes"))
}
func TestPanic(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(cases.Each(func(net.Conn) { panic("index out of range") }), "yes"))
}
func TestPanicAfterClose(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(cases.Each(cases.PanicSlowly), "yes"))
}
func TestExit(t *testing.T) { peer.Run(t, "R1: it fails", asks(cases.Exit, "yes")) }
func TestNotWritten(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(func(net.Listener) error { return cases.ErrStub }, "yes"))
}
func TestGone(t *testing.T) {
	peer.Run(t, "R1: it fails", asks(func(net.Listener) error { return io.ErrNoProgress }, "yes"))
}
func TestExtraBytes(t *testing.T) {
	peer.Run(t, "R1: it fails", ends(cases.Each(cases.SayAndLeave("more"))))
}
func TestStaysOpen(t *testing.T) { peer.Run(t, "R1: it fails", ends(cases.Each(cases.Drain))) }
func TestResetAtEnd(t *testing.T) {
	peer.Run(t, "R1: it fails", ends(cases.Each(cases.Abort)))
}

func TestResetAtOnce(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		crowd := b.Crowd(b.Serve(cases.Each(cases.AbortAtOnce)), 100) // for some, before Dial returns
		crowd[0].Expect("the reply", "x")
	})
}

func TestLineWithoutEnd(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		client := b.Dial(b.Serve(cases.Each(cases.SayAndLeave("ye"))))
		client.Send("?")
		client.ReadLine("the answer is a line")
	})
}

func TestWrongLine(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		first := b.Dial(b.Serve(cases.Each(cases.Say("no\n"))))
		b.Crowd(b.Serve(cases.Crowded), 3) // so that only one conn is drawn
		first.Send("may I?")
		first.ExpectLine("the answer comes", "yes")
	})
}

func TestFlood(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.Dial(b.Serve(cases.Each(cases.Flood))).ReadLine("the answer is a line")
	})
}

func TestNotReading(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		server := b.Serve(cases.Each(func(c net.Conn) { <-b.Context().Done() }))
		b.Dial(server).Send(strings.Repeat("x", peer.Plenty))
	})
}

func TestPieceNotRead(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		server := b.Serve(cases.Each(func(c net.Conn) { <-b.Context().Done() }))
		b.Dial(server).SendPieces("one", "two")
	})
}

func TestReturnedEarly(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		server := b.Serve(func(net.Listener) error { return nil })
		b.NoError("it works", server.Result("it returns"))
		server.ExpectRunning("it still serves")
	})
}

func TestNeverReturned(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.Serve(cases.Each(cases.Drain)).Result("it returns")
	})
}

func TestSpin(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		client := b.Dial(b.Serve(cases.Each(cases.Spin)))
		client.CloseWrite()
		client.ExpectEOF("the server hangs up")
	})
}

func TestSpinAside(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.Dial(b.Serve(cases.SpinAside)).Expect("it is served", "hello") // the last step that looks
	}, peer.Memory)
}

func TestSpinAccept(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		server := b.Serve(cases.SpinAccept)
		server.Close()
		server.Result("it returns")
	})
}

func TestGrowth(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		client := b.Dial(b.Serve(cases.Each(cases.Drain)))
		client.SendAsync(strings.Repeat("x", 1<<20))
		client.ExpectStall("the server stops reading", 1<<19)
	}, peer.Virtual)
}

func TestTakesAll(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		client := b.Dial(b.Serve(cases.Each(cases.Drain)))
		client.ExpectStuck("the server stops reading", strings.Repeat("x", 1<<20))
	})
}

func TestNotQuiet(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		client := b.Dial(b.Serve(cases.Each(cases.Say("more"))))
		client.Send("?")
		client.ExpectQuiet("nothing comes")
	}, peer.Virtual)
}

func TestNeverHappened(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.Until("pigs fly", never) })
}

func TestNeverEnded(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		leaks(b)
		b.Until("no goroutine is left", func() bool { return b.Goroutines() == 0 })
	})
}

func TestNeverHappenedButSeen(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.Until("pigs fly", never, func() string { return "pigs walk" })
	})
}

func never() bool { return false }

func TestSeed(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.Equal("the number is drawn", -1, b.Rand().Int()) })
}

// The guard ends the process in these, so each is run alone.

func TestGuardDeadlock(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		peer.Start(b, "Deadlock", cases.Deadlock).Result("it returns")
	}, peer.Virtual)
}
func TestGuardDirectCall(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { cases.Deadlock() }, peer.Loopback)
}
func TestGuardLoop(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.Equal("it returns", 1, cases.Loop()) }, peer.Memory)
}

// This one passes: a subject may close what it got as often as it likes, and
// a peer that reads again loses nothing.
func TestRight(t *testing.T) {
	peer.Run(t, "R1: it passes", func(b *peer.Bench) {
		server := b.Serve(cases.Each(func(c net.Conn) {
			io.Copy(c, c)
			c.Close()
		}))
		message := strings.Repeat("0123456789", peer.Plenty/10)
		client := b.Dial(server)
		client.StopReading()
		client.SendAsync(message)
		client.ResumeReading()
		client.Expect("everything comes back", message)
		client.CloseWrite()
		client.ExpectEOF("the server hangs up")
		server.ExpectRunning("one client is not the end")
		server.Close()
		server.ExpectRefused("nobody listens any more")
		b.Sweep("every cut is echoed", b.Serve(concurrently), "request", "request")
	})
}

// This one passes, too: peers that do not read wake neither each other nor the
// clock.
func TestRightTwoStopReading(t *testing.T) {
	peer.Run(t, "R1: it passes", func(b *peer.Bench) {
		crowd := b.Crowd(b.Serve(concurrently), 2)
		for _, client := range crowd {
			client.StopReading()
			client.Send("unread")
		}
		b.Settle()
		b.Advance(time.Hour)
		for _, client := range crowd {
			client.ExpectQuiet("nothing is read")
			client.ResumeReading()
			client.Expect("the echo was kept", "unread")
		}
	}, peer.Virtual)
}

// concurrently echoes for every client at the same time.
func concurrently(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return nil
		}
		go func() {
			defer c.Close()
			io.Copy(c, c)
		}()
	}
}
