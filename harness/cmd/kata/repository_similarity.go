package main

import (
	"cmp"
	"context"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"socketkata/harness/grade"
	"socketkata/harness/grade/similarity"
	"socketkata/harness/terminal"
)

// similarity writes what JPlag and Dolos read, and prints their commands.
func (k *kata) similarity(_ context.Context, cmd *cli.Command) error {
	in, dir := cmp.Or(cmd.Args().Get(0), k.getenv("IN")), cmd.String("export")
	if in == "" || dir == "" {
		return terminal.Usagef("say where the submissions are and where their copies go: kata grade similarity --export compared submissions")
	}
	c, err := k.open()
	if err != nil {
		return err
	}
	exercises, err := several(c, cmp.Or(cmd.Args().Get(1), k.word, k.getenv("EX")))
	if err != nil {
		return err
	}
	submissions, err := grade.Submissions(k.Screen, in, c, exercises)
	if err != nil {
		return err
	}
	compared, err := similarity.Export(dir, exercises, submissions)
	if err != nil {
		return err
	}
	if len(compared) == 0 {
		k.Printf("No exercise has answers of two students, so there is nothing to compare.\n")
		return nil
	}
	k.Printf("JPlag (github.com/jplag/JPlag) or Dolos (dolos.ugent.be) compares the answers on this\nmachine. A short exercise has few right answers, and they look alike: let people\ndecide, not the figures.\n")
	for _, e := range compared {
		k.Printf("\ncd %s\n", terminal.Visible(filepath.ToSlash(filepath.Join(dir, e.Name))))
		for _, command := range similarity.Commands(e) {
			k.Printf("%s\n", command)
		}
	}
	return nil
}
