package intake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// An entry is one file of a submission, wherever it is stored.
type entry struct {
	name string // as it is stored
	kind kind
	time time.Time
	open func() (io.ReadCloser, error)
}

// A kind is what an entry is.
type kind string

const (
	regular   kind = "a file"
	link      kind = "a link"
	device    kind = "not a regular file"
	encrypted kind = "encrypted"
)

// A collector takes the files of one submission, in any order.
type collector struct {
	exercises map[string]Exercise
	known     func(exercise string) bool // also those that are not graded now
	folders   map[string]*Work           // by path
	notices   []string
	unnoticed int
	nested    bool // an archive is among the files
	entries   int
	total     int64
}

func newCollector(exercises []Exercise, known func(string) bool) *collector {
	c := &collector{exercises: map[string]Exercise{}, known: known, folders: map[string]*Work{}}
	for _, e := range exercises {
		c.exercises[e.Name] = e
	}
	return c
}

// A refusal says in one sentence why nothing of a submission can be graded.
type refusal string

func (r refusal) Error() string { return string(r) }

// add takes one entry or leaves it out. The error is a refusal, or about
// reading.
func (c *collector) add(e entry) error {
	if c.entries++; c.entries > maxEntries {
		return refusal(fmt.Sprintf("it holds more than %d files: hand in the exercises only", maxEntries))
	}
	name, why := clean(e.name)
	if why != "" {
		if strings.HasSuffix(e.name, ".go") {
			c.notice("%s is left out: %s", shown(e.name), why)
		}
		return nil
	}
	p, ok := find(name)
	if !ok {
		p, ok = c.flat(name)
	}
	if !ok {
		c.nested = c.nested || isArchive(name) || isOther(name)
		return nil
	}
	if _, ok := c.exercises[p.exercise]; !ok {
		if goName.MatchString(p.base) && !c.known(p.exercise) {
			c.noticeOnce("%s is left out: there is no exercise of that name", shown(p.folder))
		}
		return nil
	}
	if !c.wanted(p) {
		return nil
	}
	return c.take(p, e)
}

// flat says to which exercise a file belongs that is in no folder, as those that
// a web form collects.
func (c *collector) flat(name string) (place, bool) {
	for _, e := range c.exercises {
		if slices.Contains(e.Files, name) {
			return place{folder: flatFolder + e.Name, exercise: e.Name, base: name}, true
		}
	}
	return place{}, false
}

// wanted reports whether a file of an exercise is part of an answer. It notices
// what a student might miss.
func (c *collector) wanted(p place) bool {
	test := strings.HasSuffix(p.base, "_test.go")
	switch ext := path.Ext(p.base); {
	case p.catch:
		return test
	case test && slices.Contains(c.exercises[p.exercise].Tests, p.base):
		return false
	case test:
		c.notice("%s is left out: only the exercise's own tests run", shown(p.path()))
		return false
	case ext == ".go" && (p.base[0] == '.' || p.base[0] == '_'):
		return false // the go command does not look at them
	case slices.Contains([]string{".s", ".S", ".sx", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".syso", ".swig"}, ext):
		c.notice("%s is left out: an answer is made of .go files", shown(p.path()))
		return false
	default:
		return ext == ".go"
	}
}

func (p place) path() string {
	if p.catch {
		return p.folder + "/catch/" + p.base
	}
	return strings.TrimPrefix(p.folder+"/", flatFolder+p.exercise+"/") + p.base
}

// take reads a file that is part of an answer.
func (c *collector) take(p place, e entry) error {
	w := c.folders[p.folder]
	if w == nil {
		w = &Work{Files: map[string]string{}, Catch: map[string]string{}}
		c.folders[p.folder] = w
	}
	files := w.Files
	if p.catch {
		files = w.Catch
	}
	why := c.tooMuch(files, p, e)
	if why == "" {
		var err error
		if why, err = c.read(files, p, e); err != nil {
			return err
		}
	}
	switch {
	case why == "":
		if e.time.After(w.Newest) {
			w.Newest = e.time
		}
	case !p.catch && slices.Contains(c.exercises[p.exercise].Files, p.base):
		w.Refused = shown(p.path()) + " " + why
	default:
		c.notice("%s is left out: it %s", shown(p.path()), why)
	}
	return nil
}

// tooMuch says why a file is not taken, before it is read.
func (c *collector) tooMuch(files map[string]string, p place, e entry) string {
	for other := range files {
		if other == p.base {
			return "is there twice"
		}
		if strings.EqualFold(other, p.base) {
			return fmt.Sprintf("differs from %s in case only", other)
		}
	}
	switch {
	case e.kind == encrypted:
		return "is encrypted: hand it in without a password"
	case e.kind != regular:
		return fmt.Sprintf("is %s: hand in the file itself", e.kind)
	case !goName.MatchString(p.base):
		return "has a name with other characters than letters, digits, _, - and ."
	case len(files) >= maxFiles:
		return fmt.Sprintf("is one of more than %d files", maxFiles)
	}
	return ""
}

// read reads a file, as far as it may be taken.
func (c *collector) read(files map[string]string, p place, e entry) (why string, err error) {
	r, err := e.open()
	if err == nil {
		defer r.Close()
		var content []byte
		if content, err = io.ReadAll(io.LimitReader(r, maxFile+1)); err == nil {
			return c.keep(files, p, string(content))
		}
	}
	var refused refusal
	var disk *fs.PathError
	if errors.As(err, &refused) || errors.As(err, &disk) {
		return "", err
	}
	return "cannot be read: " + err.Error(), nil
}

func (c *collector) keep(files map[string]string, p place, content string) (why string, err error) {
	if len(content) > maxFile {
		return fmt.Sprintf("is larger than %d KiB", maxFile>>10), nil
	}
	if c.total += int64(len(content)); c.total > maxTotal {
		return "", refusal(fmt.Sprintf("its Go files are larger than %d MiB: hand in the exercises only", maxTotal>>20))
	}
	files[p.base] = content
	return "", nil
}

func (c *collector) noticeOnce(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(c.notices, n) {
		c.notice("%s", n)
	}
}

func (c *collector) notice(format string, args ...any) {
	if len(c.notices) >= maxNotices {
		c.unnoticed++
		return
	}
	c.notices = append(c.notices, fmt.Sprintf(format, args...))
}
