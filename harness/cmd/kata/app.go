package main

import (
	"context"
	"io"
	"os"
	"slices"
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
	word            string // the exercise of make test 05, "" if none
}

func newKata(stdout, stderr io.Writer) *kata {
	screen := &terminal.Screen{Out: stdout, Err: stderr, Color: terminal.Color(stdout)}
	return &kata{Runner: &testrun.Runner{Screen: screen}, stdin: os.Stdin, getenv: os.Getenv}
}

const exerciseArg = "[EX]"

// command builds the verbs. EX is an argument, or the variable EX of the
// environment, which is how the Makefile passes it on, whatever it contains.
func (k *kata) command() *cli.Command {
	all := &cli.BoolFlag{Name: "all", Usage: "show all hints at once (or set ALL=1)"}
	asJSON := &cli.BoolFlag{Name: "json", Usage: "write JSON"}
	port := &cli.StringFlag{Name: "port", Usage: "the local `PORT` to play at (or set PORT=4105)"}
	reference := &cli.BoolFlag{Name: "solution", Usage: "play the reference answer"}
	rule := &cli.StringFlag{Name: "r", Usage: "test one `REQUIREMENT` only (or set R=12)"}
	out := &cli.StringFlag{Name: "o", Usage: "write the report to `FILE`"}
	open := &cli.BoolFlag{Name: "open", Usage: "open it in a browser (or set OPEN=1)"}
	return &cli.Command{
		Name: "kata", Usage: "learn network sockets, one red test at a time",
		Writer: k.Out, ErrWriter: k.Err,
		HideHelpCommand: true, HideVersion: true, // help is a verb of ours
		EnableShellCompletion: true, ConfigureShellCompletionCommand: completion,
		OnUsageError:   wrongUse,
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // run decides
		Action:         k.noVerb,
		Commands: slices.Concat([]*cli.Command{
			k.verb("list", "", "show the exercises and how far you are", k.list, asJSON),
			k.verb("next", "", "show which exercise is next, and why", k.next),
			k.verb("test", exerciseArg, "test your answer; without EX, the next unfinished exercise", k.test, rule),
			k.verb("watch", exerciseArg, "test your answer again at each save", k.watch),
			k.verb("play", exerciseArg, "start your server, or your client, and see every byte on the wire", k.play, port, reference),
			k.verb("hint", exerciseArg, "a hint for the first red requirement; run it again for more", k.hint, all),
			k.verb("solution", exerciseArg, "test the reference answer", heard(k.on(k.solution))),
			k.verb("diff", exerciseArg, "compare your answer with the reference", k.on(k.diff)),
			k.verb("compare", exerciseArg, "once green: your code beside the reference", heard(k.on(k.compare)), &cli.BoolFlag{Name: "force", Usage: "even before the core is green (or set FORCE=1)"},
				&cli.BoolFlag{Name: "all", Usage: "show every known mistake (or set ALL=1)"}),
			k.verb("report", exerciseArg, "write the last run, or the last one of EX, as one HTML file", heard(k.report), out, open),
			k.verb("reset", exerciseArg, "start again from the stub; your file is kept", k.on(k.reset),
				&cli.StringFlag{Name: "kept", Usage: "bring back the kept file `NAME`, or \"list\" them (or set KEPT=NAME)"}),
			k.verb("bench", exerciseArg, "measure your server against the reference", heard(k.on(k.bench)),
				&cli.BoolFlag{Name: "solution", Usage: "measure the reference against itself"}, open,
				&cli.BoolFlag{Name: "peers", Usage: "measure other people's servers, too (or set PEERS=1)"}),
			k.verb("probe", "[ADDRESS:PORT] EX", "judge a local server in any language, or your code from outside", heard(k.probe),
				&cli.BoolFlag{Name: "solution", Usage: "judge the reference instead of your code"}),
		}, k.repositoryVerbs(), []*cli.Command{
			k.verb("help", "[VERB]", "show the verbs, or what one of them does", k.help),
		}),
	}
}

// verb makes one verb. Its args say what it takes, for the usage text and for
// the shell's completion: "" or "[EX]", for example.
func (k *kata) verb(name, args, usage string, action cli.ActionFunc, flags ...cli.Flag) *cli.Command {
	about := ""
	if strings.Contains(args, "EX") {
		about = "EX names the exercise: 5, 05, echo and 05-echo all mean the same one. The environment variable EX works too."
	}
	if strings.Contains(args, "FILE") {
		about += " NAME names the bug in small letters, like one-read-one-message. FILE is a copy of a file of solutions/NN-slug with the mistake in it, anywhere."
	}
	return &cli.Command{Name: name, ArgsUsage: args, Usage: usage, Description: about, Flags: flags,
		OnUsageError: wrongUse, ShellComplete: complete,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if most := len(strings.Fields(args)); cmd.Args().Len() > most {
				return terminal.Usagef("%s takes %s: leave out %q", name, takes(args), cmd.Args().Get(most))
			}
			if k.word != "" && !strings.Contains(args, "EX") {
				return terminal.Usagef("make %s takes %s: leave out %q", name, takes(args), k.word)
			}
			return action(ctx, cmd)
		}}
}

// heard is for a verb that has nothing left to do once its output is closed.
func heard(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		return terminal.WhileHeard(ctx, func(ctx context.Context) error { return action(ctx, cmd) })
	}
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
