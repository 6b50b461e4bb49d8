package plan

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/grade/book"
)

// parts writes what n shards have seen of a plan, which change may falsify.
func parts(t *testing.T, p *Plan, n int, change func(*Part)) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i := 1; i <= n; i++ {
		s := Shard{i, n}
		part := Part{Shard: s, Plan: *p}
		for _, u := range p.Share(s) {
			part.Outcomes = append(part.Outcomes, Judged{u.Student, book.Unit{Exercise: u.Exercise, State: book.Graded, Why: u.Key}})
		}
		if change != nil {
			change(&part)
		}
		require.NoError(t, WriteJSON(filepath.Join(dir, s.File()), part))
	}
	return dir
}

func TestMergeProvesCompleteness(t *testing.T) {
	t.Parallel()
	p := class(t, 10)
	whole, missing, err := Merge(parts(t, p, 1, nil))
	require.NoError(t, err)
	require.Empty(t, missing)
	for _, s := range whole.Students {
		require.Len(t, s.Units, 2)
		for i, u := range s.Units {
			require.Equal(t, p.Book.Exercises[i].Name, u.Exercise)
			require.Contains(t, []book.State{book.Graded, book.NotSubmitted}, u.State)
		}
	}
	for _, n := range []int{2, 3, 17, 64} {
		b, missing, err := Merge(parts(t, p, n, nil))
		require.NoError(t, err)
		require.Empty(t, missing)
		require.Equal(t, whole, b, "%d shards", n)
	}
}

func TestMergeNamesGaps(t *testing.T) {
	t.Parallel()
	p := class(t, 10)
	dir := parts(t, p, 4, func(part *Part) {
		if part.Shard.Index == 3 {
			part.Outcomes = part.Outcomes[1:]
		}
	})
	require.NoError(t, os.Remove(filepath.Join(dir, "shard-2-of-4.json")))
	b, missing, err := Merge(dir)
	require.NoError(t, err)
	require.Equal(t, []string{
		"shard-3-of-4.json says nothing of 1 of its units: grade that shard again",
		"shard 2/4 is missing: there is no shard-2-of-4.json in " + dir,
	}, missing)
	gaps := 0
	for _, s := range b.Students {
		for _, u := range s.Units {
			if u.State == book.InfraError {
				gaps++
				require.Equal(t, "the shard that judges it is missing", u.Why)
			}
		}
	}
	require.Equal(t, len(p.Share(Shard{2, 4}))+1, gaps)
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	second := func(change func(*Part)) func(*Part) {
		return func(p *Part) {
			if p.Shard.Index == 2 {
				change(p)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*Part)
		err    string
	}{
		"another plan": {second(func(p *Part) { p.Plan = *class(t, 9); p.Outcomes = nil }),
			"merge: shard-1-of-2.json and shard-2-of-2.json graded different things (10 and 9 students): grade both again from the same submissions, with the same policy and program"},
		"another policy": {second(func(p *Part) { p.Plan.Book.Policy.Points = true; require.NoError(t, p.Plan.Seal()) }),
			"merge: shard-1-of-2.json and shard-2-of-2.json graded different things (two policies): grade both again from the same submissions, with the same policy and program"},
		"a plan changed by hand": {second(func(p *Part) { p.Plan.Book.Sandbox = "bubblewrap" }),
			"merge: the plan in shard-2-of-2.json was changed by hand: grade that shard again"},
		"a unit of another shard": {second(func(p *Part) { p.Outcomes[0] = Judged{"student 000", book.Unit{Exercise: "06-lines"}} }),
			`merge: shard-2-of-2.json says something of "student 000", 06-lines, which is not its share or is there twice: grade that shard again`},
		"a unit twice": {second(func(p *Part) { p.Outcomes[1] = p.Outcomes[0] }),
			`merge: shard-2-of-2.json says something of "student 001", 05-echo, which is not its share or is there twice: grade that shard again`},
		"another format": {second(func(p *Part) { p.Plan.Book.Version = 0 }), "has format 0 and this program reads 1: grade that shard again"},
		"renamed":        {second(func(p *Part) { p.Shard.Index = 1 }), "shard-2-of-2.json holds shard 1/2: it was renamed"},
		"other shares":   {second(func(p *Part) { p.Shard = Shard{2, 3} }), "holds shard 2/3: it was renamed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := Merge(parts(t, class(t, 10), 2, c.change))
			require.ErrorContains(t, err, c.err)
		})
	}
	p := class(t, 10)
	dir := parts(t, p, 2, nil)
	require.NoError(t, WriteJSON(filepath.Join(dir, "shard-1-of-3.json"), Part{Shard: Shard{1, 3}, Plan: *p}))
	_, _, err := Merge(dir)
	require.ErrorContains(t, err, "divide the work differently: remove those of another run")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "shard-1-of-2.json"), []byte("{"), 0o644))
	_, _, err = Merge(dir)
	require.ErrorContains(t, err, "is damaged: grade that shard again")
	_, _, err = Merge(t.TempDir())
	require.ErrorContains(t, err, "there is no shard-1-of-*.json in")
}

func TestStore(t *testing.T) {
	t.Parallel()
	s := Open(t.TempDir())
	u := Unit{Student: "../../ana\x00", Exercise: "05-echo", Key: "k"}
	_, ok := s.Load(u)
	require.False(t, ok)
	out := book.Unit{Exercise: "05-echo", State: book.Graded}
	require.NoError(t, s.Save(u, out))
	got, ok := s.Load(u)
	require.True(t, ok)
	require.Equal(t, out, got)
	changed := u
	changed.Key = "other"
	_, ok = s.Load(changed)
	require.False(t, ok, "what was judged under other conditions does not count")
	require.NoError(t, os.WriteFile(s.file(u), []byte(`{"student": "../../a`), 0o644))
	_, ok = s.Load(u)
	require.False(t, ok, "a damaged file counts as none")
	require.NoError(t, s.Save(u, book.Unit{State: book.InfraError}))
	_, ok = s.Load(u)
	require.False(t, ok, "a fault of the grader is tried again")
}
