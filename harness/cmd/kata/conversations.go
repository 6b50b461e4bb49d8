package main

import (
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/record"
	"socketkata/harness/wire"
)

const (
	shownLadders = 3  // conversations that are drawn
	shownNames   = 8  // conversations that are told in a line
	ladderRows   = 10 // events of each drawing
)

// showConversations shows where the peers of the tests heard something else.
func (k *kata) showConversations(c *comparison) {
	k.section("The conversations")
	peers, differ := record.Compare(c.yours, c.theirs)
	groups := together(differ)
	others := 0 // peers that heard something else
	for _, d := range differ {
		if !d.Failed {
			others++
		}
	}
	switch {
	case peers == 0 && len(differ) == 0:
		k.printf("These tests talk to no peer.\n")
		return
	case peers == 0:
	case others == 0:
		k.prose(fmt.Sprintf("Your code and the reference met the same %s, in %s, and to each of them both said the same.",
			countOf(peers, "peer"), countOf(c.times(), "run")))
	default:
		k.prose(fmt.Sprintf("Your code and the reference met the same %s, in %s. With %s the conversation differs.",
			countOf(peers, "peer"), countOf(c.times(), "run"), countOf(others, "peer")))
	}
	k.prose("Other bytes, FIN or RST, and twice as many segments count as different; times, and the order of what crosses at the same moment, do not.")
	for i, g := range groups {
		if i == shownNames {
			k.printf("\nand %d more\n", len(groups)-i)
			break
		}
		k.showDifference(g, i < shownLadders)
	}
}

// A group is what differs in the same way in several arenas, or for several
// peers, of one requirement.
type group struct {
	record.Difference
	arenas []string
	peers  int
}

// together joins differences of one requirement that read the same.
func together(differ []record.Difference) []group {
	var groups []group
	for _, d := range differ {
		i := slices.IndexFunc(groups, func(g group) bool { return g.Requirement == d.Requirement && g.What == d.What })
		if i < 0 {
			groups, i = append(groups, group{Difference: d}), len(groups)
		}
		if groups[i].peers++; !slices.Contains(groups[i].arenas, d.Arena) {
			groups[i].arenas = append(groups[i].arenas, d.Arena)
		}
	}
	return groups
}

// showDifference tells one difference, with both drawings if there is room and
// they can show it.
func (k *kata) showDifference(g group, draw bool) {
	where := fmt.Sprintf("%s, %s", strings.Join(g.arenas, " and "), g.Conn.Name)
	if g.peers > len(g.arenas) {
		where += fmt.Sprintf(" and %d more", g.peers-len(g.arenas))
	}
	k.printf("\n")
	k.paragraph(fmt.Sprintf("  %-4s", g.Requirement), g.What+" ("+where+")", "")
	if draw && !g.Segments {
		k.drawing(g.Yours, g.Conn, g.Conn.Subject)
		k.drawing(g.Reference, g.Conn, "the reference")
	}
}

func (k *kata) drawing(events []wire.Event, conn record.Conn, subject string) {
	for i, row := range wire.Draw(wire.Last(events, ladderRows), wire.Labels{Harness: conn.Harness, Subject: subject}) {
		if i == 0 {
			k.printf("\n")
		}
		k.printf("      %s\n", visible(row))
	}
}

// prose prints a sentence.
func (k *kata) prose(text string) { k.paragraph("", text, "") }

func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
