package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"socketkata/harness/grade/book"
	"socketkata/harness/safefile"
)

// A Store keeps the outcome of each unit in a file of its own, as soon as there
// is one. A run that was killed finds there what it need not judge again.
type Store struct{ dir string }

// Open returns the store in the folder of the reports.
func Open(out string) Store { return Store{filepath.Join(out, "units")} }

// An outcome is one file of a store.
type outcome struct {
	Student string    `json:"student"`
	Key     string    `json:"key"`
	Unit    book.Unit `json:"unit"`
}

func (s Store) file(u Unit) string {
	name := sha256.Sum256([]byte(u.Student)) // a student's name is no name of a file
	return filepath.Join(s.dir, u.Exercise, hex.EncodeToString(name[:12])+".json")
}

// Load returns the outcome of a unit that was judged before, under the same
// conditions. A file that is damaged counts as none.
func (s Store) Load(u Unit) (book.Unit, bool) {
	text, err := os.ReadFile(s.file(u))
	if err != nil {
		return book.Unit{}, false
	}
	var o outcome
	if json.Unmarshal(text, &o) != nil || o.Key != u.Key || o.Unit.State == book.InfraError {
		return book.Unit{}, false
	}
	return o.Unit, true
}

// Save keeps an outcome. It replaces the file in one step.
func (s Store) Save(u Unit, out book.Unit) error {
	return WriteJSON(s.file(u), outcome{Student: u.Student, Key: u.Key, Unit: out})
}

// WriteJSON writes a file, or leaves what was there as it is.
func WriteJSON(file string, value any) error {
	text, err := json.MarshalIndent(value, "", "\t")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = safefile.Write(file, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	return nil
}
