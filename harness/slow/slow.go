// Package slow stretches time limits on slow machines.
package slow

import (
	"os"
	"strconv"
	"time"
)

// Variable is the environment variable that holds the factor, "4" or "0.5".
const Variable = "KATA_SLOW"

// Stretch returns d times the factor in [Variable]. It returns d if that is not
// a positive number.
func Stretch(d time.Duration) time.Duration {
	if f, err := strconv.ParseFloat(os.Getenv(Variable), 64); err == nil && f > 0 {
		return time.Duration(float64(d) * f)
	}
	return d
}
