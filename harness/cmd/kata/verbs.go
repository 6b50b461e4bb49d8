package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/compare"
	"socketkata/harness/contest"
	"socketkata/harness/guide"
	"socketkata/harness/judge"
	"socketkata/harness/play"
	"socketkata/harness/probe"
	"socketkata/harness/progress"
	"socketkata/harness/report"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
	"socketkata/harness/watch"
)

const firstRun = "The first run compiles the standard library and the test bench.\nThis happens once and takes up to a minute on a new machine.\n"

func (k *kata) list(_ context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	s, _ := progress.Load(k.Screen, c.Root)
	c, problems := catalog.Load(c.Root)
	switch {
	case c == nil:
		return problems
	case !cmd.Bool("json"):
		guide.List(k.Screen, c, s)
		return problems
	}
	if err := guide.ListJSON(k.Out, c, s); err != nil {
		return err
	}
	return problems
}

func (k *kata) next(_ context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	s, _ := progress.Load(k.Screen, c.Root)
	e, err := s.Unfinished(c)
	if err != nil {
		return err
	}
	if e == nil {
		k.Printf("%s\n", guide.AllDone)
		return nil
	}
	guide.Next(k.Screen, s, e, e == c.Exercises[0])
	return nil
}

func (k *kata) test(ctx context.Context, cmd *cli.Command) error {
	at, err := k.find(cmd, guide.AllDone)
	if err != nil || at.e == nil {
		return err
	}
	if k.asked(cmd) == "" {
		guide.LeftBehind(k.Screen, at.c, at.e, at.s)
	}
	if err := testrun.MissingFile(at.e); err != nil {
		return err
	}
	if text := k.flag(cmd, "r", "R"); text != "" {
		return k.testOne(ctx, at, text)
	}
	k.sayFirstRun(at)
	out, err := k.Learner(ctx, at.e, func(r judge.Result) bool {
		k.Show(at.e, r, true)
		return true
	})
	if err != nil {
		return err
	}
	k.Finish(at.e, out)
	k.Printf("%s", k.LastWords(at.c, at.e, out))
	if out.Own != "" {
		return terminal.Failed
	}
	return failed(out.Result)
}

// testOne tests one requirement. That says nothing of the others, so that no
// progress is saved.
func (k *kata) testOne(ctx context.Context, at found, text string) error {
	q := at.e.Requirement("R" + strings.TrimLeft(text, "Rr"))
	if q == nil {
		return terminal.Usagef("%s has no requirement %s: write R=12, for example", at.e.Name, text)
	}
	k.sayFirstRun(at)
	result, err := k.Run(ctx, at.e, judge.Learner(at.e), judge.Options{Only: []string{q.ID}})
	if err != nil {
		return err
	}
	k.Show(at.e, result, true)
	k.Printf("Only %s was tested: make test EX=%s tests everything.\n", q.ID, at.e.EX())
	return failed(result)
}

func (k *kata) watch(ctx context.Context, cmd *cli.Command) error {
	at, err := k.find(cmd, guide.AllDone+" Watch one again with make watch EX=05.")
	if err != nil || at.e == nil {
		return err
	}
	return watch.Exercise(ctx, k.Screen, at.e, k.verbOn, func() { k.sayFirstRun(at) })
}

// verbOn returns what runs a verb on another screen.
func (k *kata) verbOn(screen *terminal.Screen) watch.Verb {
	there := &kata{Runner: &testrun.Runner{Screen: screen}, stdin: k.stdin, getenv: k.getenv}
	return func(ctx context.Context, args ...string) error {
		return there.command().Run(ctx, append([]string{"kata"}, args...))
	}
}

func (k *kata) play(ctx context.Context, cmd *cli.Command) error {
	at, err := k.find(cmd, "Every core is green. Name the exercise you want to play: make play EX=05")
	if err != nil || at.e == nil {
		return err
	}
	if err := at.e.Playable(); err != nil {
		return err
	}
	candidate, _, err := candidate(cmd, at.e)
	if err != nil {
		return err
	}
	port := play.Port(at.e)
	if text := k.flag(cmd, "port", "PORT"); text != "" {
		if port, err = play.ParsePort(text, at.e); err != nil {
			return err
		}
	}
	ln, err := play.Listen(at.e, port) // before the build, which takes longer
	if err != nil {
		return err
	}
	k.sayFirstRun(at)
	return terminal.WhileHeard(ctx, func(ctx context.Context) error {
		o := play.Options{Screen: k.Screen, Input: k.stdin, Still: k.getenv("KATA_STILL") != ""}
		return play.Serve(ctx, o, ln, at.e, candidate)
	})
}

func (k *kata) bench(ctx context.Context, cmd *cli.Command, e *catalog.Exercise) error {
	peers := cmd.Bool("peers")
	switch value := k.getenv("PEERS"); value {
	case "", "0":
	case "1":
		peers = true
	default:
		return terminal.Usagef("bench: PEERS=1 measures other people's servers, too; PEERS=%s means nothing", value)
	}
	if err := e.Playable(); err != nil {
		return fmt.Errorf("there is no bench: %w", err)
	}
	if len(e.Reference) == 0 {
		return catalog.ErrNoSolutions
	}
	c, _, err := candidate(cmd, e)
	if err != nil {
		return err
	}
	file := filepath.Join(progress.Dir(e.Root()), "bench-"+e.Name+".html")
	err = contest.Run(ctx, contest.Options{Screen: k.Screen, File: file, Peers: peers}, e, c)
	if err == nil && (cmd.Bool("open") || k.set("OPEN")) {
		return report.Browse(ctx, file)
	}
	return err
}

func (k *kata) hint(_ context.Context, cmd *cli.Command) error {
	at, err := k.find(cmd, guide.AllDone)
	if err != nil || at.e == nil {
		return err
	}
	return guide.Hint(k.Screen, at.s, at.e, cmd.Bool("all") || k.set("ALL"))
}

func (k *kata) solution(ctx context.Context, _ *cli.Command, e *catalog.Exercise) error {
	return k.Reference(ctx, e)
}

func (k *kata) diff(_ context.Context, _ *cli.Command, e *catalog.Exercise) error {
	return compare.Lines(k.Screen, e)
}

func (k *kata) compare(ctx context.Context, cmd *cli.Command, e *catalog.Exercise) error {
	return compare.Code(ctx, k.Runner, e, k.getenv("KATA_SEED"), cmd.Bool("force") || k.set("FORCE"), cmd.Bool("all") || k.set("ALL"))
}

func (k *kata) report(ctx context.Context, cmd *cli.Command) error {
	e, err := k.reported(cmd)
	if err != nil {
		return err
	}
	path, err := report.Write(ctx, k.Runner, e, cmd.String("o"))
	if err == nil && (cmd.Bool("open") || k.set("OPEN")) {
		return report.Browse(ctx, path)
	}
	return err
}

func (k *kata) reset(_ context.Context, cmd *cli.Command, e *catalog.Exercise) error {
	switch name := k.flag(cmd, "kept", "KEPT"); name {
	case "":
		return progress.Reset(k.Screen, e)
	case "list":
		return progress.ListKept(k.Screen, e)
	default:
		return progress.Restore(k.Screen, e, name)
	}
}

// probed returns which argument is the address, and which the exercise. Of two,
// one must be the address: without its port it would be another word for the
// learner's own code.
func probed(args []string) (address, name string) {
	switch {
	case len(args) == 2 && strings.Contains(args[1], ":") && !strings.Contains(args[0], ":"):
		return args[1], args[0]
	case len(args) == 2:
		return args[0], args[1]
	case len(args) == 1 && strings.ContainsAny(args[0], ":."), len(args) == 1 && args[0] == "localhost":
		return args[0], ""
	case len(args) == 1:
		return "", args[0]
	}
	return "", ""
}

func (k *kata) probe(ctx context.Context, cmd *cli.Command) error {
	address, name := probed(cmd.Args().Slice())
	name = cmp.Or(name, k.word, k.getenv("EX"))
	c, err := k.open()
	if err != nil {
		return err
	}
	if name == "" {
		return terminal.Usagef("probe: name the exercise to judge by: kata probe %s", probe.Example(ctx, c, address))
	}
	e, err := c.Find(name)
	if err != nil {
		return terminal.UsageError{Err: err}
	}
	if err := e.Load(); err != nil {
		return err
	}
	if address != "" && cmd.Bool("solution") {
		return terminal.Usagef("probe: --solution starts the reference itself: leave out the flag or the address")
	}
	if address != "" {
		return probe.Address(ctx, k.Runner, e, address)
	}
	candidate, own, err := candidate(cmd, e)
	if err != nil {
		return err
	}
	return probe.Candidate(ctx, k.Runner, e, candidate, own)
}
