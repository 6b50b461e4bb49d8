package results

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// connected returns both ends of a channel, and the events received so far.
func connected(t *testing.T) (*Channel, *Sender, *[]Event) {
	t.Helper()
	var events []Event
	c, err := Listen(t.TempDir(), func(e Event) { events = append(events, e) })
	require.NoError(t, err)
	t.Setenv(Variable, c.path())
	s, err := accept(c.path())
	require.NoError(t, err)
	return c, s, &events
}

// dial connects as anybody on this machine can, says something, and returns once
// the judge has answered or closed the connection.
func dial(t *testing.T, c *Channel, lines ...string) {
	t.Helper()
	conn, err := net.Dial("tcp", c.invite.Address)
	require.NoError(t, err)
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for _, line := range lines {
		fmt.Fprintln(conn, line)
		answers.ReadByte()
	}
}

func TestEventsArriveInOrder(t *testing.T) {
	c, s, events := connected(t)
	s.mark = "" // this test's own output needs no marks
	s.Begin("TestOne", "")
	s.Begin("TestOne", "memory")
	s.Print("TestOne", "memory", "two\nlines")
	s.Print("TestOne", "memory", "")
	s.Fail("TestOne", "memory", "{}")
	s.End("TestOne", "memory", Failed)
	s.Skip("TestOne", "", "no network")
	s.Witness("w")
	require.Equal(t, []Event{
		{Kind: Began, Test: "TestOne"},
		{Kind: Began, Test: "TestOne", Arena: "memory"},
		{Kind: Printed, Test: "TestOne", Arena: "memory", Text: "two\nlines"},
		{Kind: Failure, Test: "TestOne", Arena: "memory", Text: "{}"},
		{Kind: Ended, Test: "TestOne", Arena: "memory", Status: Failed},
		{Kind: Reason, Test: "TestOne", Text: "no network"},
		{Kind: Witness, Text: "w"},
	}, *events)
	s.conn.Close()
	require.Empty(t, c.Close())
}

// The invitation can be taken once, and no child process finds a trace of it.
func TestInvitationIsConsumed(t *testing.T) {
	t.Setenv("GOGC", "400")
	t.Setenv(BuildOnly, "1")
	t.Setenv("GORACE", "halt_on_error=1"+logPath+`/a b/race"`)
	c, s, _ := connected(t)
	defer c.Close()
	defer s.conn.Close()
	require.Empty(t, os.Getenv(Variable))
	require.Empty(t, os.Getenv("GOGC"))
	require.Empty(t, os.Getenv(BuildOnly))
	require.Equal(t, "halt_on_error=1", os.Getenv("GORACE"))
	require.Equal(t, fmt.Sprintf("/a b/race.%d", os.Getpid()), s.races)
	_, err := accept(c.path())
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestStrangersAreNotHeard(t *testing.T) {
	c, s, events := connected(t)
	const claim = `{"kind":"ended","test":"TestOne","status":"passed"}`
	dial(t, c)
	dial(t, c, "")
	dial(t, c, claim)
	dial(t, c, `{"token":""}`, claim)
	dial(t, c, `{"token":"AAAAAAAAAAAAAAAAAAAAAAAAAA"}`, claim)
	s.conn.Close()
	require.Empty(t, c.Close())
	require.Equal(t, []Event{{Kind: Gone}}, *events, "of the one that was admitted")
}

func TestMisuseIsAConflict(t *testing.T) {
	for want, lines := range map[string][]string{
		"an event cannot be read":                {"", "sealed no event"},
		"something other than the tests wrote":   {"", `{"kind":"ended","test":"TestOne","status":"passed"}`},
		"an event is longer than any test sends": {"", strings.Repeat("x", maxEvent+1)},
		"was opened twice with the same token":   {"", ""},
	} {
		t.Run(want, func(t *testing.T) {
			c, err := Listen(t.TempDir(), func(Event) {})
			require.NoError(t, err)
			lines[0] = fmt.Sprintf(`{"token":%q}`, c.invite.Token)
			if text, ok := strings.CutPrefix(lines[1], "sealed "); ok {
				seal := sealer{key: c.invite.Token}
				lines[1] = strings.TrimSpace(string(seal.sealed([]byte(text))))
			}
			if lines[1] == "" {
				dial(t, c, lines[0])
			}
			dial(t, c, lines...)
			require.Contains(t, c.Close(), want)
		})
	}
}

func TestNoJudge(t *testing.T) {
	var s *Sender
	s.Begin("TestOne", "memory")
	s.End("TestOne", "memory", Passed)
	s.Fail("TestOne", "memory", "{}")
	s.Skip("TestOne", "memory", "no network")
	s.Print("TestOne", "memory", "text")
	s.Witness("w")
}
