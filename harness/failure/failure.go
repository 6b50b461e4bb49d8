// Package failure holds what one red requirement says: the rule that broke,
// what was seen instead, what crossed the wire and where the learner's code
// is.
//
// A [Failure] is written by the test process, sent to the judge as one line of
// JSON, and printed by kata. [Failure.Text] is the
// only place that decides how it looks.
package failure

import (
	"encoding/json"
	"errors"
	"fmt"
)

// A Failure is everything one red requirement has to say.
type Failure struct {
	Requirement string   `json:"requirement"`        // "R3"
	Sentence    string   `json:"sentence"`           // the contract's sentence for the requirement
	Arena       string   `json:"arena"`              // one of [Arenas]
	Reason      string   `json:"reason,omitempty"`   // what failed, a fact in the present tense
	Step        bool     `json:"step,omitempty"`     // Reason is a step of the script: what right code does, or what came before
	Got         string   `json:"got,omitempty"`      // what was seen
	Want        string   `json:"want,omitempty"`     // what the contract asks for
	Mark        string   `json:"mark,omitempty"`     // where got and want differ: "first difference at byte 12"
	Code        []string `json:"code,omitempty"`     // where the learner's code is, one sentence a line
	Wire        []string `json:"wire,omitempty"`     // the conversation as a drawing, one row a line
	Symptom     Symptom  `json:"symptom"`            // what kind of failure this is
	Stub        string   `json:"stub,omitempty"`     // the stub's own words, when nothing is written yet
	File        string   `json:"file,omitempty"`     // the file to edit, relative to the repository
	Repeat      string   `json:"repeat,omitempty"`   // the command that repeats random input
	Artifact    string   `json:"artifact,omitempty"` // the file that holds the whole conversation
}

// An Outcome is what a step saw instead of what it asked for.
type Outcome struct {
	Symptom         Symptom
	Got, Want, Mark string
}

// A Symptom names what kind of failure was seen, from a short closed list, so
// that a program can compare two failures without reading prose.
type Symptom string

// The symptoms. Each says what the test saw, never what the cause might be.
const (
	NotWritten    Symptom = "not written"    // the stub answered
	Silence       Symptom = "silence"        // bytes were due and nothing at all came
	EarlyEOF      Symptom = "early EOF"      // the stream ended before the first byte that was due
	MissingTail   Symptom = "missing tail"   // some of the bytes came, then no more
	ExtraBytes    Symptom = "extra bytes"    // bytes came where the stream had to be quiet or over
	WrongBytes    Symptom = "wrong bytes"    // a byte differs
	LayerError    Symptom = "layer error"    // a layer on the peer's conn, such as TLS, returned an error
	Reset         Symptom = "reset"          // RST came where bytes or FIN were due
	Refused       Symptom = "refused"        // nobody listens any more
	StaysOpen     Symptom = "stays open"     // FIN or RST was due and the conn is still open
	NotReading    Symptom = "not reading"    // the subject stopped taking bytes
	NeverHappened Symptom = "never happened" // what had to become true did not
	ReturnedEarly Symptom = "returned early" // a call returned while it had to go on
	ReturnedError Symptom = "returned error" // a call failed that had to succeed
	WrongError    Symptom = "wrong error"    // a call failed, but not with the error that is due
	NoError       Symptom = "no error"       // a call succeeded that had to fail
	NeverReturned Symptom = "never returned" // a call was due to return and is still running
	WrongValue    Symptom = "wrong value"    // a result differs that is neither bytes nor an error
	Spin          Symptom = "spin"           // the code is busy-looping
	Leak          Symptom = "leak"           // a goroutine, a conn or a descriptor is left behind
	Growth        Symptom = "growth"         // memory follows the peer instead of a limit
	Panic         Symptom = "panic"          // the learner's code panicked
	Exit          Symptom = "exit"           // the process ended in the middle of the test
	Race          Symptom = "data race"      // the race detector reported
)

// Symptoms lists every symptom.
func Symptoms() []Symptom {
	return []Symptom{NotWritten, Silence, EarlyEOF, MissingTail, ExtraBytes, WrongBytes, LayerError,
		Reset, Refused, StaysOpen, NotReading, NeverHappened, ReturnedEarly, ReturnedError, WrongError, NoError,
		NeverReturned, WrongValue, Spin, Leak, Growth, Panic, Exit, Race}
}

// The attributes (see testing.T.Attr) that a test process puts into its
// events.
const (
	AttrRequirement = "kata.requirement" // on the test of a requirement: "R3"
	AttrFailure     = "kata.failure"     // on the arena that failed: a Failure, see Encode
)

// Encode returns f as one line.
func (f Failure) Encode() string {
	line, err := json.Marshal(f)
	if err != nil { // only strings and slices of strings: cannot happen
		panic(err)
	}
	return string(line)
}

// Decode is the reverse of [Failure.Encode].
func Decode(line string) (Failure, error) {
	var f Failure
	if err := json.Unmarshal([]byte(line), &f); err != nil {
		return Failure{}, fmt.Errorf("decode failure: %w", err)
	}
	if f.Requirement == "" {
		return Failure{}, errors.New("decode failure: no requirement in it")
	}
	return f, nil
}
