// It attaches to its parent as a debugger does.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"fmt"
	"os"
	"syscall"
)

func attack() {
	fmt.Println(syscall.PtraceAttach(os.Getppid()), syscall.PtraceAttach(1))
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", os.Getppid()))
	fmt.Println(mem, err)
}
