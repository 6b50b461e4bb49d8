// Package probe judges a server from outside: at an address, in any language, or
// the learner's code in a process of its own.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/errno"
	"socketkata/harness/judge"
	"socketkata/harness/network"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// Candidate judges a candidate in a process of its own. own says that it is the
// learner's code, so that hints make sense.
func Candidate(ctx context.Context, run *testrun.Runner, e *catalog.Exercise, c judge.Candidate, own bool) error {
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

// Address judges the server that listens at the address. A host name is tried at
// each of its addresses until a server listens there.
func Address(ctx context.Context, run *testrun.Runner, e *catalog.Exercise, address string) error {
	addresses, err := loopback(ctx, address)
	if err != nil {
		return err
	}
	var result judge.Result
	for _, address = range addresses {
		run.Printf("The scripts of %s talk to %s. Each step waits up to 5s for a reply.\n\n", e.Name, address)
		result, err = judge.Judge(ctx, e, judge.Stub(e), judge.Options{Stderr: run.Err}.AtAddress(address))
		if err != nil {
			return err
		}
		if !nobody(result) {
			break
		}
	}
	if result.Verdict == judge.NothingRan && len(result.Requirements) > 0 && result.Requirements[0].Status == judge.StatusSkipped {
		return fmt.Errorf("nothing of %s can be judged at an address: %s", e.Name, result.Requirements[0].Skip)
	}
	if nobody(result) {
		return absent(e, addresses)
	}
	show(run, e, result, ended(address))
	return probed(result)
}

// nobody reports whether every requirement that was tried met a refusal.
func nobody(r judge.Result) bool {
	first := r.FirstFailure()
	return first != nil && refused(*first) && accountOf(r).answered < 0
}

// dialTime is long enough for a busy server to be found alive.
const dialTime = 2 * time.Second

// ended reports whether the server is gone: nobody is there any more, over TCP
// or UDP. It is asked last, because not every server survives a client that only
// connects.
func ended(address string) bool {
	conn, err := net.DialTimeout("tcp", address, dialTime)
	if err != nil {
		return errno.Is(err, syscall.ECONNREFUSED) && network.IsRefused(network.Knock(address))
	}
	conn.Close()
	return false
}

// counts says how much of each tier passes, of what can be judged from outside.
func counts(r judge.Result) string {
	var parts []string
	left := 0
	for _, tier := range []catalog.Tier{catalog.Core, catalog.Hardened} {
		passed, skipped, all := r.Count(tier)
		if left += skipped; all > skipped {
			parts = append(parts, fmt.Sprintf("%s %d/%d", tier, passed, all-skipped))
		}
	}
	if left > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", left))
	}
	return strings.Join(parts, " · ")
}

// show prints the result for a server at an address: the first failure in full,
// and what was seen of the others. A server that is gone is named, and what it
// could not answer is no failure of its own.
func show(run *testrun.Runner, e *catalog.Exercise, r judge.Result, gone bool) {
	if run.ShowUnplayed(e, r) {
		return
	}
	run.Printf("%s\n\n", run.Heading(e.Label(), counts(r)))
	first, account := r.FirstFailure(), accountOf(r)
	for i := range r.Requirements {
		q := &r.Requirements[i]
		if gone && account.unreached(i, *q) {
			run.Printf("%s\n", run.Paint(terminal.Dim, fmt.Sprintf("  · %-3s %s (not reached)", q.ID, q.Sentence)))
			continue
		}
		showOne(run, e, r, q, q == first)
	}
	run.Printf("\n%s", account.finding())
	if gone && len(account.gaps) == 0 && account.answered >= 0 {
		run.Printf("The server has ended, during %s or right after it. Its own output may say why.\nStart it again to probe the rest.\n", r.Requirements[account.answered].ID)
	}
	run.Printf("contract: %s/README.md\n", e.Rel(e.Dir))
}

func showOne(run *testrun.Runner, e *catalog.Exercise, r judge.Result, q *judge.RequirementResult, full bool) {
	switch {
	case full:
		run.Printf("%s\n\n", run.Failure(e, r, q, false))
	case q.Status == judge.StatusFailed && len(q.Failures) > 0:
		f := q.Failures[0]
		run.Printf("%s\n        %s\n        got   %s\n        want  %s\n", run.Line(q), terminal.Visible(f.Reason), terminal.Visible(f.Got), terminal.Visible(f.Want))
	default:
		run.Printf("%s\n", run.Line(q))
	}
}
