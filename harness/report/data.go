package report

import (
	"os"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/diagnose"
	"socketkata/harness/judge"
	"socketkata/harness/record"
	"socketkata/harness/report/page"
	"socketkata/harness/testrun"
)

// pageOf collects what a report says. The requirements are those of the run:
// the contract may have changed since.
func pageOf(e *catalog.Exercise, last testrun.Last, records, references []record.Record, noReference string) page.Page {
	now, err := judge.Learner(e).Fingerprint()
	p := page.Page{Name: e.Name, Title: e.Title, When: last.When, Verdict: string(last.Result.Verdict), Why: last.Result.Why,
		Changed: err != nil || now != last.Candidate, Again: "make test EX=" + e.EX(),
		Compiler: last.Result.CompilerOutput, Output: last.Result.Output}
	if !p.Changed {
		p.Source = sourceOf(e)
	}
	first := last.Result.FirstFailure()
	for _, tier := range []catalog.Tier{catalog.Core, catalog.Hardened} {
		t := page.Tier{Name: string(tier)}
		for i := range last.Result.Requirements {
			r := &last.Result.Requirements[i]
			if r.Tier != tier {
				continue
			}
			q := requirementOf(e, r)
			q.Records, q.Reference = recordsOf(records, r), recordsOf(references, r)
			if r.Status == judge.StatusFailed {
				q.NoReference = noReference
			}
			if first != nil && r.ID == first.ID {
				if m := diagnose.Likely(e, last.Result); m != nil {
					q.Say = m.Say
				}
			}
			t.Requirements = append(t.Requirements, q)
		}
		if len(t.Requirements) > 0 {
			p.Tiers = append(p.Tiers, t)
		}
	}
	return p
}

// sourceOf returns the lines of the learner's files. One that cannot be read is
// left out.
func sourceOf(e *catalog.Exercise) map[string][]string {
	lines := map[string][]string{}
	for base, path := range judge.Learner(e).Files {
		if text, err := os.ReadFile(path); err == nil {
			lines[base] = strings.Split(string(text), "\n")
		}
	}
	return lines
}

func requirementOf(e *catalog.Exercise, r *judge.RequirementResult) page.Requirement {
	return page.Requirement{ID: r.ID, Sentence: r.Sentence, Status: page.Status(r.Status), Skip: r.Skip,
		Failures: r.Failures, Output: r.Output,
		Contract: e.Rel(e.Dir) + "/README.md " + r.ID, Hint: "make hint EX=" + e.EX()}
}

// recordsOf returns the records of a requirement, as long as its sentence is
// still the same.
func recordsOf(all []record.Record, r *judge.RequirementResult) []record.Record {
	var own []record.Record
	for _, one := range all {
		if one.Requirement == r.ID && one.Sentence == r.Sentence {
			own = append(own, one)
		}
	}
	return own
}
