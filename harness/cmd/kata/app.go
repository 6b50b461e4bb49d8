package main

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// A kata is one run of the command.
type kata struct {
	*testrun.Runner // and so the screen
	stdin           io.Reader
	getenv          func(string) string
}

func newKata(stdout, stderr io.Writer) *kata {
	screen := &terminal.Screen{Out: stdout, Err: stderr, Color: terminal.Color(stdout)}
	return &kata{Runner: &testrun.Runner{Screen: screen}, stdin: os.Stdin, getenv: os.Getenv}
}

// command builds the verbs. EX is an argument, or the variable EX of the
// environment, which is how the Makefile hands it on whatever it contains.
func (k *kata) command() *cli.Command {
	exercise := "[EX]"
	all := &cli.BoolFlag{Name: "all", Usage: "show all hints at once (or set ALL=1)"}
	asJSON := &cli.BoolFlag{Name: "json", Usage: "write JSON"}
	port := &cli.StringFlag{Name: "port", Usage: "the local `PORT` to play at (or set PORT=4105)"}
	reference := &cli.BoolFlag{Name: "solution", Usage: "play the reference answer"}
	out := &cli.StringFlag{Name: "o", Usage: "write the report to `FILE`"}
	open := &cli.BoolFlag{Name: "open", Usage: "open it in a browser (or set OPEN=1)"}
	times := &cli.IntFlag{Name: "n", Value: 1000, Usage: "how many repetitions"}
	return &cli.Command{
		Name: "kata", Usage: "learn network sockets, one red test at a time",
		Writer: k.Out, ErrWriter: k.Err,
		HideHelpCommand: true, HideVersion: true, // help is a verb of ours
		EnableShellCompletion: true, ConfigureShellCompletionCommand: completion,
		OnUsageError:   wrongUse,
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // run decides
		Action:         k.noVerb,
		Commands: []*cli.Command{
			verb("list", "", "show the exercises and how far you are", k.list, asJSON),
			verb("next", "", "show which exercise is next, and why", k.next),
			verb("test", exercise, "test your answer; without EX, the next unfinished exercise", k.test),
			verb("watch", exercise, "test your answer again at each save", k.watch),
			verb("play", exercise, "start your server, or your client, and see every byte on the wire", k.play, port, reference),
			verb("hint", exercise, "a hint for the first red requirement; run it again for more", k.hint, all),
			verb("solution", exercise, "test the reference answer", k.solution),
			verb("diff", exercise, "compare your answer with the reference", k.diff),
			verb("compare", exercise, "once green: compare your code, its conversations and its figures with the reference", k.compare,
				&cli.BoolFlag{Name: "force", Usage: "even before the core is green (or set FORCE=1)"}),
			verb("report", exercise, "write the last run as one HTML file; without EX, of the exercise tested last", k.report, out, open),
			verb("reset", exercise, "start again from the stub; your file is kept", k.reset),
			verb("probe", "[ADDRESS:PORT] EX", "judge a server in any language at a loopback address, or your code in a separate process", k.probe,
				&cli.BoolFlag{Name: "solution", Usage: "judge the reference instead of your code"}),
			verb("mistake", "EX [NAME] [FILE]", "make a known mistake of FILE, a changed copy of the reference", k.mistake,
				&cli.BoolFlag{Name: "rebase", Usage: "write all mistakes of EX again after its reference has changed"}),
			verb("verify", "", "run the repository's own exam", k.verify),
			verb("e2e", "", "look at a report in a real browser", k.e2e),
			verb("soak", "", "run the repository's long exam", k.soak, times),
			verb("help", "[VERB]", "show the verbs, or what one of them does", k.help),
		},
	}
}

// verb makes one verb. Its args say what it takes, for the usage text and for
// the shell's completion: "" or "[EX]", for example.
func verb(name, args, usage string, action cli.ActionFunc, flags ...cli.Flag) *cli.Command {
	about := ""
	if strings.Contains(args, "EX") {
		about = "EX names the exercise: 5, 05, echo and 05-echo all mean the same one. The environment variable EX works too."
	}
	return &cli.Command{Name: name, ArgsUsage: args, Usage: usage, Description: about, Flags: flags,
		OnUsageError: wrongUse, ShellComplete: complete,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if most := len(strings.Fields(args)); cmd.Args().Len() > most {
				return terminal.Usagef("%s takes %s: leave out %q", name, takes(args), cmd.Args().Get(most))
			}
			return action(ctx, cmd)
		}}
}

// takes says in words what a verb takes.
func takes(args string) string {
	switch args {
	case "":
		return "no argument"
	case "[EX]":
		return "one exercise"
	case "[VERB]":
		return "one verb"
	case "[ADDRESS:PORT] EX":
		return "an address and an exercise"
	}
	return args
}

func wrongUse(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	return terminal.Usagef("%s: %w; see %s -h", cmd.FullName(), err, cmd.FullName())
}

// noVerb is kata without a verb, or with one it does not know.
func (k *kata) noVerb(_ context.Context, cmd *cli.Command) error {
	if !cmd.Args().Present() {
		return cli.ShowRootCommandHelp(cmd)
	}
	return unknownVerb(cmd)
}

// help shows the verbs, or one of them.
func (k *kata) help(ctx context.Context, cmd *cli.Command) error {
	name := cmd.Args().First()
	switch {
	case name == "":
		return cli.ShowRootCommandHelp(cmd)
	case cmd.Root().Command(name) == nil:
		return unknownVerb(cmd)
	}
	return cli.ShowCommandHelp(ctx, cmd.Root(), name)
}

func unknownVerb(cmd *cli.Command) error {
	var names []string
	for _, v := range cmd.Root().Commands {
		names = append(names, v.Name)
	}
	last := len(names) - 1
	return terminal.Usagef("no verb is called %q; there are %s and %s", cmd.Args().First(), strings.Join(names[:last], ", "), names[last])
}
