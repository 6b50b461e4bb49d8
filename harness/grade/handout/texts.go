package handout

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"socketkata/harness/catalog"
)

// verbs takes the place of the file of kata with the verbs of instructors.
//
//go:embed repository.go.txt
var verbs string

//go:embed readme.txt
var absent string // what the README says about what is not there

// addTexts adds the files that say something else in a hand-out.
func (t tree) addTexts(root string, exercises []*catalog.Exercise) error {
	t[command+"/repository.go"] = []byte(verbs)
	for name, rewrite := range map[string]func(string, []*catalog.Exercise) (string, error){"README.md": readme, "Makefile": makefile} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		changed, err := rewrite(strings.ReplaceAll(string(text), "\r\n", "\n"), exercises)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		t[name] = []byte(changed)
	}
	for name, o := range overlays {
		if text, ok := t[name]; ok {
			if strings.Count(string(text), o.passage) != 1 {
				return fmt.Errorf("%s no longer has the passage %q once: change overlays in harness/grade/handout", name, o.passage)
			}
			t[name] = []byte(strings.Replace(string(text), o.passage, o.instead, 1))
		}
	}
	return nil
}

// A change replaces a passage that is not true in a hand-out.
type change struct{ passage, instead string }

// overlays are the passages of contracts that measure the reference.
var overlays = map[string]change{
	"exercises/06-lines/README.md": {" measures its time and\nallocations, and with `-overlay=solutions/06-lines/testdata/overlay.json` those of the\nreference, for benchstat to compare.\n",
		" measures its time and\nallocations.\n"},
	"exercises/07-frames/README.md": {" measures both, and\nthe reference with `-overlay=solutions/07-frames/testdata/overlay.json`, for benchstat.\n",
		" measures both.\n"},
}

// untrue are the passages of README.md that are not true in a hand-out, and what
// is true there.
var untrue = []change{
	{"| see whether your server is as fast as the reference, with curves | `make bench EX=09` |\n", ""},
	{"| see it beside servers in Go, Python and Node.js, too | `make bench EX=09 PEERS=1` |\n", ""},
	{"| compare your code with the reference, once the tests pass | `make compare EX=05` |\n", ""},
	{"| write tests yourself, and see how many known mistakes they catch | `make catch EX=05` |\n", ""},
	{"        likely cause: one Read is not one message; read on until the client's\n                      FIN.\n", ""},
	{"- **likely cause** appears if your failure matches a known mistake.\n", ""},
	{" It draws the\nconversation with every byte, lists your goroutines, and shows how the\nreference's conversation continued. The file works offline and on a phone.",
		" It draws the\nconversation with every byte and lists your goroutines. The file works offline\nand on a phone."},
	{"\n`go tool kata play --solution 05` plays the reference.", ""},
	{"When you are done, or really stuck, look into `solutions/`. Each exercise has a\nreference, the known mistakes (`testdata/wrong`), and other right answers\n(`testdata/right`).\n\n", ""},
}

// readme returns the README of a hand-out.
func readme(text string, exercises []*catalog.Exercise) (string, error) {
	for _, u := range untrue {
		if strings.Count(text, u.passage) != 1 {
			return "", fmt.Errorf("it no longer has the passage %q once: change the list untrue in harness/grade/handout", u.passage)
		}
		text = strings.Replace(text, u.passage, u.instead, 1)
	}
	text, _, found := strings.Cut(text, "## Can the tests be trusted?\n")
	if !found {
		return "", fmt.Errorf("it no longer has the section about trust: change harness/grade/handout")
	}
	if !has(exercises, 5) { // the server to judge is an echo server
		text, _, _ = strings.Cut(text, "## Judge a server")
	}
	text = forExample(ladder(text, exercises), exercises)
	before, after, found := strings.Cut(text, "## Read a failure\n")
	if !found {
		return "", fmt.Errorf("it no longer has the section about failures: change harness/grade/handout")
	}
	return before + absent + writeTests(exercises) + "## Read a failure\n" + strings.TrimRight(after, "\n") + "\n", nil
}

// writeTests says where students write tests, if they do.
func writeTests(exercises []*catalog.Exercise) string {
	var folders []string
	for _, e := range exercises {
		if len(e.CatchStarter()) > 0 {
			folders = append(folders, "`"+e.Rel(e.Dir)+"/"+catalog.CatchFolder+"`")
		}
	}
	if len(folders) == 0 {
		return ""
	}
	return "In some courses the tests that you write count, too. A first one, with\nan explanation, is in\n" + strings.Join(folders, ",\n") +
		".\nThey run on your own code:\n\n    go test ./" + strings.Trim(folders[0], "`") + "\n\n"
}

// row is one exercise in the table of the README: part, folder, what to write.
var row = regexp.MustCompile("^\\| (\\*\\*.+\\*\\* )?\\| `([0-9]{2}-[a-z0-9]+)` \\|(.*)$")

// ladder leaves the exercises out of the table that are not handed out. The name
// of a part moves to the first row that is left of it.
func ladder(text string, exercises []*catalog.Exercise) string {
	var kept []string
	part := ""
	for line := range strings.SplitSeq(text, "\n") {
		m := row.FindStringSubmatch(line)
		if m == nil {
			kept = append(kept, line)
			continue
		}
		if m[1] != "" {
			part = m[1]
		}
		if slices.ContainsFunc(exercises, func(e *catalog.Exercise) bool { return e.Name == m[2] }) {
			kept = append(kept, "| "+part+"| `"+m[2]+"` |"+m[3])
			part = ""
		}
	}
	return strings.Join(kept, "\n")
}

// forExample names the first exercise that is handed out where a text names 05 as
// an example and 05 is not.
func forExample(text string, exercises []*catalog.Exercise) string {
	if has(exercises, 5) {
		return text
	}
	first := exercises[0]
	return strings.NewReplacer("EX=05", "EX="+first.EX(), "EX=echo", "EX="+first.Slug, "127.0.0.1:4005", fmt.Sprintf("127.0.0.1:40%s", first.EX()),
		"./exercises/05-echo`", "./exercises/"+first.Name+"`").Replace(text)
}

func has(exercises []*catalog.Exercise, number int) bool {
	return slices.ContainsFunc(exercises, func(e *catalog.Exercise) bool { return e.Number == number })
}

// Verbs of the Makefile that are not in a hand-out, and those that only say so.
var (
	notThere  = []string{"verify", "e2e", "soak", "handout", "grade"}
	onlySaySo = []string{"solution", "diff", "compare", "catch", "bench"}
)

// makefile returns the Makefile of a hand-out.
func makefile(text string, exercises []*catalog.Exercise) (string, error) {
	for _, verb := range slices.Concat(notThere, onlySaySo) {
		text = regexp.MustCompile(`(?m)^\t@echo 'make `+verb+`[ '].*\n`).ReplaceAllString(text, "")
	}
	for _, verb := range notThere {
		text = regexp.MustCompile(`(?m)^(# .*\n)*`+verb+`:.*\n(\t.*\n)+`).ReplaceAllString(text, "")
		text = regexp.MustCompile(`(?m)^(verbs :=.*) `+verb+`\b`).ReplaceAllString(text, "$1")
	}
	return forExample(text, exercises), nil
}
