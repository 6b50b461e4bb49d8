// Package probe judges a server from outside: at an address, in any language, or
// the learner's code in a process of its own.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// Process judges a candidate in a process of its own. Own says that it is the
// learner's code, so that hints make sense.
func Process(ctx context.Context, run *testrun.Runner, e *catalog.Exercise, c judge.Candidate, own bool) error {
	run.Printf("%s runs in a separate process, and the tests talk to it from outside.\n\n", c.Name)
	result, err := judge.Judge(ctx, e, c, judge.Options{Process: true, Stderr: run.Err})
	if errors.Is(err, judge.ErrNoProcess) {
		return fmt.Errorf("%w: start your server yourself and give its address: kata probe 127.0.0.1:35555 %s", judge.ErrNoProcess, e.EX())
	}
	if err != nil {
		return err
	}
	run.Show(e, result, own)
	return probed(result)
}

func probed(r judge.Result) error {
	if r.Verdict != judge.Passed {
		return terminal.Failed
	}
	return nil
}

// Address judges the server that listens at the address.
func Address(ctx context.Context, run *testrun.Runner, e *catalog.Exercise, address string) error {
	address, err := loopback(ctx, address)
	if err != nil {
		return err
	}
	run.Printf("The scripts of %s talk to %s. Each step waits up to 5s for a reply.\n\n", e.Name, address)
	result, err := judge.Judge(ctx, e, judge.Stub(e), judge.Options{Stderr: run.Err}.AtAddress(address))
	if err != nil {
		return err
	}
	if result.Verdict == judge.NothingRan && len(result.Requirements) > 0 && result.Requirements[0].Status == judge.StatusSkipped {
		return fmt.Errorf("nothing of %s can be judged at an address: %s", e.Name, result.Requirements[0].Skip)
	}
	if first := result.FirstFailure(); first != nil && refused(*first) && !anyPassed(result) {
		return fmt.Errorf("nothing listens at %s: start the server first", address)
	}
	show(run, e, result)
	return probed(result)
}

// loopback checks that an address is one of this machine's own, to which the
// scripts may be as rude as they are, and returns it as "127.0.0.1:35555".
func loopback(ctx context.Context, address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", terminal.Usagef("probe: %q is not an address: write host and port, like 127.0.0.1:35555", address)
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil || number == 0 {
		return "", terminal.Usagef("probe: %q is not a TCP port: write a number from 1 to 65535", port)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	ips, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil || len(ips) == 0 {
		return "", terminal.Usagef("probe: there is no host %q: write an address of this machine, like 127.0.0.1:%d", host, number)
	}
	for _, ip := range ips {
		if !ip.IP.IsLoopback() {
			return "", terminal.Usagef("probe: %s is not on loopback: the scripts reset conns, stall and flood: probe only your own server, on 127.0.0.1 or ::1", address)
		}
	}
	return net.JoinHostPort(preferred(ips), fmt.Sprint(number)), nil
}

// preferred returns an IPv4 address if there is one: most servers that listen
// at "localhost", or at no host at all, listen there, though the name may mean
// ::1 first.
func preferred(ips []net.IPAddr) string {
	if i := slices.IndexFunc(ips, func(ip net.IPAddr) bool { return ip.IP.To4() != nil }); i >= 0 {
		return ips[i].String()
	}
	return ips[0].String()
}

// refused reports whether a requirement failed because nobody listens.
func refused(q judge.RequirementResult) bool {
	return len(q.Failures) > 0 && q.Failures[0].Symptom == failure.Refused
}

func anyPassed(r judge.Result) bool {
	for _, q := range r.Requirements {
		if q.Status == judge.StatusPassed || q.Status == judge.StatusFailed && !refused(q) {
			return true
		}
	}
	return false
}

// show prints the result for a server at an address: the first failure in
// full, of the others what was seen.
func show(run *testrun.Runner, e *catalog.Exercise, r judge.Result) {
	if run.ShowUnplayed(e, r) {
		return
	}
	run.Printf("%s\n\n", run.Heading(e.Label(), testrun.Counts(r)))
	first, last, gone := r.FirstFailure(), "", ""
	for i := range r.Requirements {
		q := &r.Requirements[i]
		switch {
		case q.Status == judge.StatusFailed && refused(*q):
			if gone == "" {
				gone = last
			}
			run.Printf("%s\n", run.Paint(terminal.Dim, fmt.Sprintf("  · %-3s %s (not reached: nobody listens any more)", q.ID, q.Sentence)))
		case q == first:
			run.Printf("%s\n\n", run.Failure(e, r, q, false))
			last = q.ID
		case q.Status == judge.StatusFailed && len(q.Failures) > 0:
			f := q.Failures[0]
			run.Printf("%s\n        %s\n        got   %s\n        want  %s\n", run.Line(q), terminal.Visible(f.Reason), terminal.Visible(f.Got), terminal.Visible(f.Want))
			last = q.ID
		default:
			run.Printf("%s\n", run.Line(q))
			if q.Status == judge.StatusPassed {
				last = q.ID
			}
		}
	}
	run.Printf("\n")
	if gone != "" {
		run.Printf("The server ended after %s. Its own output may say why. Start it again to probe the rest.\n", gone)
	}
	run.Printf("contract: %s/README.md\n", e.Rel(e.Dir))
}
