// It makes the compiler write a function for each of thousands of types.
//
// Listed: does not compile
// Unlisted: does not compile

package echo

func attack() { f0[int]() }

func f0[T any]() { f1[[1]T](); f1[[2]T]() }

func f1[T any]() { f2[[1]T](); f2[[2]T]() }

func f2[T any]() { f3[[1]T](); f3[[2]T]() }

func f3[T any]() { f4[[1]T](); f4[[2]T]() }

func f4[T any]() { f5[[1]T](); f5[[2]T]() }

func f5[T any]() { f6[[1]T](); f6[[2]T]() }

func f6[T any]() { f7[[1]T](); f7[[2]T]() }

func f7[T any]() { f8[[1]T](); f8[[2]T]() }

func f8[T any]() { f9[[1]T](); f9[[2]T]() }

func f9[T any]() { f10[[1]T](); f10[[2]T]() }

func f10[T any]() { f11[[1]T](); f11[[2]T]() }

func f11[T any]() { f12[[1]T](); f12[[2]T]() }

func f12[T any]() { f13[[1]T](); f13[[2]T]() }

func f13[T any]() { f14[[1]T](); f14[[2]T]() }

func f14[T any]() { f15[[1]T](); f15[[2]T]() }

func f15[T any]() { var x T; println(&x) }
