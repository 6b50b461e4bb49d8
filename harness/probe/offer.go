package probe

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/network"
)

// Example returns arguments of probe that fit the address: with the exercise
// about datagrams if a UDP server answers there.
func Example(ctx context.Context, c *catalog.Catalog, address string) string {
	if addresses, err := loopback(ctx, address); err == nil {
		if found, ex := offer(c, addresses); ex != "" {
			return found + " " + ex
		}
	}
	return "127.0.0.1:35555 05"
}

// offer returns the first of the addresses at which a UDP server answers, and the
// number of the exercise to judge it by, "08"; "" if there is none.
func offer(c *catalog.Catalog, addresses []string) (address, ex string) {
	i := slices.IndexFunc(c.Exercises, servesDatagrams)
	if i < 0 {
		return "", ""
	}
	for _, address := range addresses {
		if network.Knock(address) == nil {
			return address, c.Exercises[i].EX()
		}
	}
	return "", ""
}

// absent says that no server listens at the addresses, and how to judge the UDP
// server that is there instead.
func absent(e *catalog.Exercise, addresses []string) error {
	if c, err := catalog.Open(e.Root()); err == nil && !servesDatagrams(e) {
		if address, ex := offer(c, addresses); ex != "" {
			return fmt.Errorf("nothing listens at %s over TCP, but a UDP server answers there: kata probe %s %s", address, address, ex)
		}
	}
	return fmt.Errorf("nothing listens at %s: start the server first", strings.Join(addresses, " or "))
}

// servesDatagrams reports whether the exercise's functions take packet conns.
func servesDatagrams(e *catalog.Exercise) bool {
	for _, file := range e.LearnerFiles() {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), "net.PacketConn") {
			return true
		}
	}
	return false
}
