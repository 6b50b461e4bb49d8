package page_test

import (
	"fmt"
	"strings"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/record"
	"socketkata/harness/report/page"
	"socketkata/harness/wire"
)

const ms = time.Millisecond

// evil is what a learner's code may put anywhere.
const evil = "</pre></svg></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'`&amp;{{.}}\x00\x1b[31m\u202e\xff"

func event(at time.Duration, conn string, from wire.Side, kind wire.Kind, data string) wire.Event {
	e := wire.Event{At: at, Conn: conn, From: from, Kind: kind}
	switch kind {
	case wire.Data:
		e.Size, e.Reads = len(data), 1
		e.Data = []byte(data[:min(len(data), wire.KeepBytes)])
	case wire.Note:
		e.Note = data
	}
	return e
}

func conn(name string) record.Conn {
	return record.Conn{Name: name, Harness: name, Subject: "your server"}
}

// talk is a client that says a word and gets it back.
func talk(words ...string) []wire.Event {
	at := 200 * time.Microsecond
	events := []wire.Event{event(at, "client", wire.Harness, wire.Open, "")}
	for _, word := range words {
		at += 100 * time.Microsecond
		events = append(events,
			event(at, "client", wire.Harness, wire.Data, word),
			event(at+50*time.Microsecond, "client", wire.Subject, wire.Data, word))
	}
	return append(events,
		event(at+ms, "client", wire.Harness, wire.FIN, ""),
		event(at+ms+100*time.Microsecond, "client", wire.Subject, wire.FIN, ""))
}

func passed(id, sentence, arena string, events []wire.Event) record.Record {
	return record.Record{Requirement: id, Sentence: sentence, Arena: arena, Passed: true, Elapsed: 2 * ms,
		Conns: []record.Conn{conn("client")}, Events: events,
		Figures: record.Figures{ToSubject: 5, FromSubject: 5, Segments: 1, Conns: 1, Goroutines: 2}}
}

// page is a run in which everything happened that can happen.
func samplePage() page.Page {
	return page.Page{
		Name: "05-echo", Title: "The echo server made right",
		When: time.Date(2031, 5, 4, 23, 7, 0, 0, time.UTC), Verdict: "failed", Changed: true, Again: "make test EX=05",
		Tiers: []page.Tier{
			{Name: "core", Requirements: []page.Requirement{
				{ID: "R1", Sentence: "Serve echoes every message while the client waits for it", Status: page.Passed, Records: []record.Record{
					passed("R1", "", "memory", talk("ping\n")), passed("R1", "", "loopback", talk("ping\n", "a second, longer message that does not fit on the arrow of a phone\n")),
				}},
				hang(),
				{ID: "R3", Sentence: "the echo still arrives after the client half-closed", Status: page.Skipped, Skip: "needs a network of another kind"},
			}},
			{Name: "hardened", Requirements: []page.Requirement{crowd(), hostile(), died(),
				{ID: "R7", Sentence: "Serve returns nil once its listener is closed", Status: page.NotReached}}},
		},
	}
}

// hang is a server that serves one client at a time, where the second waits.
func hang() page.Requirement {
	mine := []wire.Event{
		event(100*time.Microsecond, "client 1", wire.Harness, wire.Open, ""),
		event(200*time.Microsecond, "client 2", wire.Harness, wire.Open, ""),
		event(300*time.Microsecond, "client 1", wire.Harness, wire.Data, "ping\n"),
		event(400*time.Microsecond, "client 1", wire.Subject, wire.Data, "ping\n"),
		event(500*time.Microsecond, "client 2", wire.Harness, wire.Data, "\x00\x00\x00\x05hello"),
	}
	theirs := append(mine[:len(mine):len(mine)],
		event(600*time.Microsecond, "client 2", wire.Subject, wire.Data, "\x00\x00\x00\x05hello"),
		event(700*time.Microsecond, "client 2", wire.Harness, wire.FIN, ""),
		event(800*time.Microsecond, "client 2", wire.Subject, wire.FIN, ""))
	f := failure.Failure{Requirement: "R2", Sentence: "a second client is served while the first is silent", Arena: "loopback",
		Reason: "the second client's message comes back", Got: "nothing for 5s", Want: `"\x00\x00\x00\x05hello"`,
		Code: []string{"Serve is blocked in Read at echo.go:31 for 5s"}, Symptom: failure.Silence}
	r := record.Record{Requirement: "R2", Arena: "loopback", Elapsed: 5*time.Second + ms, Failure: &f, Events: mine,
		Conns:   []record.Conn{conn("client 1"), conn("client 2")},
		Figures: record.Figures{ToSubject: 14, FromSubject: 5, Segments: 1, Conns: 2, Goroutines: 4},
		Goroutines: []record.Goroutine{
			{Where: "serveConn at echo.go:31", Stands: "blocked in Read at echo.go:31", Call: "Serve", State: "IO wait", For: 5 * time.Second, Frames: []string{"serveConn echo.go:31", "Serve echo.go:22"}},
			{Where: "flush at echo.go:44", Stands: "waiting to receive at echo.go:44", State: "chan receive", For: 4900 * ms, Started: "echo.go:19", Frames: []string{"flush echo.go:44"}},
			{Where: "flush at echo.go:44", Stands: "waiting to receive at echo.go:44", State: "chan receive", For: 3 * time.Second, Started: "echo.go:19", Frames: []string{"flush echo.go:44"}},
		}}
	reference := r
	reference.Failure, reference.Passed, reference.Events, reference.Elapsed = nil, true, theirs, ms
	return page.Requirement{ID: "R2", Sentence: f.Sentence, Status: page.Failed, Failures: []failure.Failure{f},
		Records: []record.Record{passed("R2", "", "memory", talk("ping\n")), r}, Reference: []record.Record{reference},
		Say:      "one client at a time; a goroutine for each lets the others go on.",
		Contract: "exercises/05-echo/README.md R2", Hint: "make hint EX=05", Output: "2031/05/04 accepted\n\x1b[31mred\x1b[0m\n"}
}

// crowd is more conns than there is room for, and time that jumps.
func crowd() page.Requirement {
	r := record.Record{Requirement: "R4", Arena: "virtual", Passed: true, Elapsed: 30 * time.Second}
	for i := range 40 {
		name := fmt.Sprintf("client %d", i+1)
		r.Conns = append(r.Conns, conn(name))
		r.Events = append(r.Events, event(time.Duration(i)*ms, name, wire.Harness, wire.Open, ""),
			event(time.Duration(i)*ms, name, wire.Harness, wire.Data, strings.Repeat("all work and no play ", 40)))
	}
	r.Events = append(r.Events, event(30*time.Second, "client 1", wire.Harness, wire.Note, "ctx ends"),
		event(30*time.Second, "client 1", wire.Subject, wire.RST, ""), event(30*time.Second, "client 2", wire.Subject, wire.Refused, ""))
	return page.Requirement{ID: "R4", Sentence: "an idle client is hung up after thirty seconds", Status: page.Passed, Records: []record.Record{r}}
}

// hostile is a failure in which everything is as bad as can be.
func hostile() page.Requirement {
	f := failure.Failure{Requirement: "R5", Sentence: "every byte value comes back unchanged", Arena: "memory", Reason: evil,
		Got: evil, Want: evil + "\n" + evil, Mark: evil, Code: []string{evil}, Repeat: evil, Symptom: failure.WrongBytes}
	events := []wire.Event{
		event(0, "client", wire.Harness, wire.Data, evil),
		event(ms, "client", wire.Subject, wire.Data, strings.Repeat(evil, 9)),
		event(ms, "client", wire.Harness, wire.Note, evil),
	}
	r := record.Record{Requirement: "R5", Arena: "memory", Elapsed: 2 * ms, Failure: &f, Events: events,
		Conns:      []record.Conn{{Name: "client", Harness: evil, Subject: evil}},
		Goroutines: []record.Goroutine{{Where: evil, Stands: evil, State: evil, Started: evil, Frames: []string{evil}}}}
	reference := r
	reference.Events = events[:1]
	return page.Requirement{ID: "R5", Sentence: "every byte value comes back unchanged", Status: page.Failed,
		Failures: []failure.Failure{f}, Records: []record.Record{r}, Reference: []record.Record{reference},
		Say: evil, Contract: evil, Hint: evil, Output: evil}
}

// died is a test that took its process with it, and left no record.
func died() page.Requirement {
	f := failure.Failure{Requirement: "R6", Sentence: "a client that resets its conn ends only its own conn", Arena: "loopback",
		Reason: "your code panicked", Got: "panic: runtime error: index out of range [0] with length 0",
		Code: []string{"serveConn panicked at echo.go:40"}, Symptom: failure.Panic}
	return page.Requirement{ID: "R6", Sentence: f.Sentence, Status: page.Failed, Failures: []failure.Failure{f},
		Contract: "exercises/05-echo/README.md R6", Hint: "make hint EX=05", NoReference: "The reference did not run: this copy of the repository comes without solutions."}
}
