//go:build !linux

package load

import (
	"context"
	"time"
)

// closedLoop uses package net: epoll is Linux's.
func closedLoop(ctx context.Context, p Plan, clients []*client, begin, end time.Time) ([]*tally, error) {
	return goroutines(ctx, p, clients, begin, end)
}
