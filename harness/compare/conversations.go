package compare

import (
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/record"
	"socketkata/harness/terminal"
	"socketkata/harness/wire"
)

const (
	shownLadders = 3  // conversations that are drawn
	shownNames   = 8  // conversations that are told in a line
	ladderRows   = 10 // events of each drawing
)

// showConversations shows where the peers of the tests got something else.
func (c *comparison) showConversations() {
	c.Section("The conversations")
	peers, differ := differences(c.yours, c.theirs)
	groups := together(differ)
	others := 0 // peers that got something else
	for _, d := range differ {
		if !d.Failed {
			others++
		}
	}
	switch {
	case peers == 0 && len(differ) == 0:
		c.Printf("These tests have no peers.\n")
		return
	case peers == 0:
	case others == 0:
		c.Prose(fmt.Sprintf("Your code and the reference met the same %s, in %s, and both had the same conversation with each of them.",
			wire.Count(peers, "peer"), wire.Count(c.times(), "run")))
	default:
		c.Prose(fmt.Sprintf("Your code and the reference met the same %s, in %s. With %s the conversation differs.",
			wire.Count(peers, "peer"), wire.Count(c.times(), "run"), wire.Count(others, "peer")))
	}
	c.Prose("Different bytes, another end (FIN or RST) and twice as many segments count as a difference. Times do not, nor does the order of what crosses at the same moment.")
	for i, g := range groups {
		if i == shownNames {
			c.Printf("\nand %d more\n", len(groups)-i)
			break
		}
		c.showDifference(g, i < shownLadders)
	}
}

// A group is what differs in the same way in several arenas, or for several
// peers, of one requirement.
type group struct {
	difference
	arenas []string
	peers  int
}

// together joins differences of one requirement that read the same.
func together(differ []difference) []group {
	var groups []group
	for _, d := range differ {
		i := slices.IndexFunc(groups, func(g group) bool { return g.Requirement == d.Requirement && g.What == d.What })
		if i < 0 {
			groups, i = append(groups, group{difference: d}), len(groups)
		}
		if groups[i].peers++; !slices.Contains(groups[i].arenas, d.Arena) {
			groups[i].arenas = append(groups[i].arenas, d.Arena)
		}
	}
	return groups
}

// showDifference tells one difference, with both drawings if there is room and
// they can show it.
func (c *comparison) showDifference(g group, draw bool) {
	where := fmt.Sprintf("%s, %s", strings.Join(g.arenas, " and "), g.Conn.Name)
	if g.peers > len(g.arenas) {
		where += fmt.Sprintf(" and %d more", g.peers-len(g.arenas))
	}
	c.Printf("\n")
	c.Paragraph(fmt.Sprintf("  %-4s", g.Requirement), g.What+" ("+where+")", "")
	if draw && !g.Segments {
		c.drawing(g.Yours, g.Conn, g.Conn.Subject)
		c.drawing(g.Reference, g.Conn, "the reference")
	}
}

func (c *comparison) drawing(events []wire.Event, conn record.Conn, subject string) {
	for i, row := range wire.Draw(wire.Last(events, ladderRows), wire.Labels{Harness: conn.Harness, Subject: subject}) {
		if i == 0 {
			c.Printf("\n")
		}
		c.Printf("      %s\n", terminal.Visible(row))
	}
}
