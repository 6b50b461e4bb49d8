package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/catch"
)

// catch tries the learner's tests on the known mistakes.
func (k *kata) catch(ctx context.Context, _ *cli.Command, e *catalog.Exercise) error {
	return catch.Learner(ctx, k.Screen, e)
}
