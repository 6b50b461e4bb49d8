package sandbox

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Check is what came of trying one thing that the sandbox should prevent.
type Check struct {
	Defence string // "network cut off"
	Works   bool
	Seen    string // what came of it, in a few words
}

// String is one line for the terminal.
func (c Check) String() string {
	mark := "✓"
	if !c.Works {
		mark = "✗"
	}
	if c.Seen == "" {
		return mark + " " + c.Defence
	}
	return mark + " " + c.Defence + ": " + c.Seen
}

// An attempt runs a probe, and says what a working sandbox makes of it.
type attempt struct {
	defence string
	probe   string
	limits  func(*Limits)
	want    func(out string, err error) bool
	inner   bool // try it in the inner sandbox, too
}

// Doctor tries each defence and says which work.
func (b *Box) Doctor(ctx context.Context) []Check {
	if b.Kind == None {
		return []Check{{Defence: "sandbox", Seen: "there is none: submissions run with all your rights"}}
	}
	secret, address, done, err := bait(b.dir)
	if err != nil {
		return []Check{{Defence: "doctor", Seen: err.Error()}}
	}
	defer done()
	var checks []Check
	for _, a := range attempts(secret, address) {
		checks = append(checks, b.attempt(ctx, a, a.probe))
		if a.inner {
			checks[len(checks)-1] = worse(checks[len(checks)-1], b.attempt(ctx, a, "inner", a.probe))
		}
	}
	return append(checks, b.leavesNothing(ctx))
}

// bait makes a file and a server outside that no program inside may reach.
func bait(dir string) (secret, address string, done func(), err error) {
	secret = filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o644); err != nil {
		return "", "", nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", nil, fmt.Errorf("listen outside: %w", err)
	}
	return secret, ln.Addr().String(), func() { ln.Close() }, nil
}

func silent(out string, err error) bool { return out == "" && err == nil }

func prints(want string) func(string, error) bool {
	return func(out string, err error) bool { return strings.TrimSpace(out) == want && err == nil }
}

func killed(why string) func(string, error) bool {
	return func(out string, err error) bool {
		return err != nil && strings.HasSuffix(out, "sandbox: the "+why+" limit is exceeded, so the program was killed\n")
	}
}

func attempts(secret, address string) []attempt {
	fewer := func(out string, err error) bool {
		n, bad := strconv.Atoi(strings.TrimSpace(out))
		return err == nil && bad == nil && n < 64
	}
	outside := strconv.Itoa(os.Getpid())
	return []attempt{
		{defence: "loopback inside", probe: "loop", want: prints("<nil>"), inner: true},
		{defence: "network cut off", probe: "dial=" + address, want: silent, inner: true},
		{defence: "files invisible, root read-only", probe: "read=" + secret, want: silent, inner: true},
		{defence: "other processes invisible", probe: "list", want: silent, inner: true},
		{defence: "other processes out of reach of signals", probe: "signal=" + outside, want: silent, inner: true},
		{defence: "no environment", probe: "environ", want: silent, inner: true},
		{defence: "no rights, and none to get", probe: "rights", want: silent, inner: true},
		{defence: "fork bomb limited", probe: "fork=64", want: fewer, inner: true, limits: func(l *Limits) { l.Processes = 32 }},
		{defence: "memory limited", probe: "memory=8192", want: prints("refused"), inner: true},
		{defence: "disk limited", probe: "disk=24", want: prints("refused"), inner: true, limits: func(l *Limits) { l.Disk = 8 << 20 }},
		{defence: "output limited", probe: "print=64", want: killed("output"), limits: func(l *Limits) { l.Output = 1 << 20 }},
		{defence: "a program that hangs is killed", probe: "wait", want: killed("time"), limits: func(l *Limits) { l.Wall = time.Second }},
	}
}

// attempt runs one probe.
func (b *Box) attempt(ctx context.Context, a attempt, probe ...string) Check {
	limits := DefaultLimits()
	limits.Wall = time.Minute
	if a.limits != nil {
		a.limits(&limits)
	}
	out, err := b.probe(ctx, limits, probe...)
	c := Check{Defence: a.defence, Works: a.want(out, err)}
	if !c.Works {
		c.Seen = strings.ReplaceAll(strings.TrimSpace(out), "\n", "; ")
		if err != nil {
			c.Seen = strings.TrimPrefix(c.Seen+"; "+err.Error(), "; ")
		}
	}
	return c
}

func worse(a, b Check) Check {
	if !b.Works {
		b.Seen = "in the inner sandbox: " + b.Seen
		return b
	}
	return a
}

// leavesNothing starts a process that detaches itself, and looks for it
// afterwards.
func (b *Box) leavesNothing(ctx context.Context) Check {
	const defence = "nothing left running"
	mark := "left-" + filepath.Base(b.dir)
	if out, err := b.probe(ctx, DefaultLimits(), "detach="+mark); err != nil || out != "" {
		return Check{Defence: defence, Seen: "the detached process could not be started: " + out}
	}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), mark) && strings.Contains(string(text), "wait") {
			return Check{Defence: defence, Seen: "a detached process survives: " + filepath.Base(filepath.Dir(f))}
		}
	}
	return Check{Defence: defence, Works: true}
}
