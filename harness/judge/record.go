package judge

import (
	"strings"
	"time"

	"socketkata/harness/failure"
)

// A record is what one go test process told, by test.
type record struct {
	logs    map[string]*testLog // by full name: "TestHalfClose/memory"
	order   []*testLog          // as they began
	last    *testLog            // the test that began or ended last
	witness string              // see overlay

	build        head              // what the compiler or vet wrote
	builds       map[string]string // the first line of it, by package
	failedBuilds []string          // the packages that were not built
	output       capped            // printed outside any test
	stray        capped            // what is no event at all
	stderr       capped            // what the go command itself said
	began        bool              // the test process was started
	ended        bool              // the test process came to its end: it printed PASS or FAIL
	failed       bool              // the package did not pass
	killed       bool              // the process had to be killed

	attr    strings.Builder // an attr line that came in pieces
	inAttr  bool
	inFrame bool // the rest of a long frame comes as output
	onStart func()
	onFirst func() // the first test begins
	onTest  func(test string, status Status)
}

func newRecord() *record {
	return &record{logs: map[string]*testLog{}, builds: map[string]string{}}
}

func (r *record) log(name string) *testLog {
	l := r.logs[name]
	if l == nil {
		l = &testLog{name: name}
		r.logs[name], r.order = l, append(r.order, l)
	}
	return l
}

// subtests returns the logs of a test's direct subtests, as they began.
func (r *record) subtests(test string) []*testLog {
	var subs []*testLog
	for _, l := range r.order {
		if rest, ok := strings.CutPrefix(l.name, test+"/"); ok && !strings.Contains(rest, "/") {
			subs = append(subs, l)
		}
	}
	return subs
}

// endedIn reports whether the process died during a top-level test, or after
// it and before the next.
func (r *record) endedIn(test string) bool {
	return (!r.ended || r.killed) && r.last != nil && (r.last.name == test || strings.HasPrefix(r.last.name, test+"/"))
}

func (r *record) handle(e event) {
	switch e.Action {
	case "build-output":
		r.build.WriteString(e.Output)
		if r.builds[e.ImportPath] == "" {
			r.builds[e.ImportPath] = e.Output
		}
	case "build-fail":
		r.failedBuilds = append(r.failedBuilds, e.ImportPath)
	case "start":
		r.began = true
		if r.onStart != nil {
			r.onStart()
		}
	case "run":
		if len(r.order) == 0 && r.onFirst != nil {
			r.onFirst()
		}
		l := r.log(e.Test)
		l.began++
		l.start = time.Now()
		r.last = l
		r.tell(e.Test, "")
	case "output":
		r.outputEvent(e)
	case "attr":
		r.attribute(e.Test, e.Key, e.Value)
	case "pass", "fail", "skip":
		r.result(e)
	}
}

// result takes the event that ends a test or the package. Only a test whose
// "--- PASS" line came before has ended: when a process exits in the middle of
// a test, test2json puts the package's own event under that test's name.
func (r *record) result(e event) {
	if e.Test == "" {
		r.failed = e.Action != "pass"
		if e.FailedBuild != "" {
			r.failedBuilds = append(r.failedBuilds, e.FailedBuild)
		}
		return
	}
	l := r.log(e.Test)
	if l.frame != e.Action || !l.unfinished() {
		return
	}
	l.frame = ""
	l.elapsed += time.Since(l.start)
	r.last = l
	status := map[string]Status{"pass": StatusPassed, "fail": StatusFailed, "skip": StatusSkipped}[e.Action]
	switch status {
	case StatusPassed:
		l.passed++
	case StatusFailed:
		l.failed++
	default:
		l.skipped++
	}
	r.tell(e.Test, status)
}

func (r *record) tell(test string, status Status) {
	if r.onTest != nil && !strings.Contains(test, "/") {
		r.onTest(test, status)
	}
}

const attrFrame = "=== ATTR  "

func (r *record) outputEvent(e event) {
	switch whole := strings.HasSuffix(e.Output, "\n"); {
	case r.inAttr || strings.HasPrefix(e.Output, "\x16"+attrFrame):
		r.longAttr(e.Output)
		return
	case r.inFrame, !whole && isFrame(e.Output):
		r.inFrame = !whole
		return
	}
	if e.Test == "" {
		if e.Output == "PASS\n" || e.Output == "FAIL\n" {
			r.ended = true
		} else if !isPackageLine(e.Output) {
			r.output.WriteString(e.Output)
		}
		return
	}
	l := r.log(e.Test)
	if isFrame(e.Output) { // an event of its own, even after half a line
		if l.midLine {
			l.write("\n")
		}
		for action, mark := range map[string]string{"pass": "--- PASS: ", "fail": "--- FAIL: ", "skip": "--- SKIP: "} {
			if strings.HasPrefix(strings.TrimLeft(e.Output, " "), mark+e.Test+" (") {
				l.frame = action
			}
		}
		return
	}
	l.write(e.Output)
}

// longAttr puts together an attr line of more than 4 KiB, which test2json
// hands on as pieces of output instead of an attr event.
func (r *record) longAttr(piece string) {
	r.inAttr = true
	if r.attr.Len() < maxLine {
		r.attr.WriteString(piece)
	}
	if !strings.HasSuffix(piece, "\n") {
		return
	}
	line := strings.TrimSuffix(strings.TrimPrefix(r.attr.String(), "\x16"+attrFrame), "\n")
	r.attr.Reset()
	r.inAttr = false
	test, rest, _ := strings.Cut(line, " ")
	key, value, _ := strings.Cut(rest, " ")
	r.attribute(test, key, value)
}

func (r *record) attribute(test, key, value string) {
	switch key {
	case attrWitness:
		r.witness = value
	case failure.AttrFailure:
		if f, err := failure.Decode(value); err == nil {
			l := r.log(test)
			l.failures = append(l.failures, f)
		}
	}
}

// isFrame reports whether package testing wrote the line to mark a test's
// beginning or end.
func isFrame(line string) bool {
	if strings.HasPrefix(line, "=== ") {
		for _, mark := range []string{"RUN   ", "PAUSE ", "CONT  ", "NAME  ", "ATTR  ", "ARTIFACTS "} {
			if strings.HasPrefix(line[4:], mark) {
				return true
			}
		}
		return false
	}
	line = strings.TrimLeft(line, " ")
	return strings.HasPrefix(line, "--- PASS: ") || strings.HasPrefix(line, "--- FAIL: ") || strings.HasPrefix(line, "--- SKIP: ")
}

// isPackageLine reports whether the go command wrote the line about the
// package.
func isPackageLine(line string) bool {
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") ||
		strings.HasPrefix(line, "testing: warning: no tests to run") || strings.HasPrefix(line, "-test.shuffle ")
}
