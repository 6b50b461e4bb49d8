package peer

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestContextCountsWhatIsRegistered(t *testing.T) {
	b := &Bench{ctx: t.Context()}
	ctx := b.CountingContext()
	_, cancel := context.WithCancel(ctx)
	require.EqualValues(t, 1, ctx.registered.Load())
	stop := context.AfterFunc(ctx, func() {})
	require.EqualValues(t, 2, ctx.registered.Load())
	require.True(t, stop())
	require.False(t, stop())
	require.EqualValues(t, 1, ctx.registered.Load())
	cancel()
	require.EqualValues(t, 0, ctx.registered.Load())
}

func TestContextForgetsWhatItHasCalled(t *testing.T) {
	b := &Bench{ctx: t.Context()}
	ctx := b.CountingContext()
	called := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { close(called) })
	ctx.Cancel()
	<-called
	require.False(t, stop())
	require.EqualValues(t, 0, ctx.registered.Load())
	require.ErrorIs(t, context.Cause(ctx), context.Canceled)
}
