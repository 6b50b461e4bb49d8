// It is a main package.
//
// Listed: does not compile
// Unlisted: does not compile

package main

func main() {}
