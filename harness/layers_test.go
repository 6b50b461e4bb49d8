package harness_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// A layer says what the packages below a path may import.
type layer struct {
	path    string   // import path of the package, or of the folder above with "/..."
	tests   bool     // the rule is for test files
	own     []string // packages of this module
	foreign []string // packages of others; the standard library always goes
	not     []string // packages of the standard library that do not go
	reason  string
}

const harness = "socketkata/harness/"

var layers = []layer{
	{path: "socketkata/exercises/...", foreign: []string{"golang.org/x/sys/unix"},
		reason: "an answer runs anywhere, without the harness"},
	{path: "socketkata/solutions/...", foreign: []string{"golang.org/x/sys/unix"},
		reason: "a learner must be able to write the same"},
	{path: "socketkata/exercises/...", tests: true, own: []string{"socketkata/exercises/", harness + "peer", harness + "fault"},
		foreign: []string{"golang.org/x/sys/unix"},
		reason:  "a learner has one vocabulary to learn, and waits for no more to compile"},
	{path: harness + "wire", not: []string{"testing"}, reason: "it is pure and tested alone"},
	{path: harness + "memnet", own: []string{harness + "errno"}, not: []string{"testing"}, reason: "it is pure and tested alone; only the numbers of Windows are shared"},
	{path: harness + "fault", own: []string{harness + "errno"}, not: []string{"testing"}, reason: "it is pure and tested alone; only the numbers of Windows are shared"},
	{path: harness + "proc", not: []string{"testing"}, reason: "it looks at one process and knows nothing of scripts"},
	{path: harness + "descriptor", not: []string{"testing"}, reason: "it knows descriptors and sockets alone, and a candidate's program links it, too"},
	{path: harness + "network", own: []string{harness + "descriptor", harness + "memnet", harness + "errno"}, not: []string{"testing"},
		reason: "it makes sockets and knows nothing of scripts"},
	{path: harness + "failure", not: []string{"testing"}, reason: "tests write it and programs read it"},
	{path: harness + "results", not: []string{"testing"},
		reason: "both ends of the channel link it, and it must not compile anything else"},
	{path: harness + "results/early", own: []string{harness + "results"}, not: []string{"testing"},
		reason: "it is linked into what a submission runs in, and does one thing"},
	{path: harness + "racedetector", not: []string{"testing"}, reason: "it looks at the machine"},
	{path: harness + "spawn", not: []string{"testing"}, reason: "it starts processes and knows nothing of them"},
	{path: harness + "observe", own: []string{harness + "failure", harness + "results", harness + "slow", harness + "spawn", harness + "temporary"}, not: []string{"testing"},
		reason: "it says what a process did and decides nothing"},
	{path: harness + "record", own: []string{harness + "wire", harness + "failure", harness + "traceback"}, not: []string{"testing"},
		reason: "tests write it and programs read it"},
	{path: harness + "remote/envelope", own: []string{harness + "descriptor"}, not: []string{"testing"},
		reason: "it carries values and does not interpret them"},
	{path: harness + "remote/address", not: []string{"testing"}, reason: "it is pure"},
	{path: harness + "remote/foreign", not: []string{"testing"}, reason: "it is linked into the program of a candidate, too"},
	{path: harness + "remote", own: []string{harness + "remote/address", harness + "remote/envelope", harness + "remote/foreign", harness + "descriptor", harness + "leak", harness + "spawn", harness + "traceback"}, not: []string{"testing"},
		reason: "it is linked into the program of a candidate, too"},
	{path: harness + "play/relay", own: []string{harness + "errno", harness + "wire"}, not: []string{"testing"},
		reason: "it passes on bytes and knows nothing of who plays whom"},
	{path: harness + "play/stage", own: []string{harness + "traceback"}, not: []string{"testing"},
		reason: "the process that plays the learner's code speaks with kata through it, and each links its half"},
	{path: harness + "traceback", not: []string{"testing"}, reason: "the bench reads its own process with it, and the judge those of others"},
	{path: harness + "source", not: []string{"testing"}, reason: "it reads Go files and knows no exercise"},
	{path: harness + "errno", not: []string{"testing"}, reason: "it compares errors"},
	{path: harness + "slow", not: []string{"testing"}, reason: "the bench and the judge stretch their limits alike"},
	{path: harness + "leak", not: []string{"testing"}, reason: "it looks at descriptors and processor time, nothing else"},
	{path: harness + "subject", own: []string{harness + "failure", harness + "leak", harness + "traceback"}, not: []string{"testing"},
		reason: "it knows the code under test and nothing of scripts or peers"},
	{path: harness + "wait", own: []string{harness + "failure", harness + "leak", harness + "record", harness + "slow", harness + "subject", harness + "traceback", harness + "wire"},
		reason: "it watches the subject and does not know what a script waits for; of package testing it has synctest alone"},
	{path: harness + "endpoint", own: []string{harness + "failure", harness + "memnet", harness + "network", harness + "wire"}, not: []string{"testing"},
		reason: "it plays an end of a conn and says what came; it neither knows the subject nor waits"},
	{path: harness + "tell", own: []string{harness + "failure", harness + "results", harness + "traceback"},
		reason: "it says what happened in a test and decides nothing"},
	{path: harness + "script", own: []string{harness + "endpoint", harness + "failure", harness + "leak", harness + "record", harness + "subject", harness + "tell", harness + "traceback", harness + "wait", harness + "wire"},
		reason: "it runs what the verbs ask for, and it alone ends a script with a failure; it knows no network and no verb"},
	{path: harness + "peer", own: []string{harness + "descriptor", harness + "endpoint", harness + "failure", harness + "network", harness + "play/stage", harness + "proc", harness + "script", harness + "slow", harness + "subject", harness + "tell", harness + "wait", harness + "wire"},
		reason: "it is the vocabulary of scripts; the rooms below it do the work"},
	{path: harness + "patch", not: []string{"testing"},
		foreign: []string{"github.com/bluekeyes/go-gitdiff/gitdiff", "github.com/aymanbagabas/go-udiff"},
		reason:  "it changes texts and knows nothing of what they say"},
	{path: harness + "catalog", own: []string{harness + "failure", harness + "patch"}, not: []string{"testing"},
		reason: "it reads folders"},
	{path: harness + "boundary", own: []string{harness + "catalog", harness + "source"}, not: []string{"testing"},
		reason: "it reads an exercise's API and writes code; what it writes is compiled by the judge"},
	{path: harness + "judge", own: []string{harness + "boundary", harness + "failure", harness + "catalog", harness + "traceback", harness + "record", harness + "remote", harness + "results", harness + "slow", harness + "source", harness + "spawn", harness + "observe", harness + "temporary"}, not: []string{"testing"},
		reason: "it judges processes: it links no learner's code and does not meet the bench"},
	{path: harness + "diagnose", own: []string{harness + "failure", harness + "catalog", harness + "judge"}, not: []string{"testing"},
		reason: "it compares a result with what the catalog knows"},
	{path: harness + "mistake", own: []string{harness + "racedetector", harness + "failure", harness + "patch", harness + "catalog", harness + "judge"}, not: []string{"testing"},
		reason: "it writes for the catalog what the judge saw"},
	{path: harness + "terminal", own: []string{harness + "failure"}, not: []string{"testing"},
		foreign: []string{"golang.org/x/term", "golang.org/x/sys/unix"},
		reason:  "every verb prints through it, so it knows no exercise"},
	{path: harness + "safefile", not: []string{"testing"}, reason: "it writes files and knows nothing of what they hold"},
	{path: harness + "temporary", not: []string{"testing"}, foreign: []string{"github.com/gofrs/flock"}, reason: "it makes folders and knows nothing of what they hold"},
	{path: harness + "progress", own: []string{harness + "safefile", harness + "catalog", harness + "diagnose", harness + "judge", harness + "terminal"}, not: []string{"testing"},
		reason: "it remembers results and starts no process"},
	{path: harness + "testrun", own: []string{harness + "safefile", harness + "racedetector", harness + "catalog", harness + "diagnose", harness + "failure", harness + "judge", harness + "progress", harness + "terminal"}, not: []string{"testing"},
		reason: "it is the one place where kata runs tests and prints a result"},
	{path: harness + "guide", own: []string{harness + "catalog", harness + "judge", harness + "progress", harness + "terminal", harness + "testrun"}, not: []string{"testing"},
		reason: "it only reads what other verbs have saved"},
	{path: harness + "compare", own: []string{harness + "failure", harness + "catalog", harness + "judge", harness + "progress", harness + "record", harness + "terminal", harness + "testrun", harness + "wire", harness + "temporary"}, not: []string{"testing"},
		foreign: []string{"github.com/rogpeppe/go-internal/diff"},
		reason:  "it compares records and files, and runs tests only through testrun"},
	{path: harness + "watch", own: []string{harness + "catalog", harness + "judge", harness + "progress", harness + "terminal", harness + "testrun"}, not: []string{"testing"},
		foreign: []string{"github.com/gofrs/flock"},
		reason:  "it repeats what make test does, and runs tests only through testrun"},
	{path: harness + "play", own: []string{harness + "errno", harness + "catalog", harness + "judge", harness + "play/relay", harness + "play/stage", harness + "source", harness + "terminal", harness + "wire"}, not: []string{"testing"},
		reason: "nothing in it is judged, so it knows neither results nor progress"},
	{path: harness + "load", own: []string{harness + "errno", harness + "leak"}, not: []string{"testing"},
		foreign: []string{"github.com/HdrHistogram/hdrhistogram-go", "golang.org/x/sys/unix"},
		reason:  "it knows an address and nothing of who serves there"},
	{path: harness + "contest/picture", own: []string{harness + "report/look"}, not: []string{"testing"},
		reason: "it turns figures into HTML and does not know where they come from"},
	{path: harness + "contest", own: []string{harness + "catalog", harness + "contest/picture", harness + "judge", harness + "leak", harness + "load", harness + "play/stage", harness + "safefile", harness + "slow", harness + "spawn", harness + "terminal", harness + "temporary"}, not: []string{"testing"},
		foreign: []string{"github.com/HdrHistogram/hdrhistogram-go"},
		reason:  "it measures and judges nothing"},
	{path: harness + "probe", own: []string{harness + "catalog", harness + "errno", harness + "failure", harness + "judge", harness + "network", harness + "terminal", harness + "testrun"}, not: []string{"testing"},
		reason: "a server at an address is nobody's progress"},
	{path: harness + "report/look/browser", foreign: []string{"github.com/chromedp/", "github.com/stretchr/testify/"}, reason: "tests of pages look at them with it; it knows none of them"},
	{path: harness + "report/look/dom", not: []string{"testing"}, foreign: []string{"golang.org/x/net/html"}, reason: "tests of pages read them with it"},
	{path: harness + "report/look", not: []string{"testing"}, reason: "all pages look alike, whatever they say"},
	{path: harness + "report/page", own: []string{harness + "record", harness + "failure", harness + "report/look", harness + "wire"}, not: []string{"testing"},
		reason: "it turns data into HTML and does not know where the data comes from"},
	{path: harness + "report", own: []string{harness + "safefile", harness + "catalog", harness + "diagnose", harness + "judge", harness + "progress", harness + "record", harness + "report/page", harness + "terminal", harness + "testrun", harness + "temporary"}, not: []string{"testing"},
		reason: "it collects the data of a page"},
	{path: harness + "exam", own: []string{harness + "safefile", harness + "wire", harness + "progress", harness + "terminal"}, not: []string{"testing"},
		reason: "it starts the exam and remembers what has passed, and judges nothing itself"},
	{path: harness + "grade/hermetic", own: []string{harness + "spawn"}, not: []string{"testing"},
		reason: "it runs the go command and knows nothing of what it builds"},
	{path: harness + "grade/allow", own: []string{harness + "grade/hermetic"}, not: []string{"testing"},
		reason: "it reads answers and runs none"},
	{path: harness + "grade/sandbox", own: []string{harness + "catalog", harness + "grade/hermetic", harness + "temporary"}, not: []string{"testing"},
		foreign: []string{"golang.org/x/sys/unix"},
		reason:  "it runs programs and knows nothing of what they do"},
	{path: harness + "grade/sandbox/box", own: []string{harness + "grade/sandbox", harness + "results", harness + "spawn"}, not: []string{"testing"},
		foreign: []string{"golang.org/x/sys/unix"},
		reason:  "it is the sandbox's own program, static and small"},
	{path: harness + "grade/book", not: []string{"testing"}, reason: "it is data: shards write it, merge joins it and every report reads it"},
	{path: harness + "grade/book/booktest", own: []string{harness + "grade/book"}, not: []string{"testing"}, reason: "it is data that every report is tested with"},
	{path: harness + "grade/verdict", own: []string{harness + "failure", harness + "grade/book"}, not: []string{"testing"},
		reason: "it puts a book into words, and does not know where the book comes from or in what format it goes"},
	{path: harness + "grade/gradescope", own: []string{harness + "safefile", harness + "catalog"}, not: []string{"testing"}, reason: "it packs files and knows no verdict"},
	{path: harness + "grade/site", own: []string{harness + "grade/book", harness + "grade/verdict", harness + "report/look"}, not: []string{"testing"},
		reason: "it turns a book into HTML"},
	{path: harness + "grade/write", own: []string{harness + "safefile", harness + "grade/book", harness + "grade/site", harness + "grade/verdict"}, not: []string{"testing"},
		reason: "it turns a book into files and judges nothing"},
	{path: harness + "grade/intake", not: []string{"testing"}, reason: "it reads files and runs nothing"},
	{path: harness + "grade/points", own: []string{harness + "catalog", harness + "grade/book"}, not: []string{"testing"},
		reason: "it counts and judges nothing"},
	{path: harness + "grade/unit", own: []string{harness + "catalog", harness + "diagnose", harness + "failure", harness + "boundary", harness + "grade/allow", harness + "grade/book", harness + "grade/catch", harness + "grade/hermetic", harness + "grade/sandbox", harness + "judge", harness + "remote", harness + "slow", harness + "spawn", harness + "temporary"}, not: []string{"testing"},
		foreign: []string{"golang.org/x/sync/errgroup"},
		reason:  "it alone runs submitted code, and knows no class"},
	{path: harness + "grade/plan", own: []string{harness + "safefile", harness + "grade/book"}, not: []string{"testing"},
		reason: "it says what is to be judged and keeps what was; it judges nothing"},
	{path: harness + "grade", own: []string{harness + "catalog", harness + "grade/", harness + "terminal", harness + "wire"}, not: []string{"testing"},
		foreign: []string{"github.com/gofrs/flock"},
		reason:  "it joins the parts of grading"},
	{path: harness + "grade/catch", own: []string{harness + "catalog", harness + "failure", harness + "grade/book", harness + "judge", harness + "slow", harness + "spawn", harness + "terminal", harness + "temporary"}, not: []string{"testing"},
		foreign: []string{"golang.org/x/sync/errgroup"},
		reason:  "it judges tests by answers, and no answer by tests"},
	{path: harness + "grade/similarity", own: []string{harness + "catalog", harness + "grade/intake", harness + "terminal"}, not: []string{"testing"},
		reason: "it copies files; other programs compare them"},
	{path: harness + "grade/handout", own: []string{harness + "catalog", harness + "source", harness + "spawn", harness + "terminal"}, not: []string{"testing"},
		reason: "it copies files and judges nothing"},
	{path: harness + "cmd/kata", own: []string{harness + "grade", harness + "grade/", harness + "catalog", harness + "judge", harness + "compare", harness + "contest", harness + "exam", harness + "guide", harness + "mistake", harness + "play", harness + "probe", harness + "progress", harness + "report", harness + "terminal", harness + "testrun", harness + "watch", harness + "wire"},
		not: []string{"testing"}, foreign: []string{"github.com/urfave/cli/v3"},
		reason: "it has flags and verbs; the packages beside it do the work"},
}

// TestLayers holds every package to the rule of its layer.
func TestLayers(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		known := strings.HasSuffix(p.ImportPath, "socketkata/harness")
		for _, l := range layers {
			if !l.covers(p.ImportPath) {
				continue
			}
			known = true
			imports := p.Imports
			if l.tests {
				imports = append(p.TestImports, p.XTestImports...)
			}
			for _, i := range imports {
				require.True(t, l.allows(i), "%s must not import %s: %s", p.ImportPath, i, l.reason)
			}
		}
		require.True(t, known, "%s belongs to no layer: add it to the table, with a reason", p.ImportPath)
	}
}

// firstHTTP is the number of the first exercise whose peers may be those of
// net/http.
const firstHTTP = "21"

// TestLearnersLinkNoHTTP keeps net/http out of what exercise tests link. It
// would add a third to the time of every verdict.
func TestLearnersLinkNoHTTP(t *testing.T) {
	t.Parallel()
	for _, p := range listed(t, "-test", "-deps", "./exercises/...") {
		_, name, ok := strings.Cut(p.ForTest, "socketkata/exercises/")
		if ok && name < firstHTTP {
			require.NotContains(t, p.Deps, "net/http", "the tests of %s link net/http, which slows down every verdict", name)
		}
	}
}

func (l layer) covers(pkg string) bool {
	if dir, ok := strings.CutSuffix(l.path, "..."); ok {
		return strings.HasPrefix(pkg, dir)
	}
	return pkg == l.path
}

func (l layer) allows(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	if first != "socketkata" && !strings.Contains(first, ".") {
		return !slices.Contains(l.not, pkg)
	}
	return slices.ContainsFunc(append(l.own, l.foreign...), func(ok string) bool {
		return pkg == ok || strings.HasSuffix(ok, "/") && strings.HasPrefix(pkg, ok)
	})
}

// A pkg is a package as go list prints it.
type pkg struct {
	ImportPath, ForTest                      string
	Imports, TestImports, XTestImports, Deps []string
}

// packages returns every package of the module.
func packages(t *testing.T) []pkg {
	t.Helper()
	return listed(t, "./...")
}

// listed returns what go list prints with the arguments.
func listed(t *testing.T, args ...string) []pkg {
	t.Helper()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	fields := "-json=ImportPath,ForTest,Imports,TestImports,XTestImports,Deps"
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", fields}, args...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	require.NoError(t, err)
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
}
