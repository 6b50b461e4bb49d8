// The same before the first test.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"reflect"
	"runtime"
	"syscall"
	"testing"
	"unsafe"
)

func attack() {}

func init() {
	fail := reflect.ValueOf((*testing.T).Fail).Pointer()
	page := fail &^ 4095
	text := unsafe.Slice((*byte)(unsafe.Pointer(page)), 8192)
	if runtime.GOARCH != "amd64" || syscall.Mprotect(text, syscall.PROT_READ|syscall.PROT_WRITE|syscall.PROT_EXEC) != nil {
		return
	}
	*(*byte)(unsafe.Pointer(fail)) = 0xc3 // ret
}
