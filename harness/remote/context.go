package remote

import (
	"context"
	"sync"
	"time"
)

// A remoteContext ends when the other end's context does.
type remoteContext struct {
	context.Context // ends through stop alone
	object
	stop     context.CancelFunc
	deadline time.Time

	mu  sync.Mutex
	err error
}

func (e *End) encodeContext(ctx context.Context, c *cargo) value {
	if ctx == nil {
		return value{}
	}
	if id, ok := e.originOf(ctx); ok {
		return value{Kind: kindContext, ID: id, Home: true}
	}
	v := value{Kind: kindContext, ID: e.keep(ctx)}
	if d, ok := ctx.Deadline(); ok {
		v.List = append(v.List, new(cargo).plain(d))
	}
	if err := ctx.Err(); err != nil {
		v.Text = err.Error()
		return v
	}
	c.later = append(c.later, func() {
		context.AfterFunc(ctx, func() {
			cause := ctx.Err()
			e.ask(v.ID, nameEnded, []any{&cause}, nil)
		})
	})
	return v
}

func (e *End) decodeContext(v value) any {
	return e.known(v.ID, func() any {
		c := &remoteContext{object: object{e, v.ID}}
		c.Context, c.stop = context.WithCancel(context.Background())
		if len(v.List) > 0 {
			c.deadline = e.decode(v.List[0], timeType, new(cargo)).Interface().(time.Time)
		}
		for _, err := range []error{context.Canceled, context.DeadlineExceeded} {
			if v.Text == err.Error() {
				c.Ended(err)
			}
		}
		return c
	})
}

func (c *remoteContext) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }

func (c *remoteContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Value asks the other end. Keys and values stay where they are.
func (c *remoteContext) Value(key any) any {
	if _, internal := key.(*int); internal {
		return nil // package context looks for its own kind of context
	}
	k, v := opaque(key), opaque(nil)
	c.ask("Value", []any{&k}, []any{&v})
	return v
}

// Ended is called by the other end.
func (c *remoteContext) Ended(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mu.Unlock()
	c.stop()
}

// AfterFunc saves package context a goroutine for each derived context.
func (c *remoteContext) AfterFunc(f func()) func() bool { return context.AfterFunc(c.Context, f) }
