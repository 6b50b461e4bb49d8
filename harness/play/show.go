package play

import (
	"context"
	"crypto/rand"
	"net"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/play/relay"
	"socketkata/harness/play/stage"
	"socketkata/harness/terminal"
)

// A show is one play: the process with the code, the relay in front of it, and
// the picture.
type show struct {
	Options
	e     *catalog.Exercise
	c     judge.Candidate
	files *version
	ln    net.Listener // kata's, for clients
	feed  *relay.Feed
	drawn chan struct{} // closed when the picture is finished

	env      []string      // more environment of the process
	slow     time.Duration // until a message says that the process is slow to start
	process  *judge.Execution
	out, err *printer
	exited   chan string // how the process ended
	channel  *stage.Channel
	messages chan stage.Message
	ready    stage.Message

	relay   between
	served  chan error      // what the relay's Serve returned
	again   <-chan struct{} // closed when the end is asked for a second time
	asked   time.Time       // when the call of a client began
	typed   <-chan []byte
	ended   bool // what serves has returned
	drawing bool // the picture has begun
}

// The times a play gives.
const (
	earlyTime = 50 * time.Millisecond // for a stub to return before clients are asked in
	slowStart = 5 * time.Second       // see [show]
	lastTime  = 2 * time.Second       // for the code to return after its clients have left
	lookTime  = 5 * time.Second       // for a process that may be busy to say where its code is
	drainTime = 500 * time.Millisecond
	exitTime  = time.Second // for the process to end when it is told to
)

func newShow(o Options, ln net.Listener, e *catalog.Exercise, c judge.Candidate) *show {
	s := &show{Options: o, e: e, c: c, files: newVersion(c), ln: ln, slow: slowStart, feed: relay.NewFeed(), drawn: make(chan struct{}),
		exited: make(chan string, 1), messages: make(chan stage.Message, 16), served: make(chan error, 1)}
	s.out, s.err = &printer{feed: s.feed}, &printer{feed: s.feed, traces: true}
	return s
}

// run plays the program until ctx ends or the code does, and leaves nothing
// behind.
func (s *show) run(ctx context.Context, program *judge.Program) error {
	defer s.finishPicture()
	if err := s.start(ctx, program); err != nil {
		return err
	}
	defer s.end()
	select { // a stub does not ask clients in
	case m := <-s.messages:
		return s.heard(m)
	case how := <-s.exited:
		return s.died(how)
	case <-time.After(earlyTime):
	}
	if err := s.begin(); err != nil {
		return err
	}
	if s.ready.Asks {
		s.typed = lines(s.Input)
	}
	return s.loop(ctx)
}

// start starts the process and waits until it is ready.
func (s *show) start(ctx context.Context, program *judge.Program) error {
	control, err := stage.Listen(rand.Text())
	if err != nil {
		return err
	}
	defer control.Close()
	if s.process, err = program.Start(catalog.PlayTest, append(s.env, control.Env()), s.out, s.err); err != nil {
		return err
	}
	go func() { s.exited <- s.process.Wait() }()
	connected := make(chan struct{})
	go func() {
		defer close(connected)
		if channel, ready, err := control.Accept(); err == nil {
			s.channel, s.ready = channel, ready
		}
	}()
	slow := time.After(s.slow)
	for {
		select {
		case <-connected:
			go s.listen()
			return nil
		case how := <-s.exited:
			control.Close()
			<-connected
			return s.died(how)
		case <-slow:
			s.Warn("your code has not started yet: perhaps an init function never returns; Ctrl-C stops it")
		case <-ctx.Done():
			s.kill()
			return context.Cause(ctx)
		}
	}
}

// listen hears what the process says.
func (s *show) listen() {
	for {
		m, err := s.channel.Receive()
		if err != nil {
			return
		}
		s.messages <- m
	}
}

// loop plays until something ends it.
func (s *show) loop(ctx context.Context) error {
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for {
		typed := s.typed
		if !s.asked.IsZero() { // one call after the other
			typed = nil
		}
		select {
		case m := <-s.messages:
			if s.goesOn(m) {
				continue
			}
			return s.heard(m)
		case how := <-s.exited:
			return s.died(how)
		case <-look.C:
			if s.files.changed() {
				s.feed.Remark(s.outdated())
			}
		case line, ok := <-typed:
			if !ok {
				return s.stop("End of input.")
			}
			s.asked = time.Now()
			s.channel.Send(stage.Message{Verb: stage.Ask, Addr: s.ln.Addr().String(), Bytes: line})
		case <-ctx.Done():
			return s.stop("Ctrl-C.")
		}
	}
}

// goesOn says what a message is about, and reports whether the play goes on.
func (s *show) goesOn(m stage.Message) bool {
	s.ended = s.ended || m.Verb == stage.Returned
	if m.Unwritten() || m.Verb == stage.Returned && !s.ready.Asks {
		return false
	}
	if text := s.sentence(m); text != "" {
		s.feed.Remark(text)
	}
	if m.Verb == stage.Answered {
		s.asked = time.Time{}
	}
	return !s.ended || !s.asked.IsZero()
}

// heard ends the play after a message that the code has returned by itself.
func (s *show) heard(m stage.Message) error {
	s.leave()
	s.feed.Say(s.returnedEarly(m))
	if m.Failed {
		return terminal.Failed
	}
	return nil
}

// died ends the play after the process has ended by itself.
func (s *show) died(how string) error {
	s.exited <- how // for end
	s.leave()
	s.feed.Say(s.deathSentence(how))
	return terminal.Failed
}

// leave stops accepting clients, and lets the last bytes pass.
func (s *show) leave() {
	s.ln.Close()
	if s.relay == nil {
		return
	}
	s.relay.Leave()
	select {
	case <-s.relay.Idle():
	case <-time.After(drainTime):
	}
}

// stop asks the code to end, as a server is asked to, and says what it
// returned. A second Ctrl-C ends it at once.
func (s *show) stop(why string) error {
	s.ln.Close()
	s.feed.Say("\n" + why + s.asksToStop())
	s.channel.Send(stage.Message{Verb: stage.Stop})
	clientsLeave := time.After(stage.Grace)
	giveUp := time.After(stage.Grace + lastTime)
	for {
		select {
		case m := <-s.messages:
			if s.goesOn(m) {
				continue
			}
			s.leave()
			if !s.ready.Asks {
				s.feed.Say(s.sentence(m))
			}
			return nil
		case how := <-s.exited:
			return s.died(how)
		case <-clientsLeave:
			if n := s.relay.Active(); n > 0 {
				s.feed.Say(stillThere(n))
				s.relay.Leave()
			}
		case <-giveUp:
			s.feed.Say(s.neverReturned())
			return terminal.Failed
		case <-s.again:
			s.feed.Say("Ctrl-C again: the process is killed.")
			s.kill()
			return terminal.Interrupted
		}
	}
}

// end ends the process and the relay.
func (s *show) end() {
	s.channel.Send(stage.Message{Verb: stage.Exit})
	select {
	case <-s.exited:
	case <-time.After(exitTime):
		s.kill()
	}
	s.channel.Close()
	s.ln.Close()
	if s.relay != nil {
		s.relay.HangUp()
		<-s.served
	}
}

// kill ends the process and what it started, and waits for it.
func (s *show) kill() {
	s.process.Kill()
	s.exited <- <-s.exited
}

// finishPicture waits until all is drawn, but not for a terminal that has
// stopped.
func (s *show) finishPicture() {
	s.out.flush()
	s.err.flush()
	s.feed.Close()
	if !s.drawing {
		go s.draw()
	}
	select {
	case <-s.drawn:
	case <-time.After(lastTime):
	}
}
