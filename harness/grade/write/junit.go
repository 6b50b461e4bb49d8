package write

import (
	"encoding/xml"

	"socketkata/harness/grade/verdict"
)

// JUnit writes the class as JUnit XML: a suite for each student, a case for each
// requirement, and an error, which is not a failure, where the grader failed.
// It keeps to what the schemas of Jenkins' and of Maven's readers share. There
// are no times: a book does not depend on them.
func JUnit(all []verdict.Student) ([]byte, error) {
	doc := junitSuites{Name: "socket kata"}
	for _, s := range all {
		suite := junitSuite{Name: s.Name, Properties: []junitProperty{
			{"points", verdict.Number(s.Points)}, {"max", verdict.Number(s.Max)},
		}}
		for _, u := range s.Units {
			suite.Properties = append(suite.Properties,
				junitProperty{u.Exercise, u.Says},
				junitProperty{u.Exercise + " points", verdict.Number(u.Points)})
			for _, c := range u.Checks {
				suite.add(s, u, c)
			}
		}
		doc.Tests += suite.Tests
		doc.Failures += suite.Failures
		doc.Errors += suite.Errors
		doc.Suites = append(doc.Suites, suite)
	}
	text, err := xml.MarshalIndent(doc, "", "\t")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitMessage `xml:"failure"`
	Error   *junitMessage `xml:"error"`
	Skipped *junitMessage `xml:"skipped"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// add adds a requirement. Nothing submitted is skipped, which a reader of JUnit
// shows as no verdict; what does not compile has failed.
func (j *junitSuite) add(s verdict.Student, u verdict.Unit, c verdict.Check) {
	// The student is part of the class: some readers drop the names of suites.
	t := junitCase{Class: s.Name + "." + u.Exercise, Name: c.ID + ": " + c.Sentence}
	says := &junitMessage{Message: u.Says, Type: string(u.State), Text: u.Output}
	j.Tests++
	switch {
	case c.Status == verdict.Passed:
	case c.Status == verdict.GraderFault:
		j.Errors++
		t.Error = says
	case c.Status == verdict.Skipped:
		j.Skipped++
		t.Skipped = &junitMessage{Message: c.Note, Type: string(c.Status)}
	case u.Status == verdict.NotJudged:
		j.Skipped++
		t.Skipped = says
	case c.Status == verdict.NotJudged && u.Status == verdict.Failed && c.Note != string(u.State):
		j.Failures++
		t.Failure = &junitMessage{Message: c.Note, Type: string(c.Status)}
	case c.Status == verdict.NotJudged:
		j.Failures++
		t.Failure = says
	default:
		j.Failures++
		t.Failure = &junitMessage{Message: c.Sentence, Type: c.Note, Text: c.Text}
	}
	j.Cases = append(j.Cases, t)
}
