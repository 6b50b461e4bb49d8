package judge

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	records "socketkata/harness/record"
)

// recorded sums up the records in a folder: "R2 memory passed".
func recorded(t *testing.T, dir string) []string {
	t.Helper()
	all, err := records.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range all {
		lines = append(lines, r.Requirement+" "+r.Arena+" "+map[bool]string{true: "passed", false: "failed"}[r.Passed])
	}
	slices.Sort(lines)
	return lines
}

func TestRecords(t *testing.T) {
	t.Parallel()
	e := echoExercise(t)
	dir := filepath.Join(t.TempDir(), "records")
	stale := filepath.Join(dir, "R9.memory.json")
	writeFile(t, stale, "from the run before")
	o := Options{Records: dir}
	if r := judgeIt(t, e, Answer(e.Mistakes[1].Answer), o); r.Verdict != Failed {
		t.Fatal(summary(r))
	}
	want := []string{"R1 memory passed", "R2 loopback failed", "R2 memory failed", "R3 memory passed",
		"R4 loopback failed", "R4 virtual failed", "R5 memory passed"}
	if got := recorded(t, dir); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, err := os.Stat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old record is still there: %v", err)
	}

	// A script that ends the process has no record, those after it have theirs.
	judgeIt(t, e, candidate(t, e, "exit-zero"), o)
	want = []string{"R1 memory passed", "R2 memory passed", "R3 memory passed", "R4 loopback passed", "R4 virtual passed", "R5 memory passed"}
	if got := recorded(t, dir); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
