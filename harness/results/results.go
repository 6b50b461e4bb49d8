// Package results is the channel over which the tests of an exercise tell their
// judge what happened: which requirement began in which arena, how it ended,
// and why. It is apart from standard output, which belongs to the code under
// test: that code can print anything, and nothing printed is a result.
//
// The judge calls [Listen] for each test process it starts and passes the path
// of a file in the environment. The bench in the test process calls
// [Inherited], which reads the file, removes it, and connects. The file holds a
// token that is new for each run: a connection without it is refused, and a
// second one with it is a contradiction. Code in a process of its own (the
// process arena) starts after the file is gone, so it never sees the token.
package results

// Variable names the environment variable with the path of the file that
// [Inherited] reads.
const Variable = "KATA_RESULTS"

// BuildOnly names the environment variable that says that GOGC is meant for the
// compiler and the linker. [Inherited] undoes it, so that the code under test
// runs with the garbage collector's usual settings.
const BuildOnly = "KATA_GOGC_BUILD_ONLY"

// A Kind says what an [Event] tells.
type Kind string

// The kinds of events.
const (
	Began   Kind = "began"   // a requirement's test, or one arena of it, began
	Ended   Kind = "ended"   // it ended with Status
	Reason  Kind = "reason"  // Text is why it is about to be skipped
	Failure Kind = "failure" // Text is one failure, encoded by package failure
	Printed Kind = "printed" // Text is what code in another process printed
	Witness Kind = "witness" // Text proves which files were compiled
	Gone    Kind = "gone"    // nothing more will come: the connection ended, usually with the process
)

// A Status is how a test, or one arena of it, ended.
type Status string

// The statuses.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// An Event is one thing that happened in the test process.
type Event struct {
	Kind   Kind   `json:"kind"`
	Test   string `json:"test,omitempty"`  // "TestHalfClose"
	Arena  string `json:"arena,omitempty"` // "" for the requirement as a whole
	Status Status `json:"status,omitempty"`
	Text   string `json:"text,omitempty"`
	// Races is the size of the race detector's log, so that the judge can tell
	// in which arena a report was written.
	Races int64 `json:"races,omitempty"`
}

// An invitation is the contents of the file.
type invitation struct {
	Address string `json:"address"`
	Token   string `json:"token"`
	Mark    string `json:"mark"`  // written to standard output when another arena begins
	Crash   string `json:"crash"` // the file for tracebacks, see debug.SetCrashOutput
}

// A hello is the first line on a connection.
type hello struct {
	Token string `json:"token"`
}
