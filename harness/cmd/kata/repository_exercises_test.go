package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

func TestNamedExercises(t *testing.T) {
	t.Parallel()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	c, err := catalog.Open(root)
	require.NoError(t, err)
	names := func(list string) (all []string) {
		exercises, err := named(c, list)
		require.NoError(t, err)
		for _, e := range exercises {
			all = append(all, e.Name)
		}
		return all
	}
	require.Equal(t, []string{"01-dial", "05-echo"}, names("05,dial, 5,01"), "each once, in order")
	require.Empty(t, names(""))
	_, err = named(c, "05,99")
	require.ErrorContains(t, err, "99")
	all, err := several(c, "")
	require.NoError(t, err)
	require.Equal(t, c.Exercises, all)
	require.NotEmpty(t, all[0].Requirements, "they are loaded")
}
