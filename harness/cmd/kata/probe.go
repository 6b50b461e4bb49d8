package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

// probe judges a server that listens somewhere on this machine, in whatever
// language it is written, by an exercise's contract; or, without an address,
// the learner's code in a process of its own.
func (k *kata) probe(ctx context.Context, cmd *cli.Command) error {
	address, name := "", ""
	for _, arg := range cmd.Args().Slice() {
		if strings.Contains(arg, ":") {
			address = arg
		} else {
			name = arg
		}
	}
	c, err := k.open()
	if err != nil {
		return err
	}
	if name == "" {
		name = k.getenv("EX")
	}
	if name == "" {
		return usagef("probe: say whose contract to judge by: kata probe 127.0.0.1:35555 05")
	}
	e, err := c.Find(name)
	if err != nil {
		return usageError{err}
	}
	if err := e.Load(); err != nil {
		return err
	}
	solution := cmd.Bool("solution")
	switch {
	case address != "" && solution:
		return usagef("probe: --solution is for a process of its own: leave it out, or the address")
	case address != "":
		return k.probeAddress(ctx, e, address)
	case !solution && fileMissing(e):
		return k.missingFile(e)
	case !solution:
		return k.probeProcess(ctx, e, judge.Learner(e), true)
	case len(e.Reference) == 0:
		return errNoSolutions
	}
	return k.probeProcess(ctx, e, judge.Reference(e), false)
}

// probeProcess judges a candidate in a process of its own, and helps whose code
// it is.
func (k *kata) probeProcess(ctx context.Context, e *catalog.Exercise, c judge.Candidate, own bool) error {
	k.printf("%s runs in a process of its own, which the tests talk to from outside.\n\n", c.Name)
	result, err := judge.Judge(ctx, e, c, judge.Options{Process: true, Stderr: k.stderr})
	if errors.Is(err, judge.ErrNoProcess) {
		return fmt.Errorf("%w: start your server yourself and give its address: kata probe 127.0.0.1:35555 %s", judge.ErrNoProcess, number(e))
	}
	if err != nil {
		return err
	}
	k.show(e, result, own)
	return probed(result)
}

func probed(r judge.Result) error {
	if r.Verdict != judge.Passed {
		return exitStatus(exitFailed)
	}
	return nil
}

// probeAddress judges what listens at the address.
func (k *kata) probeAddress(ctx context.Context, e *catalog.Exercise, address string) error {
	address, err := loopback(ctx, address)
	if err != nil {
		return err
	}
	k.printf("The scripts of %s talk to %s. A server that is silent makes each of them wait 5s.\n\n", e.Name, address)
	result, err := judge.Judge(ctx, e, judge.Stub(e), judge.Options{Stderr: k.stderr}.AtAddress(address))
	if err != nil {
		return err
	}
	if result.Verdict == judge.NothingRan && len(result.Requirements) > 0 && result.Requirements[0].Status == judge.StatusSkipped {
		return fmt.Errorf("nothing of %s can be judged at an address: %s", e.Name, result.Requirements[0].Skip)
	}
	if first := result.FirstFailure(); first != nil && refused(*first) && !anyPassed(result) {
		return fmt.Errorf("nobody listens at %s: start the server there first", address)
	}
	k.showProbe(e, result)
	return probed(result)
}

// loopback checks that an address is one of this machine's own, to which the
// scripts may be as rude as they are, and returns it as "127.0.0.1:35555".
func loopback(ctx context.Context, address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", usagef("probe: %q is no address: write host and port, like 127.0.0.1:35555", address)
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil || number == 0 {
		return "", usagef("probe: %q is no TCP port: write a number from 1 to 65535", port)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	ips, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil || len(ips) == 0 {
		return "", usagef("probe: there is no host %q: write an address of this machine, like 127.0.0.1:%d", host, number)
	}
	for _, ip := range ips {
		if !ip.IP.IsLoopback() {
			return "", usagef("probe: %s is not on loopback: the scripts reset conns, stall and flood, which only a server of your own on 127.0.0.1 or ::1 should meet", address)
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

// showProbe prints the result for a server at an address: the first failure in
// full, of the others what was seen.
func (k *kata) showProbe(e *catalog.Exercise, r judge.Result) {
	if k.showUnplayed(e, r) {
		return
	}
	k.printf("%s\n\n", k.heading(e, countsOf(r)))
	first, last, gone := r.FirstFailure(), "", ""
	for i := range r.Requirements {
		q := &r.Requirements[i]
		switch {
		case q.Status == judge.StatusFailed && refused(*q):
			if gone == "" {
				gone = last
			}
			k.printf("%s\n", k.paint(dim, fmt.Sprintf("  · %-3s %s (not reached: nobody listens any more)", q.ID, q.Sentence)))
		case q == first:
			k.printf("%s\n\n", k.failureText(e, r, q, false))
			last = q.ID
		case q.Status == judge.StatusFailed && len(q.Failures) > 0:
			f := q.Failures[0]
			k.printf("%s\n        %s\n        got   %s\n        want  %s\n", k.line(q), visible(f.Reason), visible(f.Got), visible(f.Want))
			last = q.ID
		default:
			k.printf("%s\n", k.line(q))
			if q.Status == judge.StatusPassed {
				last = q.ID
			}
		}
	}
	k.printf("\n")
	if gone != "" {
		k.printf("The server has ended since %s: what it prints may say why. Start it again to probe the rest.\n", gone)
	}
	k.printf("contract: %s/README.md\n", e.Rel(e.Dir))
}
