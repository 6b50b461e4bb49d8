// Package dom finds things in an HTML page, for tests.
package dom

import (
	"strings"

	"golang.org/x/net/html"
)

// Attr returns an attribute of an element, "" if it has none of that name.
func Attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// Elements returns the elements below n with the given name, or with the given
// class (".tip"), in order.
func Elements(n *html.Node, what string) []*html.Node {
	var all []*html.Node
	class, byClass := strings.CutPrefix(what, ".")
	for d := range n.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		if !byClass && d.Data == what || byClass && strings.Contains(" "+Attr(d, "class")+" ", " "+class+" ") {
			all = append(all, d)
		}
	}
	return all
}

// Text returns the text below n, as it is.
func Text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}
