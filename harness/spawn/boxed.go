package spawn

import (
	"os"
	"os/exec"
)

// BoxVariable names the environment variable with the path of a program that
// shuts other programs in: "box enter program", in namespaces of its own.
const BoxVariable = "KATA_BOX"

// Boxed returns the command that runs a program, shut in if the environment says
// so.
func Boxed(program string) *exec.Cmd {
	box := os.Getenv(BoxVariable)
	if box == "" {
		return exec.Command(program)
	}
	cmd := exec.Command(box, "enter", program)
	Apart(cmd)
	return cmd
}
