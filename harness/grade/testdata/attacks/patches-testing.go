// It overwrites the machine code of a function through /proc/self/mem.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os"
	"reflect"
)

func attack() {
	f, err := os.OpenFile("/proc/self/mem", os.O_RDWR, 0)
	if err != nil {
		return
	}
	f.WriteAt([]byte{0xc3}, int64(reflect.ValueOf(os.Getpid).Pointer()))
}
