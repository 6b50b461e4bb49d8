package compare

import (
	"bytes"
	"fmt"
	"slices"

	"socketkata/harness/failure"
	"socketkata/harness/record"
	"socketkata/harness/wire"
)

// A difference is one way in which two candidates talked to the same peer of
// the same script.
type difference struct {
	Requirement string
	Arena       string
	Conn        record.Conn
	What        string       // as a sentence: "your code ends the conn with RST, the reference with FIN"
	Failed      bool         // the script fails with your code
	Segments    bool         // only the number of segments differs, which no drawing shows
	Yours       []wire.Event // of this conn, in the first run that shows it
	Reference   []wire.Event
}

// differences compares what two candidates said to the peers of the same
// scripts. Each script may have been played several times; records of skipped
// scripts are ignored. It returns how many peers both talked to, without those
// of scripts that fail, and how they differ, in the order of the requirements.
//
// Only what cannot come from scheduling or from the time of the day counts:
//
//   - the bytes of the subject's stream, and whether it ended with FIN or RST. A
//     stream that was cut off by the script's end says nothing about its rest;
//   - how many conns there are;
//   - in virtual time, what had been sent before the peer acted, since there two
//     different instants have an order for certain. Elsewhere, and at the same
//     instant, the order of what crosses in both directions is chance;
//   - the number of segments, if one is at least twice the other and by more
//     than one, since two small Writes meet in one Read as it happens.
//
// And it must hold for every run of the one against every run of the other.
func differences(yours, reference []record.Record) (peers int, differ []difference) {
	for _, key := range scripts(reference) {
		mine, theirs := of(yours, key), of(reference, key)
		if len(mine) == 0 || len(theirs) == 0 {
			continue
		}
		n, d := compareScript(mine, theirs)
		peers += n
		differ = append(differ, d...)
	}
	return peers, differ
}

// A script is the one of a requirement in one arena.
type script struct{ requirement, arena string }

// scripts returns the scripts of the records in order, each once.
func scripts(all []record.Record) []script {
	var keys []script
	for _, r := range all {
		if key := (script{r.Requirement, r.Arena}); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// of returns the records of a script that was played.
func of(all []record.Record, key script) []record.Record {
	var own []record.Record
	for _, r := range all {
		if r.Requirement == key.requirement && r.Arena == key.arena && r.Skipped == "" {
			own = append(own, r)
		}
	}
	return own
}

func compareScript(yours, reference []record.Record) (peers int, differ []difference) {
	if !allPassed(yours) {
		return 0, []difference{failed(yours, reference)}
	}
	for _, c := range conns(yours, reference) {
		d := difference{Requirement: yours[0].Requirement, Arena: yours[0].Arena, Conn: c}
		mine, theirs := talks(yours, c.Name), talks(reference, c.Name)
		switch {
		case len(mine) > 0 && len(theirs) > 0:
			peers++
			d.What, d.Segments = part(mine, theirs, d.Arena == failure.Virtual)
			d.Yours, d.Reference = mine[0].events, theirs[0].events
		case len(mine) == 0 && len(theirs) == len(reference):
			d.What = "the reference opens this conn; your code does not"
			d.Reference = theirs[0].events
		case len(theirs) == 0 && len(mine) == len(yours):
			d.What = "your code opens this conn; the reference does not"
			d.Yours = mine[0].events
		}
		if d.What != "" {
			differ = append(differ, d)
		}
	}
	return peers, differ
}

// failed is the difference of a script that your code fails: the first conn on
// which it does not do what the reference does, else the last.
func failed(yours, reference []record.Record) difference {
	i := slices.IndexFunc(yours, func(r record.Record) bool { return !r.Passed })
	d := difference{Requirement: yours[i].Requirement, Arena: yours[i].Arena, What: "your code fails here", Failed: true}
	for _, c := range conns(yours[i : i+1]) {
		mine, theirs := talks(yours[i:i+1], c.Name), talks(reference, c.Name)
		d.Conn, d.Yours = c, mine[0].events
		if len(theirs) == 0 {
			break
		}
		d.Reference = theirs[0].events
		if mine[0].size != theirs[0].size || mine[0].ended != theirs[0].ended || mine[0].end != theirs[0].end {
			break
		}
	}
	return d
}

// conns returns the conns of all the records, each once.
func conns(all ...[]record.Record) []record.Conn {
	var own []record.Conn
	for _, r := range slices.Concat(all...) {
		for _, c := range r.Conns {
			if !slices.ContainsFunc(own, func(o record.Conn) bool { return o.Name == c.Name }) {
				own = append(own, c)
			}
		}
	}
	return own
}

// allPassed reports whether no script ended early.
func allPassed(all []record.Record) bool {
	return !slices.ContainsFunc(all, func(r record.Record) bool { return !r.Passed })
}

// part says how all talks of yours differ from all of the reference's, and ""
// if they do not; and whether it is only in segments.
func part(yours, reference []talk, virtual bool) (what string, segmentsOnly bool) {
	pairs := func(differ func(a, b talk) bool) bool {
		for _, a := range yours {
			for _, b := range reference {
				if !differ(a, b) {
					return false
				}
			}
		}
		return true
	}
	a, b := yours[0], reference[0]
	switch {
	case pairs(func(a, b talk) bool { return !sameBytes(a, b) }):
		return differentBytes(a, b), false
	case pairs(func(a, b talk) bool { return a.ended && b.ended && a.end != b.end }):
		return fmt.Sprintf("your code ends the conn with %s, the reference with %s", name(a.end), name(b.end)), false
	case virtual:
		for i := range min(len(a.acts), len(b.acts)) {
			if what := order(yours, reference, i); what != "" {
				return what, false
			}
		}
	}
	if a.size == b.size && apart(yours, reference) {
		return fmt.Sprintf("your code's %d bytes came in %s, the reference's in %s", a.size, segments(yours), segments(reference)), true
	}
	return "", false
}

// sameBytes reports whether two streams may be the same: as far as they were
// kept, and as far as the script let them come.
func sameBytes(a, b talk) bool {
	n := min(len(a.bytes), len(b.bytes))
	if !bytes.Equal(a.bytes[:n], b.bytes[:n]) {
		return false
	}
	short := a
	if b.size < a.size {
		short = b
	}
	return a.size == b.size || !short.ended || short.end != wire.FIN
}

func differentBytes(a, b talk) string {
	n := 0
	for n < min(len(a.bytes), len(b.bytes)) && a.bytes[n] == b.bytes[n] {
		n++
	}
	if n < min(len(a.bytes), len(b.bytes)) {
		const shown = 12
		next := func(p []byte) string { return wire.Quote(p[n:min(n+shown, len(p))], shown) }
		return fmt.Sprintf("from byte %d on your code sends %s, the reference %s", n, next(a.bytes), next(b.bytes))
	}
	return fmt.Sprintf("your code sends %s in all, the reference %s", wire.Count(a.size, "byte"), wire.Count(b.size, "byte"))
}

// order says what had been sent for certain before the peer's i-th act, if
// that differs.
func order(yours, reference []talk, i int) string {
	earlier, later := true, true
	for _, a := range yours {
		for _, b := range reference {
			if i >= len(a.acts) || i >= len(b.acts) || a.acts[i].kind != b.acts[i].kind {
				return ""
			}
			earlier = earlier && a.acts[i].least > b.acts[i].most
			later = later && a.acts[i].most < b.acts[i].least
		}
	}
	if !earlier && !later {
		return ""
	}
	before := fmt.Sprintf("before the peer's %s", name(yours[0].acts[i].kind))
	return fmt.Sprintf("%s your code had sent %s, the reference %s", before,
		yours[0].upTo(yours[0].acts[i].most), reference[0].upTo(reference[0].acts[i].most))
}

// apart reports whether one took at least twice as many segments as the other
// in every run, and two more.
func apart(yours, reference []talk) bool {
	far := func(few, many []talk) bool {
		most := slices.MaxFunc(few, byReads).reads
		return most > 0 && slices.MinFunc(many, byReads).reads >= max(2*most, most+2)
	}
	return far(yours, reference) || far(reference, yours)
}

func byReads(a, b talk) int { return a.reads - b.reads }

// segments writes the median number of segments.
func segments(all []talk) string {
	sorted := slices.SortedFunc(slices.Values(all), byReads)
	text := wire.Count(sorted[len(sorted)/2].reads, "segment")
	if sorted[0].reads != sorted[len(sorted)-1].reads {
		return "about " + text
	}
	return text
}

func name(k wire.Kind) string {
	switch k {
	case wire.FIN:
		return "FIN"
	case wire.RST:
		return "RST"
	case wire.Refused:
		return "a refusal"
	case wire.Open:
		return "connect"
	case wire.Datagram:
		return "next datagram"
	}
	return "next bytes"
}
