// It blocks for ever in the initializer.
//
// Listed: graded
// Unlisted: graded
// Slow: yes

package echo

func attack() {}

func init() { select {} }
