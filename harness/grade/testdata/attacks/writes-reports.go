// It writes a report of its own where it can.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
)

func attack() {
	for _, p := range []string{"/tests", "/subject", "/report.json", "/tmp/report.json", "results.json"} {
		os.WriteFile(p, []byte(`{"score":100}`), 0o666)
		os.Remove(p)
		os.Symlink("/tests", p)
	}
}
