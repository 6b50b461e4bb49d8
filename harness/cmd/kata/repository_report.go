package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"socketkata/harness/grade"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/gradescope"
	"socketkata/harness/grade/points"
	"socketkata/harness/grade/verdict"
	"socketkata/harness/grade/write"
	"socketkata/harness/terminal"
	"socketkata/harness/wire"
)

// reportFlags say what reports are written.
func reportFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Local: true, Name: "format", Usage: "write reports as `NAMES` (" + strings.Join(write.Formats(), ", ") + "; without it, " + strings.Join(write.Default, ", ") + ")"},
		&cli.StringFlag{Local: true, Name: "show", Usage: "show `HOW MUCH` of each failure: full, got-want or requirement"},
		&cli.StringFlag{Local: true, Name: "roster", Usage: "fill in `FILE`, a gradebook that Canvas exported, for the format canvas"},
	}
}

// reportOptions reads what reports are asked for.
func (k *kata) reportOptions(cmd *cli.Command) (write.Options, error) {
	o := write.Options{Formats: names(cmd.StringSlice("format")), Mark: rand.Text(), ID: write.IdentityFrom(k.getenv, time.Now())}
	var err error
	if o.Detail, err = verdict.ParseDetail(cmd.String("show")); err != nil {
		return o, terminal.UsageError{Err: err}
	}
	if file := cmd.String("roster"); file != "" {
		if o.Roster, err = os.ReadFile(file); err != nil {
			return o, terminal.Usagef("read the roster: %w", err)
		}
	}
	if err := write.Check(o); err != nil {
		return o, terminal.UsageError{Err: err}
	}
	return o, nil
}

// reports writes the reports of a book again, without judging anything.
func (k *kata) reports(ctx context.Context, cmd *cli.Command) error {
	dir := cmp.Or(cmd.Args().First(), k.getenv("OUT"))
	if dir == "" {
		return terminal.Usagef("say where the book is: kata grade report reports")
	}
	o, err := k.reportOptions(cmd)
	if err != nil {
		return err
	}
	b, err := book.Read(filepath.Join(dir, grade.BookFile))
	if err != nil {
		return k.graderFailed(ctx, err)
	}
	return k.graderFailed(ctx, k.writeReports(dir, b, o))
}

// writeReports writes reports and names them: a folder of many by its number.
func (k *kata) writeReports(dir string, b *book.Book, o write.Options) error {
	paths, err := write.All(dir, b, o)
	many := map[string]int{}
	for _, path := range paths {
		many[filepath.Dir(path)]++
	}
	for _, path := range paths {
		parent := filepath.Dir(path)
		switch n := many[parent]; {
		case parent == filepath.Clean(dir) || n == 1:
			k.Printf("%s\n", terminal.Visible(filepath.ToSlash(path)))
		case n > 1:
			k.Printf("%s: %s\n", terminal.Visible(filepath.ToSlash(parent)), wire.Count(n, "file"))
			many[parent] = 0
		}
	}
	return err
}

// gradescope makes an archive from which Gradescope builds its image.
func (k *kata) gradescope(_ context.Context, cmd *cli.Command) error {
	file := cmd.Args().First()
	if file == "" {
		return terminal.Usagef("say where the archive goes: kata grade gradescope autograder.zip 05,09")
	}
	c, err := k.open()
	if err != nil {
		return err
	}
	detail, err := verdict.ParseDetail(cmd.String("show"))
	if err != nil {
		return terminal.UsageError{Err: err}
	}
	o := gradescope.Options{Sandbox: cmd.String("sandbox"), Show: string(detail)}
	if policy := cmd.String("policy"); policy != "" {
		if _, err := points.Load(policy); err != nil {
			return terminal.UsageError{Err: err}
		}
		if o.Policy, err = os.ReadFile(policy); err != nil {
			return err
		}
	}
	exercises, err := named(c, cmd.Args().Get(1))
	if err != nil {
		return err
	}
	for _, e := range exercises {
		o.Exercises = append(o.Exercises, e.Name)
	}
	if err := gradescope.Write(file, c.Root, o); err != nil {
		return err
	}
	k.Printf("%s\n", terminal.Visible(filepath.ToSlash(file)))
	return nil
}

// names returns the names of lists such as junit,csv. The library does not part
// them under a verb that takes names with commas, too.
func names(lists []string) []string {
	return strings.FieldsFunc(strings.Join(lists, ","), func(r rune) bool { return r == ',' })
}
