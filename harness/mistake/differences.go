package mistake

import (
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

// differences says, for each requirement and arena, in how many runs the mistake
// failed, and shows one failure of the first that does not fail in all.
func differences(e *catalog.Exercise, results []judge.Result) string {
	var b strings.Builder
	shown := false
	for _, q := range e.Requirements {
		for _, arena := range q.Arenas {
			all := failuresIn(results, q.ID, arena)
			if len(all) == 0 && !failsAnywhere(results, q.ID) {
				continue
			}
			fmt.Fprintf(&b, "\n%s fails in %d of %d runs in the %s arena", q.ID, len(all), len(results), arena)
			if !shown && len(all) > 0 && len(all) < len(results) {
				shown = true
				fmt.Fprintf(&b, ", for example:\n%s", all[0].Text(failure.Options{Indent: "  "}))
			}
		}
	}
	return b.String()
}

// failuresIn returns the first failure of each run in which the requirement
// failed there.
func failuresIn(results []judge.Result, id, arena string) (all []failure.Failure) {
	for _, r := range results {
		for _, q := range r.Requirements {
			if i := slices.IndexFunc(q.Failures, func(f failure.Failure) bool { return f.Arena == arena }); q.ID == id && i >= 0 {
				all = append(all, q.Failures[i])
			}
		}
	}
	return all
}

func failsAnywhere(results []judge.Result, id string) bool { return failing(results)[id] > 0 }
