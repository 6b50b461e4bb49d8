package judge

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestProcessNeedsSignaturesThatCross: a type that cannot cross, or a README.md
// that declines, is one sentence before anything is built.
func TestProcessNeedsSignaturesThatCross(t *testing.T) {
	e := ownExercise(t)
	_, err := Judge(t.Context(), e, Reference(e), Options{Process: true})
	if err != nil {
		t.Fatalf("what the exercise exports crosses: %v", err)
	}
	stub := e.Stub[0]
	text, err := os.ReadFile(stub)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "\nfunc Count(words map[string]int) error { return nil }\n"...)
	if err := os.WriteFile(stub, text, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Judge(t.Context(), e, Reference(e), Options{Process: true})
	line := strings.Count(string(text), "\n")
	want := e.Rel(stub) + ":" + strconv.Itoa(line) + ": parameter words of Count has the type map[string]int, which cannot cross to another process: "
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	readme := filepath.Join(e.Dir, "README.md")
	text, err = os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(readme, append(text, "\nProcess arena: no, because words are counted here.\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Judge(t.Context(), e, Reference(e), Options{Process: true})
	if !errors.Is(err, ErrDeclined) || !strings.HasSuffix(err.Error(), "README.md says: Process arena: no, because words are counted here.") {
		t.Errorf("got %v", err)
	}
}
