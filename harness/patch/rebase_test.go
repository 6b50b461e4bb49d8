package patch_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"socketkata/harness/patch"
)

const server = `package echo

// Serve serves.
func Serve(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if err != nil { // the listener is closed
			return err
		}
		// One client after the other.
		ServeConn(c)
		c.Close() // or descriptors run out
	}
}
`

// leak is server without the Close, and without the test of err.
const leak = `What.

--- echo.go
+++ echo.go
@@ -5,10 +5,7 @@
 	for {
 		c, err := ln.Accept()
-		if err != nil { // the listener is closed
-			return err
-		}
+		_ = err
 		// One client after the other.
 		ServeConn(c)
-		c.Close() // or descriptors run out
 	}
 }
`

// TestRebase applies a patch to a file whose comments and surroundings have
// changed.
func TestRebase(t *testing.T) {
	for name, c := range map[string]struct {
		change []string // of server: old and new, in turns

	}{
		"as it was":        {},
		"another comment":  {[]string{"// the listener is closed", "// closed", "// or descriptors run out", "// not deferred", "One client", "One conn"}},
		"more comments":    {[]string{"\t\tServeConn(c)\n", "\t\t// and\n\n\t\tServeConn(c) // x\n"}},
		"lines above":      {[]string{"// Serve serves.", "func f() {}\n\n// Serve serves."}},
		"another context":  {[]string{"\tfor {", "\tfor range 3 {"}},
		"another end":      {[]string{"\t}\n}\n", "\t}\n\treturn nil\n}\n"}},
		"spaces in a line": {[]string{"if err != nil { // the listener is closed", "if err != nil   { // the listener is closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			now := strings.NewReplacer(c.change...).Replace(server)
			want := now
			for line := range strings.Lines(now) {
				if strings.HasPrefix(line, "\t\tif err != nil") {
					want = strings.Replace(want, line+"\t\t\treturn err\n\t\t}\n", "\t\t_ = err\n", 1)
				}
				if strings.HasPrefix(line, "\t\tc.Close()") {
					want = strings.Replace(want, line, "", 1)
				}
			}
			p, err := patch.Parse(leak)
			require.NoError(t, err)
			got, err := p.Rebase(map[string]string{"echo.go": now})
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(want, got["echo.go"]), "(-want +got)")
		})
	}
}

// TestRebaseKeepsAdditions loses no added line whose neighbour has changed.
func TestRebaseKeepsAdditions(t *testing.T) {
	p, err := patch.Parse(`What.

--- echo.go
+++ echo.go
@@ -1,6 +1,8 @@
 	id := 1
+	deadline()
 	for {
-		deadline()
+		// once
 		send()
 	}
+	sent()
 	done()
`)
	require.NoError(t, err)
	for name, change := range map[string][]string{
		"above": {"id := 1", "id := 2"},
		"below": {"done()", "return"},
	} {
		t.Run(name, func(t *testing.T) {
			r := strings.NewReplacer(change...)
			got, err := p.Rebase(map[string]string{
				"echo.go": r.Replace("\tid := 1\n\tfor {\n\t\tdeadline()\n\t\tsend()\n\t}\n\tdone()\n")})
			require.NoError(t, err)
			want := r.Replace("\tid := 1\n\tdeadline()\n\tfor {\n\t\t// once\n\t\tsend()\n\t}\n\tsent()\n\tdone()\n")
			require.Empty(t, cmp.Diff(want, got["echo.go"]), "(-want +got)")
		})
	}
}

// TestRebaseRefuses gives no patch a place that may be the wrong one.
func TestRebaseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"the removed line is another":  {"c.Close()", "defer c.Close()", "line 5: hunk 1 does not apply: its old lines are not in echo.go"},
		"an inner line is another":     {"ServeConn(c)", "serve(c)", "line 5: hunk 1 does not apply"},
		"two places":                   {server, server + strings.TrimPrefix(server, "package echo\n"), "line 5: hunk 1 applies in 2 places of echo.go"},
		"a string, not a comment":      {"c.Close()", `c.Close("//")`, "line 5: hunk 1 does not apply"},
		"the file is not there at all": {"", "", "line 5: echo.go is not a file of the reference"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"echo.go": strings.Replace(server, c.old, c.new, 1)}
			if c.old == "" {
				files = nil
			}
			p, err := patch.Parse(leak)
			require.NoError(t, err)
			_, err = p.Rebase(files)
			require.ErrorContains(t, err, c.want)
		})
	}
}
