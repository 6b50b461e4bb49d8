package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// An engine starts one job for each shard and says in variables which one it
// is.
type engine struct {
	name         string
	index, total string // names of variables
	base         int    // the first index
	first        string // variable of the first index, if it can be chosen
}

// engines are those whose variables are known, from their documentation.
var engines = []engine{
	{name: "Slurm", index: "SLURM_ARRAY_TASK_ID", total: "SLURM_ARRAY_TASK_COUNT", first: "SLURM_ARRAY_TASK_MIN"},
	{name: "Kubernetes", index: "JOB_COMPLETION_INDEX", total: "JOB_COMPLETIONS"}, // the recipe sets the second
	{name: "GitLab", index: "CI_NODE_INDEX", total: "CI_NODE_TOTAL", base: 1},
	{name: "CircleCI", index: "CIRCLE_NODE_INDEX", total: "CIRCLE_NODE_TOTAL"},
	{name: "Buildkite", index: "BUILDKITE_PARALLEL_JOB", total: "BUILDKITE_PARALLEL_JOB_COUNT"},
	{name: "Grid Engine", index: "SGE_TASK_ID", total: "SGE_TASK_LAST", base: 1},
	{name: "Bazel", index: "TEST_SHARD_INDEX", total: "TEST_TOTAL_SHARDS"},
	{name: "GoogleTest", index: "GTEST_SHARD_INDEX", total: "GTEST_TOTAL_SHARDS"},
}

// FromEnvironment returns the shard that an engine asks for, with the engine's
// name. Without one, the shard is the whole. Two engines may agree; if they do
// not, or if a variable makes no sense, grading everything in every job would
// hide the mistake, so that is an error.
func FromEnvironment(getenv func(string) string) (Shard, string, error) {
	var found Shard
	var by string
	for _, e := range engines {
		s, ok, err := e.shard(getenv)
		switch {
		case err != nil:
			return Shard{}, "", err
		case !ok:
		case by != "" && found != s:
			return Shard{}, "", fmt.Errorf("the variables of %s say shard %s and those of %s say %s: say which with --shard", by, found, e.name, s)
		default:
			found, by = s, e.name
		}
	}
	return found, by, nil
}

func (e engine) shard(getenv func(string) string) (s Shard, ok bool, err error) {
	index, total := getenv(e.index), getenv(e.total)
	if index == "" || index == "undefined" { // Grid Engine's word outside an array
		return Shard{}, false, nil
	}
	if total == "" {
		return Shard{}, false, fmt.Errorf("%s is set and %s is not: set it to the number of shards, or say which shard this is with --shard", e.index, e.total)
	}
	i, err1 := strconv.Atoi(strings.TrimSpace(index))
	n, err2 := strconv.Atoi(strings.TrimSpace(total))
	base := e.base
	if first, err := strconv.Atoi(getenv(e.first)); e.first != "" && err == nil {
		base = first
	}
	s = Shard{i - base + 1, n}
	if err1 != nil || err2 != nil || s.Index < 1 || s.Index > n || n > maxShards {
		return Shard{}, false, fmt.Errorf("%s=%s and %s=%s name no shard: correct them, or say which with --shard", e.index, index, e.total, total)
	}
	return s, true, nil
}
