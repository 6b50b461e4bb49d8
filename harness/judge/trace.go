package judge

import (
	"slices"

	"socketkata/harness/catalog"
	"socketkata/harness/traceback"
)

// pkg is the import path by which tracebacks name the candidate's functions.
func (r *run) pkg() string {
	if r.o.Batch != nil {
		return catalog.Module + "/" + r.o.Batch.member(r.overlay.witness)
	}
	return packageOf(r.e)
}

func packageOf(e *catalog.Exercise) string { return catalog.Module + "/exercises/" + e.Name }

func place(f traceback.Frame) string { return f.Name() + " at " + f.Place() }

// crashPlace says where the package's code crashed, in one sentence for each
// line of the failure; nil if none of its lines is in the traceback.
func crashPlace(pkg string, c traceback.Crash) []string {
	if f, ok := c.Innermost(pkg); ok {
		return []string{place(f)}
	}
	return nil
}

// blockedPlaces says where the package's goroutines are, each place once.
func blockedPlaces(pkg string, c traceback.Crash) []string {
	var said []string
	for _, g := range c.Goroutines {
		f, ok := g.Innermost(pkg)
		if !ok {
			continue
		}
		line := place(f) + ", " + stateSentence(g.State)
		if !slices.Contains(said, line) {
			said = append(said, line)
		}
	}
	return said
}

func stateSentence(state string) string {
	switch state {
	case "running", "runnable":
		return state
	case "IO wait":
		return "waiting for the network"
	}
	return "blocked in " + state
}

// racePlaces says which two lines of the package met, from a report of the race
// detector. A line of its test counts if nothing of the package was in progress.
func racePlaces(pkg, report string) []string {
	var said []string
	for _, a := range traceback.Race(report) {
		for _, p := range []string{pkg, pkg + "_test"} {
			if i := slices.IndexFunc(a.Frames, func(f traceback.Frame) bool { return f.In(p) }); i >= 0 {
				said = append(said, a.Kind+" in "+place(a.Frames[i]))
				break
			}
		}
	}
	return said
}
