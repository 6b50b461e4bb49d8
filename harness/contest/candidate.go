package contest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/play/stage"
	"socketkata/harness/slow"
)

// A candidate is a process that plays a learner's code or the reference.
type candidate struct {
	name    string
	program *judge.Program
	process *judge.Execution
	channel *stage.Channel
	said    firstLine // that it printed
	exited  chan string
	over    chan struct{}      // closed once it has returned or ended
	finish  func()             // closes over
	told    chan stage.Message // what it says after it has begun to serve
}

// startCandidate builds a candidate and starts it.
func startCandidate(ctx context.Context, name string, e *catalog.Exercise, c judge.Candidate) (*server, error) {
	program, err := judge.Build(ctx, e, c)
	if err != nil {
		return nil, err
	}
	p := &candidate{name: name, program: program, exited: make(chan string, 1), told: make(chan stage.Message, 1), over: make(chan struct{})}
	p.finish = sync.OnceFunc(func() { close(p.over) })
	addr, err := p.begin(ctx)
	if err != nil {
		p.end()
		return nil, err
	}
	return &server{name: name, addr: addr, pid: p.process.Pid(), over: p.over, why: p.why, end: p.end}, nil
}

// begin starts the process and returns the address at which it serves.
func (p *candidate) begin(ctx context.Context) (string, error) {
	control, err := stage.Listen(rand.Text())
	if err != nil {
		return "", err
	}
	defer control.Close()
	if p.process, err = p.program.Start(catalog.PlayTest, []string{control.Env(), stage.LoadEnv + "=1"}, &p.said, &p.said); err != nil {
		return "", err
	}
	go func() {
		p.exited <- p.process.Wait()
		p.finish()
		control.Close()
	}()
	defer context.AfterFunc(ctx, func() { control.Close() })()
	defer time.AfterFunc(slow.Stretch(startTime), func() { control.Close() }).Stop()
	var ready stage.Message
	p.channel, ready, err = control.Accept()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil && len(p.exited) == 0:
		return "", fmt.Errorf("%s has not started for %v: perhaps an init function never returns", p.name, slow.Stretch(startTime))
	case err != nil:
		return "", fmt.Errorf("%s ended before it served: %s", p.name, p.lastWords())
	case ready.Asks || ready.Packet:
		return "", errNoEcho
	}
	go p.listen()
	return ready.Addr, nil
}

// listen keeps the first thing that the process says.
func (p *candidate) listen() {
	if m, err := p.channel.Receive(); err == nil {
		p.told <- m
		p.finish()
	}
}

// errUnwritten means that the server is the stub.
var errUnwritten = errors.New("nothing is written yet, so there is nothing to measure")

func (p *candidate) why() error {
	select {
	case m := <-p.told:
		if m.Unwritten() {
			return errUnwritten
		}
		return fmt.Errorf("%s returned instead of serving: %s", p.name, m.Error)
	case how := <-p.exited:
		p.exited <- how
		return fmt.Errorf("%s has ended: %s", p.name, p.lastWords())
	default:
		return nil
	}
}

// lastWords returns how the process has ended.
func (p *candidate) lastWords() string {
	how := <-p.exited
	p.exited <- how
	return strings.TrimSpace(how + " " + p.said.String())
}

func (p *candidate) end() {
	if p.channel != nil {
		p.channel.Close()
	}
	if p.process != nil {
		p.process.Kill()
		<-p.exited
	}
	p.program.Remove()
}
