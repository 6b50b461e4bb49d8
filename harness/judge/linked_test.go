package judge

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"socketkata/harness/catalog"
	"socketkata/harness/observe"
)

// TestCanary: only a canary that failed once lets what passed beside it count.
func TestCanary(t *testing.T) {
	const silenced = "a test that always fails did not fail"
	for _, c := range []struct {
		name     string
		log      *observe.Log
		failed   bool
		tampered string
	}{
		{"it did not begin", nil, false, ""},
		{"it did not end", &observe.Log{Began: 1}, false, ""},
		{"it failed", &observe.Log{Began: 1, Failed: 1}, true, ""},
		{"it passed", &observe.Log{Began: 1, Passed: 1}, false, silenced},
		{"it was skipped", &observe.Log{Began: 1, Skipped: 1}, false, silenced},
		{"it failed and passed", &observe.Log{Began: 2, Failed: 1, Passed: 1}, false, silenced},
		{"it failed twice", &observe.Log{Began: 2, Failed: 2}, false, silenced},
	} {
		if failed, tampered := heard(c.log); failed != c.failed || tampered != c.tampered {
			t.Errorf("%s: got %v, %q", c.name, failed, tampered)
		}
	}
}

// TestWithoutCanary: if the process ends before the canary, what passed in it is
// taken back. Without a failure that explains the end, it was tampered with.
func TestWithoutCanary(t *testing.T) {
	requirement := func(id string, s Status) RequirementResult {
		return RequirementResult{Requirement: catalog.Requirement{ID: id, Test: "Test_" + id}, Status: s}
	}
	seen := &observe.Observation{Logs: []*observe.Log{{Test: "Test_R1"}}}
	for failing, want := range map[Status]string{
		StatusNotReached: "the tests ended before the last one, which always fails",
		StatusFailed:     "",
	} {
		before := []RequirementResult{requirement("R1", StatusNotReached), requirement("R2", StatusNotReached), requirement("R3", StatusPassed)}
		after := []RequirementResult{requirement("R1", StatusPassed), requirement("R2", failing), requirement("R3", StatusPassed)}
		r := &run{o: Options{Linked: &Linked{Canary: "TestZ"}}, expected: after, passes: map[string]int{"Test_R1": 1, "Test_R3": 1}}
		if got := r.sing(seen, before); got != want {
			t.Errorf("%s: got %q, want %q", failing, got, want)
		}
		var statuses []Status
		for _, q := range r.expected {
			statuses = append(statuses, q.Status)
		}
		if want := []Status{StatusNotReached, failing, StatusPassed}; !slices.Equal(statuses, want) || r.passes["Test_R1"] != 0 {
			t.Errorf("got %v and %v, want %v: what passed in this round does not count", statuses, r.passes, want)
		}
	}
}

// TestOnlyRequirementsAreGraded: a fuzz seed may need more memory than a sandbox has.
func TestOnlyRequirementsAreGraded(t *testing.T) {
	e := &catalog.Exercise{Dir: t.TempDir(), Requirements: []catalog.Requirement{{ID: "R1", Test: "Test_R1"}}}
	tests := "package echo\n\nimport \"testing\"\n\nfunc Test_R1(t *testing.T) {}\n\nfunc FuzzAnswer(f *testing.F) {}\n"
	if err := os.WriteFile(filepath.Join(e.Dir, "echo_test.go"), []byte(tests), 0o644); err != nil {
		t.Fatal(err)
	}
	r := &run{e: e, o: Options{Linked: &Linked{Canary: "TestZ"}}}
	if flags := r.testFlags(); !slices.Contains(flags, "-skip=^(TestPlay|FuzzAnswer)$") {
		t.Errorf("the flags are %q and do not leave out the fuzz test", flags)
	}
}
