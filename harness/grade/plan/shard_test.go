package plan

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/grade/book"
)

// class is a plan for students and two exercises, in which every fifth unit is
// known.
func class(t testing.TB, students int) *Plan {
	t.Helper()
	p := &Plan{Book: book.Book{Version: book.Version, Sandbox: "none", Exercises: []book.Exercise{{Name: "05-echo"}, {Name: "06-lines"}}}}
	for i := range students {
		name := fmt.Sprintf("student %03d", i)
		p.Book.Students = append(p.Book.Students, book.Student{Name: name})
		for j, e := range p.Book.Exercises {
			u := Unit{Student: name, Exercise: e.Name, Key: fmt.Sprint(i, j)}
			if (2*i+j)%5 == 0 {
				u.Known = &book.Unit{State: book.NotSubmitted}
			}
			p.Units = append(p.Units, u)
		}
	}
	require.NoError(t, p.Seal())
	return p
}

// TestSharesArePartition: for any number of shards each unit that has to be
// judged is in exactly one, the shares are as large as each other, and another
// process comes to the same shares.
func TestSharesArePartition(t *testing.T) {
	t.Parallel()
	for _, students := range []int{0, 1, 7, 40} {
		p, same := class(t, students), class(t, students)
		var todo [][2]string
		for _, u := range p.Share(Shard{}) {
			require.Nil(t, u.Known)
			todo = append(todo, u.ID())
		}
		for n := 1; n <= 64; n++ {
			var all [][2]string
			for i := 1; i <= n; i++ {
				share := p.Share(Shard{i, n})
				require.Equal(t, share, same.Share(Shard{i, n}))
				require.InDelta(t, len(todo)/n, len(share), 1)
				for _, u := range share {
					all = append(all, u.ID())
				}
			}
			require.ElementsMatch(t, todo, all, "%d students, %d shards", students, n)
		}
	}
}

func TestParseShard(t *testing.T) {
	t.Parallel()
	s, err := ParseShard("3/8")
	require.NoError(t, err)
	require.Equal(t, Shard{3, 8}, s)
	require.Equal(t, "3/8", s.String())
	for _, text := range []string{"", "3", "0/8", "9/8", "a/8", "3/b", "-1/8", "3/8/2", "1/1000000"} {
		_, err := ParseShard(text)
		require.EqualError(t, err, fmt.Sprintf("%q is no shard: write 3/8 for the third of eight", text))
	}
}

func TestShardsOfEngines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		want Shard
		err  string
	}{
		"none":       {},
		"Slurm":      {env: map[string]string{"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "8", "SLURM_ARRAY_TASK_MIN": "0"}, want: Shard{1, 8}},
		"Slurm at 5": {env: map[string]string{"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "5"}, want: Shard{3, 4}},
		"Kubernetes": {env: map[string]string{"JOB_COMPLETION_INDEX": "3", "JOB_COMPLETIONS": "4"}, want: Shard{4, 4}},
		"GitLab":     {env: map[string]string{"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "4"}, want: Shard{1, 4}},
		"CircleCI":   {env: map[string]string{"CIRCLE_NODE_INDEX": "0", "CIRCLE_NODE_TOTAL": "4"}, want: Shard{1, 4}},
		"Buildkite":  {env: map[string]string{"BUILDKITE_PARALLEL_JOB": "2", "BUILDKITE_PARALLEL_JOB_COUNT": "4"}, want: Shard{3, 4}},
		"SGE":        {env: map[string]string{"SGE_TASK_ID": "2", "SGE_TASK_LAST": "4"}, want: Shard{2, 4}},
		"SGE alone":  {env: map[string]string{"SGE_TASK_ID": "undefined"}},
		"Bazel":      {env: map[string]string{"TEST_SHARD_INDEX": "0", "TEST_TOTAL_SHARDS": "2"}, want: Shard{1, 2}},
		"GoogleTest": {env: map[string]string{"GTEST_SHARD_INDEX": "1", "GTEST_TOTAL_SHARDS": "2"}, want: Shard{2, 2}},
		"agree":      {env: map[string]string{"TEST_SHARD_INDEX": "1", "TEST_TOTAL_SHARDS": "2", "GTEST_SHARD_INDEX": "1", "GTEST_TOTAL_SHARDS": "2"}, want: Shard{2, 2}},
		"contradict": {env: map[string]string{"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "2", "TEST_SHARD_INDEX": "1", "TEST_TOTAL_SHARDS": "2"},
			err: "the variables of GitLab say shard 1/2 and those of Bazel say 2/2: say which with --shard"},
		"no total": {env: map[string]string{"JOB_COMPLETION_INDEX": "3"},
			err: "JOB_COMPLETION_INDEX is set and JOB_COMPLETIONS is not: set it to the number of shards, or say which shard this is with --shard"},
		"too large": {env: map[string]string{"CI_NODE_INDEX": "5", "CI_NODE_TOTAL": "4"},
			err: "CI_NODE_INDEX=5 and CI_NODE_TOTAL=4 name no shard: correct them, or say which with --shard"},
		"no number": {env: map[string]string{"CI_NODE_INDEX": "x", "CI_NODE_TOTAL": "4"},
			err: "CI_NODE_INDEX=x and CI_NODE_TOTAL=4 name no shard: correct them, or say which with --shard"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, err := FromEnvironment(func(key string) string { return c.env[key] })
			if c.err != "" {
				require.EqualError(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}
