//go:build !linux

// Command box does nothing: a sandbox needs Linux.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "sandbox: it needs Linux")
	os.Exit(125)
}
