package tell

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Keep writes lines to a file of the test's artifacts and returns the file, or ""
// unless go test keeps them (-artifacts).
func Keep(t *testing.T, name string, lines []string) string {
	if keep := flag.Lookup("test.artifacts"); keep == nil || keep.Value.String() != "true" {
		return ""
	}
	file := filepath.Join(t.ArtifactDir(), name)
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Logf("harness: keep %s: %v", name, err)
		return ""
	}
	return file
}
