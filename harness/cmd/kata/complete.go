package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/terminal"
)

// complete tells the shell what may come next: the exercises where a verb takes
// one, the verbs where it takes a verb, and flags after a hyphen. Outside the
// repository it prints nothing, because a shell shows no message.
func complete(ctx context.Context, cmd *cli.Command) {
	at := cmd.Args().Len()
	if at > 0 && strings.HasPrefix(cmd.Args().Get(at-1), "-") {
		cli.DefaultCompleteWithFlags(ctx, cmd)
		return
	}
	switch at {
	case slices.Index(strings.Fields(cmd.ArgsUsage), "[VERB]"):
		cli.DefaultCompleteWithFlags(ctx, cmd.Root())
	case slices.Index(strings.Fields(strings.Trim(cmd.ArgsUsage, "[]")), "EX"):
		completeExercise(cmd)
	}
}

func completeExercise(cmd *cli.Command) {
	dir, err := os.Getwd()
	if err != nil {
		return
	}
	c, _ := catalog.Load(dir)
	if c == nil {
		return
	}
	for _, e := range c.Exercises {
		fmt.Fprintf(cmd.Root().Writer, "%s:%s\n", e.Name, e.Title)
	}
}

// completion describes the verb that writes a shell's completion script.
// Scripts call kata by that name, which a learner does not have.
func completion(cmd *cli.Command) {
	cmd.Hidden = false
	cmd.UsageText = "kata completion bash|zsh|fish|pwsh"
	cmd.Usage = "write a completion script for bash, zsh, fish or pwsh"
	cmd.Description = `The script completes a command called kata. Inside the repository:

# bash (with the package bash-completion)
kata() { go tool kata "$@"; }
source <(kata completion bash)

# zsh (after compinit)
kata() { go tool kata "$@"; }
source <(kata completion zsh)

# fish
function kata; go tool kata $argv; end
kata completion fish | source`
	for _, c := range append(cmd.Commands, cmd) {
		c.OnUsageError = wrongUse
	}
	cmd.Action = func(_ context.Context, cmd *cli.Command) error {
		if !cmd.Args().Present() {
			return terminal.Usagef("say which shell: kata completion bash, zsh, fish or pwsh")
		}
		return terminal.Usagef("there is no completion script for %q, only for bash, zsh, fish and pwsh", cmd.Args().First())
	}
}
