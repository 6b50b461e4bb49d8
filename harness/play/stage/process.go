package stage

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"socketkata/harness/traceback"
)

// Play plays what was set up, until kata asks for the end or is gone. The value
// is that of the environment variable [Env].
//
// A panic of the code is not recovered: it ends the process, and kata reads the
// traceback.
func (s *Stage) Play(value string) error {
	// A terminal of Windows interrupts every process; kata says when to stop.
	signal.Ignore(os.Interrupt)
	ch, token, err := dial(value)
	if err != nil {
		return fmt.Errorf("play: %w", err)
	}
	defer ch.Close()
	s.tell = func(m Message) { ch.Send(m) } // if kata is gone, Receive returns the error
	if s.open == nil {
		return errNothing
	}
	on, err := s.open()
	if err != nil {
		return fmt.Errorf("play: %w", err)
	}
	s.tell(Message{Verb: Ready, Token: token, Addr: on.addr, Name: s.name, Asks: s.ask != nil, Packet: on.packet, Lines: s.hints})
	go func() { s.tell(ended(Returned, s.name, on.serve())) }()
	s.obey(ch, on)
	return nil
}

// obey does what kata asks for.
func (s *Stage) obey(ch *Channel, on *opened) {
	for {
		m, err := ch.Receive()
		if err != nil {
			return
		}
		switch m.Verb {
		case Ask:
			go s.answer(m)
		case Stop:
			go s.stop(on)
		case Look:
			s.tell(Message{Verb: Places, Lines: s.places()})
		case Exit:
			return
		}
	}
}

func (s *Stage) answer(m Message) {
	reply, err := s.ask(s.ctx, m.Addr, m.Bytes)
	answer := ended(Answered, "", err)
	answer.Bytes = reply
	s.tell(answer)
}

func (s *Stage) stop(on *opened) {
	if s.onStop != nil {
		ctx, cancel := context.WithTimeout(context.Background(), Grace)
		s.tell(ended(Stopped, s.stopName, s.onStop(ctx)))
		cancel()
	}
	s.cancel()
	on.close()
}

const mostPlaces = 4

// places says where the goroutines of the code are, each place once.
func (s *Stage) places() []string {
	count := map[string]int{}
	var order []string
	for _, g := range traceback.Of(traceback.Goroutines(), s.pkg) {
		where := g.Where(s.pkg)
		if count[where]++; count[where] == 1 {
			order = append(order, where)
		}
	}
	for i, where := range order {
		order[i] = "a goroutine is " + where
		if n := count[where]; n > 1 {
			order[i] = fmt.Sprintf("%d goroutines are %s", n, where)
		}
	}
	if left := len(order) - mostPlaces; left > 0 {
		order = append(order[:mostPlaces], fmt.Sprintf("and %d more", left))
	}
	return order
}

// Command returns a hint as it is to be typed for a port.
func Command(hint string, port int) string {
	return strings.ReplaceAll(hint, "%PORT", fmt.Sprint(port))
}
