package exam

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"socketkata/harness/progress"
	"socketkata/harness/safefile"
)

// A Memory remembers which parts of the exam have passed, and with which inputs.
// Go test's own cache is not enough: it does not see files that child processes
// read. All methods may be called concurrently.
type Memory struct {
	root    string
	forgets bool // every part counts as not remembered
	machine string

	mu     sync.Mutex
	hashes map[string]string // of files and folders, by path relative to the root
}

// NewMemory returns the memory of the repository at root. It forgets everything
// if the variable ALL asks for that, and in CI.
func NewMemory(root string, getenv func(string) string) *Memory {
	all := getenv("ALL")
	return &Memory{root: root, forgets: all != "" && all != "0" || getenv("CI") != "",
		machine: machine(), hashes: map[string]string{}}
}

// Key is the hash of everything that can change the verdict of a part: the
// files, the toolchain, the machine and the environment. Files and folders are
// relative to the root; one that does not exist counts as empty. Compute the key
// before the part runs, so that a change during the run is not missed.
func (m *Memory) Key(part string, files ...string) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n%q\n", part, m.machine)
	for _, file := range files {
		sum, err := m.hash(file)
		if err != nil {
			return "", fmt.Errorf("hash the inputs of %s: %w", part, err)
		}
		fmt.Fprintf(h, "%q %s\n", file, sum)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Passed reports whether the part has passed with this key.
func (m *Memory) Passed(part, key string) bool {
	if m.forgets {
		return false
	}
	text, err := os.ReadFile(m.file(part))
	return err == nil && string(text) == key
}

// Remember remembers that the part has passed.
func (m *Memory) Remember(part, key string) error {
	if err := m.write(part, []byte(key)); err != nil {
		return fmt.Errorf("remember that %s has passed: %w", part, err)
	}
	return nil
}

// Keep keeps what a part of the exam found, for [Memory.Recall]. It is something
// that package encoding/json writes and reads without a loss.
func (m *Memory) Keep(part, key string, found any) error {
	text, err := json.Marshal(map[string]any{"Key": key, "Found": found})
	if err == nil {
		err = m.write(part, text)
	}
	if err != nil {
		return fmt.Errorf("keep what %s has found: %w", part, err)
	}
	return nil
}

// Recall reads into found, which is a pointer, what the part has found with this
// key, and reports whether it was kept.
func (m *Memory) Recall(part, key string, found any) bool {
	text, err := os.ReadFile(m.file(part))
	if err != nil || m.forgets {
		return false
	}
	var k struct {
		Key   string
		Found json.RawMessage
	}
	return json.Unmarshal(text, &k) == nil && k.Key == key && json.Unmarshal(k.Found, found) == nil
}

func (m *Memory) write(part string, text []byte) error {
	err := progress.MakeDir(m.root)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(m.file(part)), 0o755)
	}
	if err == nil {
		err = safefile.Write(m.file(part), text)
	}
	return err
}

func (m *Memory) file(part string) string {
	return filepath.Join(progress.Dir(m.root), "passed", strings.ReplaceAll(part, "/", "."))
}

// hash hashes a file or a folder, once for each Memory.
func (m *Memory) hash(file string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if sum, ok := m.hashes[file]; ok {
		return sum, nil
	}
	h := sha256.New()
	err := filepath.WalkDir(filepath.Join(m.root, file), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return add(h, path, d)
	})
	if os.IsNotExist(err) {
		err = nil
	}
	m.hashes[file] = hex.EncodeToString(h.Sum(nil))
	return m.hashes[file], err
}

// add adds one file to a hash: its path, its permissions and its text.
func add(h io.Writer, path string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil || d.IsDir() {
		return err
	}
	var text []byte
	if info.Mode().Type() == fs.ModeSymlink {
		target, err := os.Readlink(path)
		fmt.Fprintf(h, "%q %v %q\n", path, info.Mode(), target)
		return err
	}
	if info.Mode().IsRegular() {
		if text, err = os.ReadFile(path); err != nil {
			return err
		}
	}
	fmt.Fprintf(h, "%q %v %x\n", path, info.Mode(), sha256.Sum256(text))
	return nil
}

// machine describes what a verdict depends on beside the files: the toolchain,
// the kernel, rights and limits, loopback addresses, and the environment.
func machine() string {
	facts := []string{runtime.Version(), runtime.GOOS, runtime.GOARCH, fmt.Sprint(os.Geteuid())}
	for _, command := range [][]string{
		{"uname", "-srvm"}, // not on Windows
		{"go", "env", "GOVERSION", "GOFLAGS", "CGO_ENABLED", "CC", "GOEXPERIMENT", "GODEBUG", "GOTOOLCHAIN"},
	} {
		out, err := exec.Command(command[0], command[1:]...).Output()
		facts = append(facts, fmt.Sprintf("%s %v", out, err))
	}
	for _, file := range []string{"/proc/self/limits", "/proc/self/status"} {
		text, _ := os.ReadFile(file) // only on Linux
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "Max open files") || strings.HasPrefix(line, "Cap") || strings.HasPrefix(line, "Seccomp:") {
				facts = append(facts, line)
			}
		}
	}
	addrs, err := net.InterfaceAddrs()
	facts = append(facts, fmt.Sprint(err))
	for _, addr := range addrs {
		if n, ok := addr.(*net.IPNet); ok && n.IP.IsLoopback() {
			facts = append(facts, addr.String())
		}
	}
	return strings.Join(append(facts, environment(os.Environ())...), "\n")
}

// environment returns the variables that can change a verdict, in order. KATA_ROOT
// and KATA_SHOTS only name folders.
func environment(all []string) []string {
	matters := func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return name != "KATA_ROOT" && name != "KATA_SHOTS" &&
			(strings.HasPrefix(name, "GO") || strings.HasPrefix(name, "KATA_") || strings.HasPrefix(name, "CGO_") || name == "CC" || name == "TZ")
	}
	var kept []string
	for _, variable := range all {
		if matters(variable) {
			kept = append(kept, variable)
		}
	}
	slices.Sort(kept)
	return kept
}
