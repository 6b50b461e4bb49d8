package peer

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/endpoint"
	"socketkata/harness/wire"
)

func TestContextCountsWhatIsRegistered(t *testing.T) {
	b := &Bench{ctx: t.Context()}
	ctx := b.CountingContext()
	_, cancel := context.WithCancel(ctx)
	require.EqualValues(t, 1, ctx.Registered())
	stop := context.AfterFunc(ctx, func() {})
	require.EqualValues(t, 2, ctx.Registered())
	require.True(t, stop())
	require.False(t, stop())
	require.EqualValues(t, 1, ctx.Registered())
	cancel()
	require.EqualValues(t, 0, ctx.Registered())
}

func TestContextForgetsWhatItHasCalled(t *testing.T) {
	log := wire.NewLog(func() time.Duration { return 0 })
	b := &Bench{ctx: t.Context(), talk: &endpoint.Conversation{Changed: sync.NewCond(new(sync.Mutex)), Log: log}}
	ctx := b.CountingContext()
	called := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { close(called) })
	ctx.Cancel()
	<-called
	require.False(t, stop())
	require.EqualValues(t, 0, ctx.Registered())
	require.ErrorIs(t, context.Cause(ctx), context.Canceled)
	require.Len(t, log.Events(), 1, "the drawing shows the cancel")
	require.Equal(t, "ctx is canceled", log.Events()[0].Note)
}
