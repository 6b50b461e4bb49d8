package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"socketkata/harness/failure"
	"socketkata/harness/report/look/dom"
	"socketkata/harness/report/page"
	"socketkata/harness/wire"
)

func write(t *testing.T, p page.Page) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, page.Write(&b, p))
	return b.String()
}

func parse(t *testing.T, p page.Page) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(write(t, p)))
	require.NoError(t, err)
	return doc
}

// text is the text below n, with one space wherever there is any.
func text(n *html.Node) string { return strings.Join(strings.Fields(dom.Text(n)), " ") }

func byID(t *testing.T, n *html.Node, id string) *html.Node {
	t.Helper()
	for d := range n.Descendants() {
		if dom.Attr(d, "id") == id {
			return d
		}
	}
	t.Fatalf("no element has the ID %s", id)
	return nil
}

func TestThePageIsOneFile(t *testing.T) {
	t.Parallel()
	require.True(t, strings.HasPrefix(write(t, samplePage()), page.Magic))
	doc := parse(t, samplePage())
	for d := range doc.Descendants() {
		require.NotContains(t, []string{"script", "img", "link", "iframe", "object", "embed", "base", "form"}, d.Data)
		for _, a := range d.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src", "%s has %s", d.Data, a.Key)
			if a.Key == "href" {
				require.True(t, strings.HasPrefix(a.Val, "#"), "%s leads to %s", d.Data, a.Val)
			}
		}
	}
	require.Equal(t, "en", dom.Attr(dom.Elements(doc, "html")[0], "lang"))
}

func TestThePolicyAllowsTheStyleAlone(t *testing.T) {
	t.Parallel()
	doc := parse(t, samplePage())
	style := dom.Elements(doc, "style")
	require.Len(t, style, 1)
	sum := sha256.Sum256([]byte(style[0].FirstChild.Data))
	policy := dom.Elements(doc, "meta")[1]
	require.Equal(t, "Content-Security-Policy", dom.Attr(policy, "http-equiv"))
	require.Equal(t, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+
		"'; base-uri 'none'; form-action 'none'", dom.Attr(policy, "content"))
	require.NotContains(t, style[0].FirstChild.Data, "url(", "the style needs nothing from elsewhere")
}

func TestWhatTheLearnerSaysIsNoMarkup(t *testing.T) {
	t.Parallel()
	out := write(t, samplePage())
	require.True(t, utf8.ValidString(out))
	for _, r := range out {
		require.True(t, r == '\n' || !unicode.IsControl(r) && !unicode.Is(unicode.Bidi_Control, r), "%q is in the page", r)
	}
	r5 := byID(t, parse(t, samplePage()), "R5")
	require.GreaterOrEqual(t, strings.Count(text(r5), `<script>alert(1)</script><img src=x onerror=alert(2)>"'`+"`"+`&amp;{{.}}\x00\x1b[31m\u202e\xff`), 14,
		"and each place shows it in full")
}

func TestTheOutcomeIsSaidInWords(t *testing.T) {
	t.Parallel()
	doc := parse(t, samplePage())
	require.Equal(t, "05 echo: failed, core 1/3 · hardened 1/4", text(dom.Elements(doc, "title")[0]))
	require.Contains(t, text(dom.Elements(doc, "header")[0]), "✗ failed core 1/3 · hardened 1/4 The last run, on 4 May 2031, 23:07.")
	require.Contains(t, text(dom.Elements(doc, "header")[0]), "Your code has changed since this run.")
	require.Equal(t, "✓ R1 passed✗ R2 failed○ R3 skipped✓ R4 passed✗ R5 failed✗ R6 failed· R7 not reached", text(dom.Elements(doc, "nav")[0]))
	for id, want := range map[string]string{
		"R1": "✓R1Serve echoes every message while the client waits for itpassed",
		"R2": "✗R2a second client is served while the first is silentfailed",
		"R3": "○R3the echo still arrives after the client half-closedskipped: needs a network of another kind",
		"R7": "·R7Serve returns nil once its listener is closednot reached",
	} {
		require.Equal(t, want, text(dom.Elements(byID(t, doc, id), "h3")[0]))
	}
	var tiers []string
	for _, h2 := range dom.Elements(doc, "h2") {
		tiers = append(tiers, text(h2))
	}
	require.Equal(t, []string{"core 1/3", "hardened 1/4"}, tiers)
}

func TestOnlyWhatFailedIsOpen(t *testing.T) {
	t.Parallel()
	doc := parse(t, samplePage())
	for _, d := range dom.Elements(doc, ".requirement") {
		open := false
		for _, a := range d.Attr {
			open = open || a.Key == "open"
		}
		require.Equal(t, strings.Contains(dom.Attr(d, "class"), "failed"), open, dom.Attr(d, "id"))
	}
	arenas := dom.Elements(byID(t, doc, "R2"), "h4")
	require.Equal(t, "over real loopback sockets failed after 5s", text(arenas[0]), "what failed comes first")
	require.Equal(t, "in memory passed after 2.0ms", text(arenas[1]))
	require.Equal(t, "summary", arenas[1].Parent.Data)
}

func TestAFailureIsThereInFull(t *testing.T) {
	t.Parallel()
	doc := parse(t, samplePage())
	r2 := text(byID(t, doc, "R2"))
	for _, want := range []string{"Likely cause: one client at a time", "the second client's message comes back", "gotnothing for 5s",
		`want"\x00\x00\x00\x05hello"`, "your codeServe is blocked in Read at echo.go:31 for 5s", "make hint EX=05",
		`Your code printed 2031/05/04 accepted \x1b[31mred\x1b[0m`} {
		require.Contains(t, r2, want)
	}
	r6 := text(byID(t, doc, "R6"))
	require.Contains(t, r6, "your code panicked", "a process that died left no record, but a failure")
	require.Contains(t, r6, "comes without solutions")
}

func TestGoroutines(t *testing.T) {
	t.Parallel()
	list := dom.Elements(byID(t, parse(t, samplePage()), "R2"), ".goroutines")[0]
	require.Equal(t, "Serve blocked in Read at echo.go:31 IO wait for 5s · called by the script there for the last 5s of 5s "+
		"serveConn echo.go:31 Serve echo.go:22 "+
		"a goroutine waiting to receive at echo.go:44 × 2 chan receive for 4.9s · started at echo.go:19 there for the last 4.9s of 5s "+
		"flush echo.go:44", strings.ReplaceAll(strings.ReplaceAll(text(list), "31Serve", "31 Serve"), "  ", " "))
	share := dom.Elements(list, ".share")[1]
	require.Equal(t, []string{"2.0%", "98.0%"}, []string{dom.Attr(share, "x"), dom.Attr(share, "width")})
}

func TestEveryRowHasItsWords(t *testing.T) {
	t.Parallel()
	doc := parse(t, samplePage())
	figures := dom.Elements(doc, "figure")
	require.GreaterOrEqual(t, len(figures), 7)
	for _, f := range figures {
		svg := dom.Elements(f, "svg")[0]
		require.Equal(t, "img", dom.Attr(svg, "role"))
		require.NotEmpty(t, text(byID(t, f, dom.Attr(svg, "aria-labelledby"))))
		require.NotEmpty(t, text(byID(t, f, dom.Attr(svg, "aria-describedby"))))
		rows, words := dom.Elements(svg, "g"), dom.Elements(f, "li")
		require.Len(t, words, len(rows))
		for i, row := range rows {
			require.NotEmpty(t, text(words[i]))
			if strings.Contains(dom.Attr(row, "class"), "data") {
				require.Contains(t, text(words[i]), "sends")
				require.Contains(t, text(words[i]), "0000 ", "the bytes in hexadecimal")
				require.Equal(t, "0", dom.Attr(words[i], "tabindex"))
			}
		}
	}
}

func TestManyConnsShareOneLifeline(t *testing.T) {
	t.Parallel()
	r4 := byID(t, parse(t, samplePage()), "R4")
	require.Len(t, dom.Elements(r4, ".life"), 2)
	require.Equal(t, "40 conns", text(dom.Elements(r4, ".name")[0]))
	require.Contains(t, text(dom.Elements(r4, "svg")[0]), "client 40 connect")
	require.Contains(t, text(dom.Elements(r4, "svg")[0]), "30s later")
	require.NotContains(t, text(r4), "The conn in question")

	p := samplePage()
	f := failure.Failure{Requirement: "R4", Arena: "virtual", Wire: []string{"client 7", `  │── "ping\n" ──▶│`}}
	p.Tiers[1].Requirements[0].Failures = []failure.Failure{f}
	require.Contains(t, text(byID(t, parse(t, p), "R4")), `The conn in question client 7 │── "ping\n" ──▶│`)
}

func TestTheReferenceGoesOn(t *testing.T) {
	t.Parallel()
	doc := parse(t, samplePage())
	r2 := byID(t, doc, "R2")
	compared := dom.Elements(r2, "figure")[1]
	var signs []string
	for _, g := range dom.Elements(compared, "g") {
		sign := ""
		for _, s := range dom.Elements(g, ".sign") {
			sign = text(s)
		}
		signs = append(signs, sign)
	}
	require.Equal(t, []string{"", "", "+", "+", "+"}, signs)
	require.Contains(t, text(compared), "only in the reference's: your server sends 9 bytes to client 2")
	require.Contains(t, text(r2), "The same in both: client 1.")
	mine := dom.Elements(dom.Elements(byID(t, doc, "R5"), "figure")[1], "g")
	require.Contains(t, text(mine[1]), "−", "the reference did not say this")
}

func TestALongConversationKeepsItsEnds(t *testing.T) {
	t.Parallel()
	p := samplePage()
	q := &p.Tiers[0].Requirements[0]
	q.Records = q.Records[:1]
	q.Records[0].Events = nil
	for i := range 2200 {
		q.Records[0].Events = append(q.Records[0].Events, event(time.Duration(i)*time.Microsecond, "client", wire.Harness, wire.Data, fmt.Sprintf("%d;", i)+strings.Repeat("x", 4096)))
	}
	r1 := byID(t, parse(t, p), "R1")
	rows := dom.Elements(dom.Elements(r1, "svg")[0], "g")
	require.Len(t, rows, 81)
	require.Contains(t, text(rows[19]), `"19;`)
	require.Contains(t, text(rows[20]), "2120 events left out")
	require.Contains(t, text(rows[80]), `"2199;`)
	require.Less(t, len(write(t, p)), 600_000)
}

func TestCodeThatDidNotCompile(t *testing.T) {
	t.Parallel()
	doc := parse(t, page.Page{Name: "05-echo", Title: "Echo", Verdict: "does not compile", Again: "make test EX=05",
		Compiler: "./echo.go:3:1: <b>undefined</b>: x\x1b[0m\n", Why: "a reason", Output: "from init\n"})
	require.Contains(t, text(dom.Elements(doc, "main")[0]), `a reason What the compiler says ./echo.go:3:1: <b>undefined</b>: x\x1b[0m What was printed outside any test from init`)
	require.Contains(t, text(dom.Elements(doc, "header")[0]), "✗ does not compile")
	require.Empty(t, dom.Elements(doc, "nav"))
}

// TestSourceLinesAreShown: each frame in the learner's files has its line.
func TestSourceLinesAreShown(t *testing.T) {
	p := samplePage()
	require.Empty(t, dom.Elements(parse(t, p), ".source"), "the code has changed since")
	lines := strings.Split(strings.Repeat("\n", 99), "\n")
	for i := range lines {
		lines[i] = fmt.Sprintf("\tline%d(<b>)", i+1)
	}
	p.Source = map[string][]string{"echo.go": lines}
	shown := dom.Elements(parse(t, p), ".source")
	require.NotEmpty(t, shown)
	require.Regexp(t, `^line\d+\(<b>\)$`, shown[0].FirstChild.Data)
	require.Equal(t, len(shown), strings.Count(write(t, p), `class="source"`))
}
