// Command box is the part of a sandbox that is a program of its own:
//
//	box run SPEC ARGS…     starts a sandbox, waits for its end and enforces its limits
//	box enter SPEC ARGS…   is the first process inside: it builds the root and becomes the program
//	box probe NAME         tries inside what should be impossible
//
// It is static, so that it can run inside, too.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"socketkata/harness/grade/sandbox"
)

func main() {
	if len(os.Args) < 3 {
		fail("box is started by kata grade", nil)
	}
	verb, what, args := os.Args[1], os.Args[2], os.Args[3:]
	switch verb {
	case "run":
		os.Exit(run(what, args))
	case "enter":
		enter(what, args)
	case "probe":
		os.Exit(probe(what))
	}
	fail("unknown verb "+verb, nil)
}

// failed is the exit status if the sandbox does not work. Nothing is said about
// the program then.
const failed = 125

func fail(what string, err error) {
	if err != nil {
		what += ": " + err.Error()
	}
	fmt.Fprintln(os.Stderr, "sandbox:", what)
	os.Exit(failed)
}

func must(what string, err error) {
	if err != nil {
		fail(what, err)
	}
}

func read(path string) (s sandbox.Spec) {
	text, err := os.ReadFile(path)
	must("read what to run", err)
	must("read what to run", json.Unmarshal(text, &s))
	return s
}
