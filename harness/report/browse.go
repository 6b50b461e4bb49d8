package report

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"time"
)

// browserGrace is how long the command that opens a browser may take before it
// counts as the browser itself, which stays.
const browserGrace = 3 * time.Second

// opener is the command that opens a file with what the user reads such files
// with.
func opener(goos string) []string {
	switch goos {
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	case "darwin":
		return []string{"open"}
	}
	return []string{"xdg-open"}
}

// Browse opens a file in a browser.
func Browse(ctx context.Context, path string) error {
	command := append(opener(runtime.GOOS), path)
	cmd := exec.Command(command[0], command[1:]...) // outlives ctx: it may be the browser
	err := cmd.Start()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("no browser was opened, because there is no %s here: open the file above yourself", command[0])
	}
	if err != nil {
		return fmt.Errorf("no browser was opened: %v: open the file above yourself", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("no browser was opened: %s says %v: open the file above yourself", command[0], err)
		}
	case <-time.After(browserGrace):
	case <-ctx.Done():
	}
	return nil
}
