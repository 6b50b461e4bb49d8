package patch_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"socketkata/harness/patch"
)

const before = `one
two
three
four
five
six
seven
two
three
eight
`

var files = map[string]string{"count.go": before, "other.go": "other\n"}

// TestMakeAndApply writes a patch, reads it and gets the same files back.
func TestMakeAndApply(t *testing.T) {
	changed := map[string]string{"count.go": strings.Replace(before, "five\n", "5\nand a half\n", 1), "other.go": "another\n"}
	diff, err := patch.Make(files, changed)
	require.NoError(t, err)
	require.Equal(t, `--- count.go
+++ count.go
@@ -3,5 +3,6 @@
 three
 four
-five
+5
+and a half
 six
 seven
--- other.go
+++ other.go
@@ -1,1 +1,1 @@
-other
+another
`, diff)
	text := patch.Text([]string{"Five is too long.", "", "Say: count."}, diff)
	require.Equal(t, diff, patch.Diff(text))
	p, err := patch.Parse(text)
	require.NoError(t, err)
	require.Equal(t, []string{"Five is too long.", "", "Say: count."}, p.Header)
	require.Equal(t, []string{"count.go", "other.go"}, p.Files())
	got, err := p.Apply(files)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(changed, got), "(-want +got)")

	require.Equal(t, 11, p.Origin(files, "count.go", 5), "the line of the patch that says \"+5\"")
	require.Equal(t, 12, p.Origin(files, "count.go", 6))
	require.Zero(t, p.Origin(files, "count.go", 2))
	require.Equal(t, 19, p.Origin(files, "other.go", 1))
}

// TestLinesMayBeInsertedAbove is what the library's own Apply refuses.
func TestLinesMayBeInsertedAbove(t *testing.T) {
	changed := map[string]string{"count.go": strings.Replace(before, "five", "5", 1), "other.go": "other\n"}
	diff, err := patch.Make(files, changed)
	require.NoError(t, err)
	p, err := patch.Parse(diff)
	require.NoError(t, err)
	got, err := p.Apply(map[string]string{"count.go": "zero\n" + before})
	require.NoError(t, err)
	require.Equal(t, "zero\n"+changed["count.go"], got["count.go"])
}

// TestContextGrowsUntilThePlaceIsUnique changes lines that have a twin.
func TestContextGrowsUntilThePlaceIsUnique(t *testing.T) {
	twins := strings.Repeat("a\nb\nc\nd\ne\n", 2) + "end\n"
	changed := strings.Replace(twins, "c\nd\ne\nend", "C\nd\ne\nend", 1)
	diff, err := patch.Make(map[string]string{"f": twins}, map[string]string{"f": changed})
	require.NoError(t, err)
	p, err := patch.Parse(diff)
	require.NoError(t, err)
	got, err := p.Apply(map[string]string{"f": twins})
	require.NoError(t, err)
	require.Equal(t, changed, got["f"])
}

func TestNothingToMake(t *testing.T) {
	_, err := patch.Make(files, files)
	require.ErrorIs(t, err, patch.ErrEqual)
}

const head = "--- count.go\n+++ count.go\n"

// TestBadPatches names each fault with its line.
func TestBadPatches(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "line 1: the diff is empty"},
		{"Only a header.\n", "line 1: the diff is empty"},
		{head, "line 1: the diff is empty"},
		{"What.\n\n" + head + "@@ -4,2 +4,2 @@\n four\n-fife\n+5\n",
			"line 5: hunk 1 does not apply: its old lines are not in count.go"},
		{head + "@@ -4,2 +4,2 @@\n four\n-five\n+5\n@@ -2,2 +2,2 @@\n two\n-three\n+3\n",
			"line 7: hunk 2 applies in 2 places of count.go: give it more lines of context"},
		{head + "@@ -4,2 +4,2 @@\n four\n-five\n+5\n@@ -1,2 +1,2 @@\n-one\n+1\n two\n",
			"line 7: hunk 2 overlaps the one above it or belongs before it: order the hunks as in count.go"},
		{"--- third.go\n+++ third.go\n@@ -1 +1 @@\n-a\n+b\n",
			"line 3: third.go is not a file of the reference: a patch changes only those"},
		{"--- /dev/null\n+++ new.go\n@@ -0,0 +1 @@\n+b\n", "line 1: expected "},
		{"--- count.go\n+++ counted.go\n@@ -4 +4 @@\n-four\n+4\n",
			"line 1: expected \"--- counted.go\": a patch changes files and neither adds, removes nor renames one"},
		{head + "@@ -4,2 +4,2 @@\n four\n-five\n+5\n+and a half\n",
			"line 7: this line belongs to no hunk: correct the line counts in the @@ line above it"},
		{head + "@@ -4,3 +4,3 @@\n four\n-five\n+5\n", "line 3: not a unified diff: fragment header miscounts lines"},
		{head + "@@ -4 +4 @@\n four\n", "line 5: not a unified diff: fragment contains no changes"},
		{"@@ -4 +4 @@\n-four\n+4\n", "line 1: not a unified diff: "},
	} {
		p, err := patch.Parse(c.text)
		if err == nil {
			_, err = p.Apply(files)
		}
		require.ErrorContains(t, err, c.want, c.text)
		var at *patch.Error
		require.ErrorAs(t, err, &at)
	}
}
