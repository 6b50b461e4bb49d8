package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/grade"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/plan"
	"socketkata/harness/grade/points"
	"socketkata/harness/grade/unit"
	"socketkata/harness/grade/write"
	"socketkata/harness/terminal"
	"socketkata/harness/wire"
)

// gradeVerbs is kata grade and the verbs below it. Its flags are local: a verb below
// it has some of them, and refuses the others.
func (k *kata) gradeVerbs() *cli.Command {
	check := &cli.BoolFlag{Local: true, Name: "check", Usage: "exit with 1 unless everybody has full marks"}
	verb := k.verb("grade", "IN OUT [EX]", "grade a folder of submissions", k.grade, append(reportFlags(), check,
		&cli.StringFlag{Local: true, Name: "policy", Usage: "read points, deadline and time limit from `FILE`"},
		&cli.StringSliceFlag{Local: true, Name: "student", Usage: "grade only `NAME` again; the others stay as they are"},
		&cli.BoolFlag{Local: true, Name: "again", Usage: "judge again what was judged before and has not changed"},
		&cli.StringFlag{Local: true, Name: "shard", Usage: "do only share `I/N` of the work, as in 3/8; then kata grade merge OUT"},
		&cli.IntFlag{Local: true, Name: "jobs", Value: 1, Usage: "judge `K` answers at the same time; each needs a processor or two"},
		&cli.StringFlag{Local: true, Name: "sandbox", Value: "auto", Usage: "shut submissions in by `HOW`: auto, or none for code that you trust"})...)
	verb.Description = "IN is the folder of the submissions, with a folder or an archive for each student. OUT gets the book and the reports. " +
		"EX names the exercises, as in 01,05,09; without it, all are graded. The environment variables IN, OUT and EX work too. " +
		"A run that was stopped continues with the same command. kata exits with 0 once everything is graded, whatever the scores, and with 3 if the grader itself failed."
	verb.DisableSliceFlagSeparator = true // a name may be "Garcia, Ana"
	verb.Commands = []*cli.Command{
		k.verb("merge", "OUT", "join what the shards wrote to OUT into one book", k.merge, append(reportFlags(), check)...),
		k.verb("similarity", "IN [EX]", "copy the answers for JPlag or Dolos, which find those that look alike", k.similarity,
			&cli.StringFlag{Name: "export", Usage: "the new `FOLDER` of the copies"}),
		k.verb("report", "OUT", "write the reports of a book again", k.reports, reportFlags()...),
		k.verb("gradescope", "ZIP [EX]", "make autograder.zip for Gradescope", k.gradescope,
			&cli.StringFlag{Name: "policy", Usage: "put `FILE` with points, deadline and time limit into the archive"},
			&cli.StringFlag{Name: "sandbox", Value: "auto", Usage: "let kata grade shut submissions in by `HOW`"},
			&cli.StringFlag{Name: "show", Usage: "show `HOW MUCH` of each failure: full, got-want or requirement"}),
	}
	verb.Commands = append(verb.Commands, k.trustVerbs()...)
	return verb
}

func (k *kata) grade(ctx context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return k.graderFailed(ctx, err)
	}
	o, err := k.gradeOptions(cmd, c)
	if err != nil {
		return err
	}
	reports, err := k.reportOptions(cmd)
	if err != nil {
		return err
	}
	b, err := grade.Run(ctx, k.Screen, o)
	if err := k.graderFailed(ctx, err); err != nil {
		return err
	}
	if b == nil {
		k.Printf("%s is written; when all shards are done: kata grade merge %s\n", o.Shard.File(), o.Out)
		return nil
	}
	return k.graded(ctx, cmd, o.Out, b, reports)
}

// gradeOptions reads what was asked for.
func (k *kata) gradeOptions(cmd *cli.Command, c *catalog.Catalog) (grade.Options, error) {
	o := grade.Options{
		In: cmp.Or(cmd.Args().Get(0), k.getenv("IN")), Out: cmp.Or(cmd.Args().Get(1), k.getenv("OUT")), Catalog: c,
		Students: cmd.StringSlice("student"), Again: cmd.Bool("again"), Jobs: cmd.Int("jobs"),
	}
	if o.In == "" || o.Out == "" {
		return o, terminal.Usagef("say where the submissions are and where the reports go: make grade IN=submissions OUT=reports")
	}
	policy, err := points.Load(cmd.String("policy"))
	if err != nil {
		return o, terminal.UsageError{Err: err}
	}
	o.Policy, o.Unit = policy.Policy, unit.Options{Sandbox: cmd.String("sandbox"), Limit: policy.Limit}
	if o.Shard, err = k.shard(cmd); err != nil {
		return o, terminal.UsageError{Err: err}
	}
	o.Exercises, err = named(c, cmp.Or(cmd.Args().Get(2), k.word, k.getenv("EX")))
	return o, err
}

// shard returns what --shard says, or else what the engine that started kata
// says.
func (k *kata) shard(cmd *cli.Command) (plan.Shard, error) {
	if text := cmd.String("shard"); text != "" {
		return plan.ParseShard(text)
	}
	s, by, err := plan.FromEnvironment(k.getenv)
	if by != "" && err == nil {
		k.Printf("shard %s, by the variables of %s\n", s, by)
	}
	return s, err
}

func (k *kata) merge(ctx context.Context, cmd *cli.Command) error {
	dir := cmp.Or(cmd.Args().First(), k.getenv("OUT"))
	if dir == "" {
		return terminal.Usagef("say where the shards wrote to: kata grade merge reports")
	}
	reports, err := k.reportOptions(cmd)
	if err != nil {
		return err
	}
	b, err := grade.Merge(k.Screen, dir)
	if err := k.graderFailed(ctx, err); err != nil {
		return err
	}
	return k.graded(ctx, cmd, dir, b, reports)
}

// graded ends a grading that has a book.
func (k *kata) graded(ctx context.Context, cmd *cli.Command, out string, b *book.Book, reports write.Options) error {
	k.Printf("%s, %s: %s\n", wire.Count(len(b.Students), "student"), wire.Count(len(b.Exercises), "exercise"), terminal.Visible(filepath.ToSlash(filepath.Join(out, grade.BookFile))))
	if err := k.writeReports(out, b, reports); err != nil {
		return k.graderFailed(ctx, err)
	}
	if cmd.Bool("check") && !grade.FullMarks(b) {
		return terminal.Failed
	}
	return nil
}

// graderFailed is the end of a grading that nobody's score can be blamed for. It
// prints why.
func (k *kata) graderFailed(ctx context.Context, err error) error {
	var usage terminal.UsageError
	if err == nil || ctx.Err() != nil || errors.As(err, &usage) {
		return err
	}
	k.Warn("%v", err)
	return terminal.GraderFailed
}
