// Package record holds what one script of a test saw, whether it passed or
// failed: the conversation, some figures, and where the subject's goroutines
// were when a step failed.
//
// The bench writes one file for each script when [Dir] is set; the report and
// the comparison read them.
package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/wire"
)

// Dir is the variable of the environment that names the folder for records.
const Dir = "KATA_RECORD"

// A Record is one script in one arena.
type Record struct {
	Requirement string           `json:"requirement"` // "R3"
	Sentence    string           `json:"sentence"`
	Arena       string           `json:"arena"`
	Passed      bool             `json:"passed"`
	Skipped     string           `json:"skipped,omitempty"` // why
	Elapsed     time.Duration    `json:"elapsed"`           // of the arena's clock
	Conns       []Conn           `json:"conns"`             // in the order they were made
	Events      []wire.Event     `json:"events"`            // oldest first
	Figures     Figures          `json:"figures"`
	Failure     *failure.Failure `json:"failure,omitempty"`
	Goroutines  []Goroutine      `json:"goroutines,omitempty"` // the subject's, when a step failed
}

// A Conn names one connection and its two ends: Events with the same Conn
// belong to it.
type Conn struct {
	Name    string `json:"name"`    // "client 2", as in Event.Conn
	Harness string `json:"harness"` // "client 2"
	Subject string `json:"subject"` // "your server"
}

// Figures are sums over the script. Allocations are those of the whole
// process, the bench's own included: compare them with those of another
// candidate under the same script only. Of a subject in another process
// neither they nor its goroutines are seen, and both are 0.
type Figures struct {
	ToSubject   int64 `json:"toSubject"`   // bytes
	FromSubject int64 `json:"fromSubject"` // bytes
	Segments    int   `json:"segments"`    // how many Reads of the bench took what the subject sent
	Conns       int   `json:"conns"`
	Goroutines  int   `json:"goroutines"` // the subject's at most, as far as was seen
	Allocations int64 `json:"allocations"`
}

// A Goroutine is where one goroutine of the subject was.
type Goroutine struct {
	Where   string        `json:"where"`            // "Serve at echo.go:21"; "" outside the subject's own lines
	Stands  string        `json:"stands"`           // the same as a sentence: "blocked in Read at echo.go:21"
	State   string        `json:"state"`            // "IO wait", "running"
	For     time.Duration `json:"for"`              // how long it was seen there
	Call    string        `json:"call,omitempty"`   // the call of the script that it runs: "Serve"
	Started string        `json:"started"`          // "echo.go:14"; "" for a call of the script
	Frames  []string      `json:"frames,omitempty"` // "Serve echo.go:21", innermost first, without the harness
}

// Write puts the record into the folder, which must exist, as a new file: a
// script that is played again has one record for each time. A process that dies
// meanwhile leaves no partial file.
func (r Record) Write(dir string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	name := filepath.Join(dir, r.Requirement+"."+r.Arena)
	part := name + ".part"
	if err := os.WriteFile(part, text, 0o644); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	file := name + ".json"
	for n := 2; exists(file); n++ {
		file = fmt.Sprintf("%s.%d.json", name, n)
	}
	return os.Rename(part, file)
}

func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}

// Read returns the records of a folder in the order of the requirements. A
// folder that does not exist has none.
func Read(dir string) ([]Record, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read records: %w", err)
	}
	var all []Record
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("read records: %w", err)
		}
		var r Record
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("read record %s: %w", entry.Name(), err)
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b Record) int { return number(a) - number(b) })
	return all, nil
}

// number is 3 for R3.
func number(r Record) int {
	n := 0
	fmt.Sscanf(r.Requirement, "R%d", &n)
	return n
}
