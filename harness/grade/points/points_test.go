package points

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/book"
)

func echo() *catalog.Exercise {
	return &catalog.Exercise{Name: "05-echo", Title: "Echo", Requirements: []catalog.Requirement{
		{ID: "R1", Tier: catalog.Core}, {ID: "R2", Tier: catalog.Core}, {ID: "R3", Tier: catalog.Hardened}}}
}

// unit is one whose requirements passed (+), failed (-) or were skipped (s).
func unit(results string) book.Unit {
	u := book.Unit{Exercise: "05-echo", State: book.Graded}
	for i, r := range results {
		q := book.Result{Requirement: "R" + string(rune('1'+i)), Passed: r == '+'}
		if r == 's' {
			q.Skipped = "not on this system"
		}
		u.Results = append(u.Results, q)
	}
	return u
}

func count(p book.Policy, units ...book.Unit) *book.Book {
	b := &book.Book{Policy: p, Exercises: []book.Exercise{Exercise(p, echo())}}
	for _, u := range units {
		b.Students = append(b.Students, book.Student{Units: []book.Unit{u}})
	}
	CountAll(b)
	return b
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for results, points := range map[string]float64{"+++": 1, "++-": 1, "+-+": 0, "---": 0, "": 0, "+": 0, "+s-": 1, "ss+": 0} {
		u := count(Default(), unit(results)).Students[0].Units[0]
		require.Equal(t, points, u.Points, results)
		require.Equal(t, points == 1, u.Complete, results)
	}
}

func TestPartialCredit(t *testing.T) {
	t.Parallel()
	p := book.Policy{Points: true, Core: 0.1, Hardened: 0.2, LateFactor: 0.5}
	for results, points := range map[string]float64{"+++": 0.4, "++-": 0.2, "--+": 0.2, "---": 0, "": 0} {
		b := count(p, unit(results), unit("---"))
		require.Equal(t, 0.4, b.Exercises[0].Max)
		require.Equal(t, points, b.Students[0].Units[0].Points, results)
	}
	require.Equal(t, 0.1, count(p, unit("+s-"), unit("---")).Students[0].Units[0].Points, "a skipped requirement is not passed")
	late := unit("+++")
	late.Late = true
	require.Equal(t, 0.2, count(p, late).Students[0].Units[0].Points)
	p.LateFactor = 0
	require.Zero(t, count(p, late).Students[0].Units[0].Points)
}

// TestSkippedCountsForNobody: what this machine can judge for nobody is worth
// nothing, and what it could judge for one stays worth its points.
func TestSkippedCountsForNobody(t *testing.T) {
	t.Parallel()
	p := book.Policy{Points: true, Core: 1, Hardened: 3, LateFactor: 1}
	nobody := count(p, unit("++s"), unit("+-s"), book.Unit{State: book.NotSubmitted})
	require.Equal(t, 2.0, nobody.Exercises[0].Max)
	require.Equal(t, 2.0, nobody.Students[0].Units[0].Points)
	require.Equal(t, 5.0, count(p, unit("++s"), unit("++-")).Exercises[0].Max)
	require.Equal(t, 5.0, count(p, book.Unit{State: book.NotSubmitted}).Exercises[0].Max)
	again := nobody.Exercises[0].Max
	CountAll(nobody)
	require.Equal(t, again, nobody.Exercises[0].Max, "counting twice changes nothing")
}

func TestPolicyFile(t *testing.T) {
	t.Parallel()
	read := func(text string) (File, error) {
		file := filepath.Join(t.TempDir(), "policy.json")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		return Load(file)
	}
	none, err := Load("")
	require.NoError(t, err)
	require.Equal(t, File{Policy: Default()}, none)
	p, err := read(`{"points": true, "core": 2, "hardened": 1, "deadline": "2026-12-01T23:59:00+01:00", "lateFactor": 0.5, "limit": "90s"}`)
	require.NoError(t, err)
	require.Equal(t, File{book.Policy{Points: true, Core: 2, Hardened: 1, Deadline: "2026-12-01T23:59:00+01:00", LateFactor: 0.5}, 90 * time.Second}, p)
	require.False(t, Late(p.Policy, time.Date(2026, 12, 1, 22, 59, 0, 0, time.UTC)))
	require.True(t, Late(p.Policy, time.Date(2026, 12, 1, 22, 59, 1, 0, time.UTC)))
	require.False(t, Late(Default(), time.Now()))
	part, err := read(`{"deadline": "2026-12-01T23:59:00Z"}`)
	require.NoError(t, err)
	require.Equal(t, 1.0, part.Policy.LateFactor, "what is left out is as in the default")
	for text, want := range map[string]string{
		`{`:                            "unexpected EOF",
		`{"weights": 1}`:               `unknown field "weights"`,
		`{"deadline": "tomorrow"}`:     `deadline "tomorrow" is no time`,
		`{"lateFactor": 2}`:            "lateFactor 2 is not between",
		`{"points": true}`:             "points are asked for, and core and hardened are 0",
		`{"core": 2}`:                  `count only with "points": true`,
		`{"points": true, "core": -1}`: "points are not negative",
		`{"limit": "soon"}`:            `limit "soon" is no time`,
		`{"limit": "1ms"}`:             `limit "1ms" is no time`,
	} {
		_, err := read(text)
		require.ErrorContains(t, err, want)
	}
	_, err = Load("none.json")
	require.ErrorContains(t, err, "read the policy: ")
}
