package traceback

import "slices"

// At says where a call is: "ServeConn at echo.go:21".
func (f Frame) At() string { return f.Name() + " at " + f.Place() }

// CrashPlace says where the package's code crashed, in one sentence for each
// line of the failure; nil if none of its lines is in the traceback.
func CrashPlace(pkg string, c Crash) []string {
	if f, ok := c.Innermost(pkg); ok {
		return []string{f.At()}
	}
	return nil
}

// BlockedPlaces says where the package's goroutines are, each place once.
func BlockedPlaces(pkg string, c Crash) []string {
	var said []string
	for _, g := range c.Goroutines {
		f, ok := g.Innermost(pkg)
		if !ok {
			continue
		}
		line := f.At() + ", " + stateSentence(g.State)
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

// RacePlaces says which two lines of the package met, from a report of the race
// detector. A line of its test counts if nothing of the package was in progress.
func RacePlaces(pkg, report string) []string {
	var said []string
	for _, a := range Race(report) {
		for _, p := range []string{pkg, pkg + "_test"} {
			if i := slices.IndexFunc(a.Frames, func(f Frame) bool { return f.In(p) }); i >= 0 {
				said = append(said, a.Kind+" in "+a.Frames[i].At())
				break
			}
		}
	}
	return said
}
