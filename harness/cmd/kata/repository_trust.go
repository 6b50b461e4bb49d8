package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"socketkata/harness/grade/hermetic"
	"socketkata/harness/grade/sandbox"
	"socketkata/harness/grade/unit"
	"socketkata/harness/terminal"
)

// trustVerbs are the verbs that show what a grade can be trusted for.
func (k *kata) trustVerbs() []*cli.Command {
	how := &cli.StringFlag{Name: "sandbox", Value: "auto", Usage: "try the sandbox `HOW`: auto, bubblewrap or namespaces"}
	return []*cli.Command{
		k.verb("doctor", "", "say which defences against submissions work on this machine, by trying each", k.doctor, how),
		k.verb("selftest", "", "hand in attacks, none of which may score a point", k.selftest, how),
	}
}

func (k *kata) doctor(ctx context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return k.graderFailed(ctx, err)
	}
	g, err := hermetic.New(ctx, c.Root)
	if err != nil {
		return k.graderFailed(ctx, err)
	}
	box, err := sandbox.Open(ctx, g, sandbox.Kind(cmd.String("sandbox")))
	if err != nil {
		return k.graderFailed(ctx, err)
	}
	defer box.Close()
	k.Printf("sandbox: %s\n", box.Kind)
	if box.Why != "" {
		k.Printf("not %s\n", terminal.Visible(box.Why))
	}
	works := true
	for _, check := range box.Doctor(ctx) {
		works = works && check.Works
		k.Printf("%s\n", terminal.Visible(check.String()))
	}
	if !works {
		return terminal.GraderFailed // the lines say what does not work
	}
	return nil
}

func (k *kata) selftest(ctx context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return k.graderFailed(ctx, err)
	}
	attacks, err := unit.Attacks(c.Root)
	if err != nil {
		return k.graderFailed(ctx, err)
	}
	s, err := unit.NewStrength(ctx, c, cmd.String("sandbox"))
	if err != nil {
		return k.graderFailed(ctx, err)
	}
	defer s.Close()
	failed := 0
	for _, a := range attacks {
		wrong, err := s.Try(ctx, a)
		if err != nil {
			return k.graderFailed(ctx, err)
		}
		mark := "✓"
		if len(wrong) > 0 {
			mark = "✗"
			failed++
		}
		k.Printf("%s %-30s %s\n", mark, a.Name, a.What)
		for _, w := range wrong {
			k.Printf("  %s\n", terminal.Visible(w))
		}
	}
	k.Printf("%d attacks, of which %d did not end as they should\n", len(attacks), failed)
	if failed > 0 {
		return terminal.GraderFailed // the lines say which and why
	}
	return nil
}
