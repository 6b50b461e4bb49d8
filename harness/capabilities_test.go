package harness_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

var (
	taughtBy  = regexp.MustCompile(`^([0-9]{2})((?: R[0-9]+)+)$`)
	toCome    = regexp.MustCompile(`^to come: ([0-9]{2})-[a-z]+$`)
	notTaught = regexp.MustCompile(`^out of scope: .{10}`)
)

// TestCapabilitiesAreTaught reads the table of what Python offers: each row names
// requirements that exist, an exercise to come, or the reason why it is left out.
// No exercise is missing in it.
func TestCapabilitiesAreTaught(t *testing.T) {
	wholeOnly(t, func(t *testing.T) {
		root, err := catalog.FindRoot(".")
		require.NoError(t, err)
		capabilities(t, root)
	})
}

func capabilities(t *testing.T, root string) {
	t.Helper()
	byNumber, named := map[string]*catalog.Exercise{}, map[string]bool{}
	for _, e := range exercises(t) {
		require.NoError(t, e.Check())
		byNumber[e.EX()] = e
	}
	rows := 0
	for _, line := range read(t, root+"/exercises/README.md") {
		cells := strings.Split(line, "|")
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| Python's ") {
			continue
		}
		require.Len(t, cells, 5, "three cells, please: %s", line)
		rows++
		where := strings.TrimSpace(cells[3])
		if m := toCome.FindStringSubmatch(where); m != nil {
			require.Nil(t, byNumber[m[1]], "exercise %s is there: name its requirements in %s", m[1], line)
			continue
		}
		for _, part := range strings.Split(where, ", ") {
			m := taughtBy.FindStringSubmatch(part)
			if m == nil {
				require.Regexp(t, notTaught, where, "name requirements such as 05 R3 R4, \"to come: 22-httpd\" or \"out of scope: \" and why: %s", line)
				break
			}
			e := byNumber[m[1]]
			require.NotNil(t, e, "there is no exercise %s: %s", m[1], line)
			named[e.Name] = true
			for _, id := range strings.Fields(m[2]) {
				require.NotNil(t, e.Requirement(id), "%s has no %s: %s", e.Name, id, line)
			}
		}
	}
	require.Greater(t, rows, 50, "the table is gone")
	for _, e := range byNumber {
		require.True(t, named[e.Name], "no capability of the table is taught by %s", e.Name)
	}
}
