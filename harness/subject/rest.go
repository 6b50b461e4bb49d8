package subject

import (
	"slices"
	"strings"
	"sync"

	"socketkata/harness/leak"
	"socketkata/harness/traceback"
)

// WantsToRun reports whether any goroutine or thread but the calling one is on
// a processor or queued for one: here, in the subject's process or in one that
// the script has started. The lock is not held: a goroutine that waits for it
// would look as if nothing could wake it.
func (s *Subject) WantsToRun() bool { return AnyRuns() || leak.ThreadRuns() || s.runsAway() }

// AtRest reports whether every goroutine but the calling one waits, here and in
// the subject's process. The lock is not held: a goroutine that waits for it does
// not rest.
//
// It looks twice: the runtime asks whom the network has woken when a look is over.
func (s *Subject) AtRest() bool {
	if s.program == nil {
		return !AnyRuns() && !AnyRuns()
	}
	calls := s.program.Calls() // one may come and be answered between two looks
	return !AnyRuns() && !s.runsAway() && !AnyRuns() && s.program.Calls() == calls
}

// NothingLeft reports whether nobody is at work once the subject has ended: neither
// the bench, which may have something to read, nor a process that the script has
// started. The lock is not held.
func (s *Subject) NothingLeft() bool { return s.AtRest() && (s.IsAway() || !leak.DescendantRuns()) }

// runsAway reports whether a goroutine runs in the subject's own process, be it one
// that has yet to enter the subject's code.
func (s *Subject) runsAway() bool {
	if s.program == nil {
		return false
	}
	all, calls := s.program.Goroutines()
	return slices.ContainsFunc(all, func(g traceback.Goroutine) bool {
		return g.Runs() && !strings.HasPrefix(calls[g.ID], ".")
	})
}

// onlookers are the goroutines that only look at the others, by ID.
var onlookers sync.Map

// LookOn says that the calling goroutine only looks at the others from now on, so
// that nobody waits for it to rest. It returns the function that ends that.
func LookOn() (over func()) {
	self := traceback.Current()
	onlookers.Store(self, true)
	return func() { onlookers.Delete(self) }
}

// AnyRuns reports whether any goroutine of this process is on a processor or queued
// for one, but for the calling one and those that look on. In a bubble of virtual
// time only the bubble counts: its clock may reach the limit of a wait before a busy
// machine has run anybody outside, who cannot be what the bubble waits for.
func AnyRuns() bool {
	running := traceback.Running(traceback.Dump(nil))
	caller := running[slices.IndexFunc(running, func(g traceback.Goroutine) bool { return g.ID == traceback.Current() })]
	return slices.ContainsFunc(running, func(g traceback.Goroutine) bool {
		_, looksOn := onlookers.Load(g.ID)
		return g.ID != caller.ID && !looksOn && (caller.Bubble == "" || caller.Bubble == g.Bubble)
	})
}
