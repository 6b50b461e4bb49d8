package peer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"

	"socketkata/harness/failure"
	"socketkata/harness/subject"
	"socketkata/harness/wire"
)

// NoError ends the script unless err is nil.
func (b *Bench) NoError(reason string, err error) {
	b.t.Helper()
	if name := b.subject.CallThatReturned(err); err != nil {
		b.run.Fail(nil, reason, failure.Outcome{Symptom: failure.ReturnedError, Got: subject.Returned(name, err), Want: "no error"})
	}
}

// Error ends the script if err is nil.
func (b *Bench) Error(reason string, err error) {
	b.t.Helper()
	if name := b.subject.CallThatReturned(err); err == nil {
		b.run.Fail(nil, reason, failure.Outcome{Symptom: failure.NoError, Got: subject.Returned(name, nil), Want: "an error"})
	}
}

// ErrorIs ends the script unless err is or wraps target, by [errors.Is], but not every
// error. If it is one with which a context ends, err must not be the other, too.
func (b *Bench) ErrorIs(reason string, err, target error) {
	b.t.Helper()
	symptom, want := failure.WrongError, fmt.Sprintf("an error that is, or wraps, %q (by errors.Is)", target)
	switch {
	case err == nil:
		symptom = failure.NoError
	case errors.Is(err, errors.New("")):
		want += ", and not every error there is"
	case ends(target) && errors.Is(err, context.Canceled) && errors.Is(err, context.DeadlineExceeded):
		want += ", and not both errors of a context: it was canceled, or its deadline passed"
	case errors.Is(err, target):
		return
	}
	b.run.Fail(nil, reason, failure.Outcome{Symptom: symptom, Got: subject.Returned(b.subject.CallThatReturned(err), err), Want: want})
}

func ends(err error) bool { return err == context.Canceled || err == context.DeadlineExceeded }

// NamesNumber ends the script unless the text of err, which is not nil, holds the
// number in decimal digits. It may hold others, too.
func (b *Bench) NamesNumber(reason string, err error, number int) {
	b.t.Helper()
	named := regexp.MustCompile(`\d+`).FindAllString(err.Error(), -1)
	if slices.Contains(named, strconv.Itoa(number)) {
		return
	}
	got := fmt.Sprintf("%q", err)
	if len(named) == 0 {
		got = "no number in " + got
	}
	b.run.Fail(nil, reason, failure.Outcome{Symptom: failure.WrongValue, Got: got, Want: fmt.Sprintf("the number %d in the text of the error", number)})
}

// AtLeast ends the script if got is below the limit. As in [Bench.AtMost] and
// [Bench.Less], both are numbers or durations of one type.
func (b *Bench) AtLeast(reason string, got, limit any) {
	b.t.Helper()
	if b.compare(got, limit) < 0 {
		b.run.Fail(nil, reason, failure.Outcome{Symptom: failure.WrongValue, Got: fmt.Sprint(got), Want: fmt.Sprintf("at least %v", limit)})
	}
}

// AtMost ends the script if got is above the limit.
func (b *Bench) AtMost(reason string, got, limit any) {
	b.t.Helper()
	if b.compare(got, limit) > 0 {
		b.run.Fail(nil, reason, failure.Outcome{Symptom: failure.WrongValue, Got: fmt.Sprint(got), Want: fmt.Sprintf("at most %v", limit)})
	}
}

// Less ends the script unless got is below the limit.
func (b *Bench) Less(reason string, got, limit any) {
	b.t.Helper()
	if b.compare(got, limit) >= 0 {
		b.run.Fail(nil, reason, failure.Outcome{Symptom: failure.WrongValue, Got: fmt.Sprint(got), Want: fmt.Sprintf("less than %v", limit)})
	}
}

// Bytes is a number of bytes, which a failure shows with its unit.
type Bytes = wire.Bytes

// compare orders two numbers of one type: methods have no type parameters.
func (b *Bench) compare(got, limit any) int {
	b.t.Helper()
	g, l := reflect.ValueOf(got), reflect.ValueOf(limit)
	switch {
	case got == nil || limit == nil || g.Type() != l.Type():
	case g.CanInt():
		return cmp.Compare(g.Int(), l.Int())
	case g.CanUint():
		return cmp.Compare(g.Uint(), l.Uint())
	case g.CanFloat():
		return cmp.Compare(g.Float(), l.Float())
	}
	b.t.Fatalf("harness: cannot compare a %T with a %T: pass two numbers of one type", got, limit)
	return 0
}
