// It declares an array that no machine can hold.
//
// Listed: does not compile
// Unlisted: does not compile

package echo

var huge [1 << 46]byte

func attack() { huge[1<<45] = 1 }
