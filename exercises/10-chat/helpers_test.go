package chat_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	chat "socketkata/exercises/10-chat"
	"socketkata/harness/peer"
)

const maxLine = 200

// forever is longer than any script.
const forever = 1000 * time.Hour

// room returns a Hub for scripts that are not about its limits.
func room() *chat.Hub {
	return &chat.Hub{Queue: 2000, WriteTimeout: time.Minute, MaxLine: maxLine}
}

// serve starts Serve, unless a server at an address takes its place.
func serve(b *peer.Bench, hub *chat.Hub) *peer.Server {
	return b.Named("Hub.Serve").Serve(hub.Serve)
}

// errCable is the error of a conn or listener whose cable was pulled.
var errCable = errors.New("no route to host")

// A driver is a client that has a name.
type driver struct {
	*peer.Peer
	name string
}

// join connects a client that gives its name and then is told who is here.
func join(b *peer.Bench, server *peer.Server, name, here string) driver {
	b.Helper()
	d := driver{b.Dial(server), name}
	d.Send(name + "\n")
	d.Expect("the client has a name and is told who is here", "* here: "+here+"\n")
	return d
}

// joined connects a client, and checks that the others are told of it.
func joined(b *peer.Bench, server *peer.Server, name string, others ...driver) driver {
	b.Helper()
	here := []string{name}
	for _, other := range others {
		here = append(here, other.name)
	}
	slices.Sort(here)
	d := join(b, server, name, strings.Join(here, ", "))
	for _, other := range others {
		other.Expect("a member is told who joins", "* "+name+" joined\n")
	}
	return d
}

// says sends a line and checks that the others get it, and nothing before it.
func (d driver) says(reason, line string, others ...driver) {
	d.Send(line + "\n")
	for _, other := range others {
		other.Expect(reason, d.name+": "+line+"\n")
	}
}

// adjourn lets one driver after the other leave, and checks that nobody gets
// anything but the notices. So every script ends with proof that nothing more
// came, and with an empty room for the next.
func adjourn(drivers ...driver) {
	for i, d := range drivers {
		d.CloseWrite()
		d.ExpectClosed("the hub sends nothing more, and closes the conn of a client that has sent FIN")
		for _, other := range drivers[i+1:] {
			other.Expect("a member is told who leaves", "* "+d.name+" left\n")
		}
	}
}

// leave lets clients leave that may have been told of others.
func leave(clients ...*peer.Peer) {
	for _, client := range clients {
		client.CloseWrite()
		client.ReadUntilClosed("the hub closes the conn of a client that has sent FIN")
	}
}

// expectAnyOrder reads these lines, in any order.
func (d driver) expectAnyOrder(b *peer.Bench, reason string, want ...string) {
	b.Helper()
	for len(want) > 0 {
		got := d.ReadLine(fmt.Sprintf("%s; still missing: %q", reason, want))
		i := slices.Index(want, got)
		if i < 0 {
			b.Equal(reason, strings.Join(want, " or "), got)
		}
		want = slices.Delete(want, i, i+1)
	}
}

// who calls Who, and spoils the slice that it returns.
func who(b *peer.Bench, hub *chat.Hub) string {
	b.Helper()
	names, _ := peer.Start(b, "Who", func() (string, error) {
		names := hub.Who()
		defer clear(names)
		return strings.Join(names, ", "), nil
	}).Result("Who returns at once")
	return names
}

// closeHub calls Close.
func closeHub(b *peer.Bench, hub *chat.Hub) {
	b.Helper()
	_, err := peer.Start(b, "Close", func() (any, error) { return nil, hub.Close() }).Result("Close returns at once")
	b.NoError("Close returns nil", err)
}

// A witness reads what one member gets, and checks it line by line: only
// members talk, each counts its lines, nobody joins twice, and nobody leaves who
// was not there.
type witness struct {
	driver
	here    map[string]bool
	counted map[string]int
}

// testify reads the list of members and then as many lines as it takes until
// done says so. It returns what is wrong with the first wrong line, or "".
func (w *witness) testify(done func() bool) (wrong string) {
	w.counted = map[string]int{}
	list, found := strings.CutPrefix(w.ReadLine("a member gets the list first"), "* here: ")
	if !found {
		return "the first line is no list"
	}
	w.here = map[string]bool{}
	for _, name := range strings.Split(list, ", ") {
		w.here[name] = true
	}
	return w.goOn(done)
}

func (w *witness) goOn(done func() bool) (wrong string) {
	for wrong == "" && !done() {
		line := w.ReadLine(fmt.Sprintf("%s knows of %d members, and gets every line and notice", w.name, len(w.names())))
		if w.admit(line) {
			continue
		}
		wrong = fmt.Sprintf("%s got %q while these were here: %s", w.name, line, strings.Join(w.names(), ", "))
	}
	return wrong
}

// admit reports whether the line may come now.
func (w *witness) admit(line string) bool {
	subject, text, said := strings.Cut(line, ": ")
	if said {
		number, _ := strconv.Atoi(text)
		last := w.counted[subject]
		w.counted[subject] = number
		return subject != w.name && w.here[subject] && (number == last+1 || last == 0) // 0: it may have begun before w joined
	}
	notice := strings.Split(line, " ")
	if len(notice) != 3 || notice[0] != "*" || notice[1] == w.name {
		return false
	}
	was := w.here[notice[1]]
	w.here[notice[1]] = notice[2] == "joined"
	return notice[2] == "joined" && !was || notice[2] == "left" && was
}

func (w *witness) names() (names []string) {
	for name, here := range w.here {
		if here {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// plenty is more than fits into the buffers of memory: 300 lines of 999 bytes.
var plenty = sync.OnceValue(func() string { return strings.Repeat(strings.Repeat("07:15 dep", 111)+"\n", 300) })

// fromDriver returns the lines as the other members get them.
func fromDriver(name, lines string) string {
	all := strings.SplitAfter(lines, "\n")
	return name + ": " + strings.Join(all[:len(all)-1], name+": ")
}

// block shuts the gate of a member, and has the hub begin a Write to it.
func block(b *peer.Bench, g *gate, sender driver, others ...driver) {
	b.Helper()
	g.shut()
	sender.says("every other member gets the line", "07:15 depot", others...)
	b.Until("the Write to the member begins, and blocks", g.blocks.Load)
}

// arrive connects many clients, which all give their names at once.
func arrive(b *peer.Bench, server *peer.Server, name string, n int) []*witness {
	witnesses := make([]*witness, n)
	b.Crowd(server, n).Each(func(i int, client *peer.Peer) {
		witnesses[i] = &witness{driver: driver{client, fmt.Sprint(name, i+1)}}
	})
	for _, w := range witnesses {
		w.Send(w.name + "\n")
	}
	return witnesses
}

// winners returns how many clients do not get Refused.
func winners(clients peer.Crowd) (n int) {
	for _, client := range clients {
		if client.ReadLine("every client gets an answer")+"\n" != chat.Refused {
			n++
		}
	}
	return n
}

// visit lets a client join and leave, whatever it is told meanwhile.
func visit(b *peer.Bench, server *peer.Server, name string) {
	client := b.Dial(server)
	client.Send(name + "\n")
	leave(client)
}

// depart ends a client in one of three ways.
func depart(w *witness, way int) {
	switch way {
	case 0:
		w.Send("1\n2\n")
		w.CloseWrite()
	case 1:
		w.Close()
	case 2:
		w.Reset()
	}
}

// A watch calls Who every millisecond.
type watch struct {
	over atomic.Bool
	call *peer.Call[any]
}

func watchWho(b *peer.Bench, hub *chat.Hub) *watch {
	w := new(watch)
	w.call = peer.Start(b, "Who", func() (any, error) {
		for !w.over.Load() {
			if names := hub.Who(); !slices.IsSorted(names) {
				return nil, fmt.Errorf("%q is not sorted", names)
			}
			<-time.After(time.Millisecond)
		}
		return nil, nil
	})
	return w
}

func (w *watch) stop(b *peer.Bench) {
	b.Helper()
	w.over.Store(true)
	_, err := w.call.Result("Who returns at once")
	b.NoError("Who may be called while members come and go", err)
}
