package terminal

import (
	"fmt"
	"strings"
)

// Wrap breaks text into lines of at most width characters, where words allow.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// Heading returns the line above what is said about an exercise.
func (s *Screen) Heading(label, facts string) string {
	return s.Paint(Bold, fmt.Sprintf("%-15s", label)) + facts
}

// Section prints the title of one part of a long output.
func (s *Screen) Section(title string) {
	s.Printf("\n%s\n\n", s.Paint(Bold, "── "+title+" "+strings.Repeat("─", 68-len(title))))
}

// Item prints a word and its explanation, below a heading.
func (s *Screen) Item(word, text string) {
	for _, line := range Wrap(text, 68) {
		s.Printf("  %-7s %s\n", word, Visible(line))
		word = ""
	}
}

// Prose prints a sentence.
func (s *Screen) Prose(text string) { s.Paragraph("", text, "") }

// Paragraph prints text to the right of a head. No color means plain text.
func (s *Screen) Paragraph(head, text, color string) {
	for _, line := range Wrap(text, 76-len(head)) {
		line = Visible(line)
		if color != "" {
			line = s.Paint(color, line)
		}
		s.Printf("%s%s\n", head, line)
		head = strings.Repeat(" ", len(head))
	}
}

const longestLine = 400 // bytes

// Shorten cuts a line that would fill the screen.
func Shorten(line string) string {
	if len(line) <= longestLine {
		return line
	}
	return strings.ToValidUTF8(line[:longestLine], "") + " …"
}
