// Package boundary writes the code that puts a candidate in a process of its
// own: the package that takes the candidate's place in the tests, and the main
// package of the candidate's program. Package remote carries the calls between
// the two.
package boundary
