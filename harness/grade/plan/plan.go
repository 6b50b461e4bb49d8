// Package plan says what a grading is going to judge, divides it among shards,
// keeps what was judged so that a killed run continues, and joins the shards
// again. It judges nothing.
//
// A plan depends only on what is graded and on what judges it: the same
// submissions give the same plan on every machine, and so every shard knows its
// share without asking another.
package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"socketkata/harness/grade/book"
)

// A Plan is everything a grading is about to judge.
type Plan struct {
	// Book is the book without its units. Its Plan is the hash of this plan.
	Book  book.Book `json:"book"`
	Units []Unit    `json:"units"` // in order of students, then of exercises
}

// A Unit is one student's answer to one exercise.
type Unit struct {
	Student  string `json:"student"`
	Exercise string `json:"exercise"`
	// Key is the hash of everything that can change what is seen of the answer.
	Key   string `json:"key"`
	Files string `json:"files,omitempty"` // hash of the files
	Late  bool   `json:"late,omitempty"`
	// Known is the outcome of a unit that needs no judging: nothing was handed
	// in, or it was refused.
	Known *book.Unit `json:"known,omitempty"`
}

// ID tells units apart: the student and the exercise.
func (u Unit) ID() [2]string { return [2]string{u.Student, u.Exercise} }

// Seal sets the plan's hash.
func (p *Plan) Seal() error {
	hash, err := p.hash()
	p.Book.Plan = hash
	return err
}

func (p *Plan) hash() (string, error) {
	unsealed := *p
	unsealed.Book.Plan = ""
	text, err := json.Marshal(unsealed)
	if err != nil {
		return "", fmt.Errorf("hash the plan: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// Fill returns the book, with an outcome for each unit of the plan. It leaves
// the points to others. What has no outcome becomes infra_error, which says
// why: nobody gets a zero for a fault of the grader's.
func (p *Plan) Fill(outcomes map[[2]string]book.Unit, missing func(Unit) string) *book.Book {
	b := p.Book
	b.Students = append([]book.Student(nil), b.Students...)
	rows := map[string]int{}
	for i, s := range b.Students {
		rows[s.Name], b.Students[i].Units = i, nil
	}
	for _, u := range p.Units {
		out, ok := outcomes[u.ID()]
		switch {
		case u.Known != nil:
			out = *u.Known
		case !ok:
			out = book.Unit{State: book.InfraError, Why: missing(u)}
		}
		out.Exercise, out.Files, out.Late = u.Exercise, u.Files, u.Late
		row := &b.Students[rows[u.Student]]
		row.Units = append(row.Units, out)
	}
	return &b
}
