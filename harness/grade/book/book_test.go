package book_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/book/booktest"
)

// TestVerdicts: what two gradings must agree on is everything but three fields.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	b := booktest.New()
	v := b.Verdicts()
	require.Empty(t, cmp.Diff(b, v, cmpopts.IgnoreFields(book.Result{}, "Got", "Want", "Text")))
	lost := 0
	for i, s := range b.Students {
		for j, u := range s.Units {
			for k, r := range u.Results {
				if r.Got+r.Want+r.Text != "" {
					lost++
				}
				kept := v.Students[i].Units[j].Results[k]
				require.Empty(t, kept.Got+kept.Want+kept.Text)
			}
		}
	}
	require.NotZero(t, lost, "the book itself keeps them")
}
