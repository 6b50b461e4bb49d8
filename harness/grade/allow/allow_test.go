package allow

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/hermetic"
)

func checker(t *testing.T) (*Checker, string) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	g, err := hermetic.New(t.Context(), root)
	require.NoError(t, err)
	c, err := New(t.Context(), g)
	require.NoError(t, err)
	return c, root
}

// ending are the known mistakes that are mistakes because they end the process.
var ending = []string{"log.Fatal", "log.Fatalf", "os.Exit", "os.Getpid"}

// Everything that the repository itself calls an answer may be handed in.
func TestAnswersAreAllowed(t *testing.T) {
	c, root := checker(t)
	all, err := catalog.Load(root)
	require.NoError(t, err)
	for _, e := range all.Exercises {
		require.NoError(t, e.Load())
		reference, err := e.ReferenceCode()
		require.NoError(t, err)
		answers := map[string]map[string]string{"reference": reference}
		for _, a := range e.Right {
			answers["right/"+a.Name] = a.Code
		}
		for _, a := range e.Mistakes {
			answers["mistake/"+a.Name] = a.Code
		}
		for name, files := range answers {
			err := c.Check(e.Name, files)
			if r := (*Refusal)(nil); errors.As(err, &r) && !slices.Contains(ending, r.What) {
				t.Errorf("%s %s: %s", e.Name, name, r)
			}
		}
	}
}

// refused are things that an answer may not do, and what is said to it.
var refused = map[string]string{
	"import \"os\"\nfunc f() { os.Exit(0) }":                                   "a.go:3: os.Exit is not allowed in this exercise: return an error",
	"import . \"os\"\nfunc f() { Exit(0) }":                                    "a.go:3: os.Exit",
	"import exit \"os\"\nvar f = exit.Exit":                                    "a.go:3: os.Exit",
	"import \"log\"\nfunc f() { l := log.Default(); l.Fatal() }":               "a.go:3: log.Logger.Fatal",
	"import \"log\"\nvar f = (*log.Logger).Fatal":                              "a.go:3: log.Logger.Fatal",
	"import \"log\"\ntype l struct{ *log.Logger }\nvar f = l.Fatal":            "a.go:4: log.Logger.Fatal",
	"import \"unsafe\"\nvar f unsafe.Pointer":                                  "a.go:2: package unsafe",
	"import _ \"unsafe\"\n//go:linkname f os.Exit\nfunc f()":                   "a.go:2: package unsafe",
	"//go:linkname f os.Exit\nfunc f() {}":                                     "a.go:2: //go:linkname",
	"func f()":                                                                 "a.go:2: a function without a body",
	"import \"C\"":                                                             "a.go:2: package C",
	"import \"embed\"\n//go:embed *\nvar f embed.FS":                           "a.go:2: package embed",
	"import \"net/http\"\nvar f http.Server":                                   "a.go:2: package net/http is not allowed in this exercise: the exercise is about sockets: use package net",
	"import \"socketkata/solutions/05-echo\"":                                  "a.go:2: package socketkata/solutions/05-echo is not allowed in this exercise: write it yourself",
	"import \"io\"\nfunc f() { io.EOF = nil }":                                 "a.go:3: changing io.EOF",
	"import \"io\"\nvar f = &io.EOF":                                           "a.go:3: changing io.EOF",
	"import . \"io\"\nfunc f() { (EOF) = nil }":                                "a.go:3: changing io.EOF",
	"import \"net\"\nfunc f() { net.DefaultResolver.PreferGo = true }":         "a.go:3: changing net.DefaultResolver",
	"import \"os\"\nfunc f() { for os.Stdout = range map[*int]int{} {} }":      "a.go:3: changing os.Stdout",
	"import \"os\"\nfunc f() { os.Stdout.Close() }":                            "a.go:3: os.File.Close",
	"import \"os\"\nfunc f[T any](x T) { _ = os.Args }":                        "a.go:3: os.Args",
	"//go:noinline\nfunc f() {}":                                               "a.go:2: //go:noinline",
	"import \"net\"\nfunc f() { *net.DefaultResolver = net.Resolver{} }":       "a.go:3: changing net.DefaultResolver",
	"import \"net\"\nfunc f() { net.IPv4zero[0]++ }":                           "a.go:3: changing net.IPv4zero",
	"import \"os\"\nvar f = os.Args" + strings.Repeat("\nvar _ = os.Args", 20): "a.go:3: os.Args",
	"//line b.go:1\nimport \"os\"\nvar f = os.Args":                            "a.go:2: //line",
	"/*line b.go:1*/ import \"os\"\nvar f = os.Args":                           "a.go:2: //line",
	"import \"os\"\nvar \u00e9 = os.Args":                                      "a.go:3: os.Args",
	"import \"syscall\"\nvar f = syscall.Kill":                                 "a.go:3: syscall.Kill",
	"import \"golang.org/x/sys/unix\"\nvar f = unix.Mmap":                      "a.go:2: package golang.org/x/sys/unix",
}

func TestRefused(t *testing.T) {
	c, _ := checker(t)
	for text, want := range refused {
		err := c.Check("05-echo", map[string]string{"a.go": "package echo\n" + text + "\n"})
		require.ErrorContains(t, err, want, text)
	}
}

// Code for another platform is not built, but nothing hides in it either.
func TestOtherPlatforms(t *testing.T) {
	c, _ := checker(t)
	err := c.Check("05-echo", map[string]string{"a_windows.go": "package echo\nimport \"unsafe\"\n"})
	require.ErrorContains(t, err, "a_windows.go:2: package unsafe")
}

// What does not compile is the compiler's to explain.
func TestNoGo(t *testing.T) {
	c, _ := checker(t)
	require.NoError(t, c.Check("05-echo", map[string]string{"a.go": "no Go"}))
	require.NoError(t, c.Check("05-echo", map[string]string{"a.go": "package echo\ntype t struct{ t }\nvar x = undefined"}))
}
