package harness_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/boundary"
	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
	"socketkata/harness/remote"
)

// TestReferencesPassAsProcesses runs every reference in a process of its own,
// which the same tests talk to from outside.
func TestReferencesPassAsProcesses(t *testing.T) {
	needsProcesses(t)
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		needsToCross(t, e)
		r := judged(t, e, judge.Reference(e), judge.Options{Process: true, NoVet: true}, false)
		require.Equal(t, judge.Passed, r.Verdict, "right code was failed: %s", describe(r))
	})
}

// TestMistakesAreSeenFromOutside runs one known mistake of every exercise in
// a process of its own: it fails, in requirements that its header names
// and in no other. A mistake does not count if all of its requirements look
// into the test's own process. KATA_SOAK runs all.
func TestMistakesAreSeenFromOutside(t *testing.T) {
	needsProcesses(t)
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		needsToCross(t, e)
		seen := false
		for _, v := range e.Mistakes {
			if seen && os.Getenv("KATA_SOAK") == "" || v.NeedsRace() || !outside(e, v) {
				continue
			}
			t.Run(v.Name, func(t *testing.T) {
				r := judged(t, e, judge.Answer(v.Answer), judge.Options{Process: true, NoVet: true}, false)
				if len(expected(e, v, r)) == 0 {
					t.Skip("its requirements are judged in the test's own process only")
				}
				seen = true
				require.NotEmpty(t, failing(r), "the mistake is not seen: %s", describe(r))
				require.Subset(t, v.Requirements, failing(r), "too much fails: %s", describe(r))
			})
		}
		require.True(t, seen, "no known mistake of %s is seen from outside", e.Name)
	})
}

// outside reports whether a mistake breaks a requirement that is judged over
// real sockets.
func outside(e *catalog.Exercise, v catalog.Mistake) bool {
	if len(v.Arenas) > 0 && !slices.Contains(v.Arenas, "loopback") {
		return false
	}
	return slices.ContainsFunc(v.Requirements, func(id string) bool {
		return slices.Contains(e.Requirement(id).Arenas, "loopback")
	})
}

// TestSignaturesCross refuses an exercise that could not be judged in a process
// of its own, unless its README.md says so: a value that does not cross would
// fail right code, or pass wrong code.
func TestSignaturesCross(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		needsToCross(t, e)
		require.NoError(t, boundary.Check(e, e.Stub, goCommandIn(t, e)))
		require.NoError(t, boundary.Check(e, e.Reference, goCommandIn(t, e)))
	})
}

// goCommandIn returns a function that runs the go command in the exercise's
// repository.
func goCommandIn(t *testing.T, e *catalog.Exercise) func(args ...string) (string, error) {
	return func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = e.Root()
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
}

func needsToCross(t *testing.T, e *catalog.Exercise) {
	t.Helper()
	because, err := boundary.Declined(e)
	require.NoError(t, err)
	if because != "" {
		t.Skip("it is not judged in a process of its own, because " + because)
	}
}

func needsProcesses(t *testing.T) {
	t.Helper()
	if !remote.Supported {
		dontRemember(t)
		t.Skip("this system does not hand descriptors to another process")
	}
}

// TestProbe judges servers at an address: the one of README.md that takes one
// recv for one message, one that never answers, and a right one.
func TestProbe(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		if e.Slug != probed {
			t.Skip("README.md probes " + probed)
		}
		t.Run("right", func(t *testing.T) {
			t.Parallel()
			r := run(t, e, judge.Stub(e), judge.Options{Batch: linked(t, e)}.AtAddress(serveEach(t, func(c net.Conn) {
				for p := make([]byte, 4096); ; {
					n, err := c.Read(p)
					c.Write(p[:n])
					if err != nil {
						return
					}
				}
			})))
			require.Equal(t, judge.Passed, r.Verdict, describe(r))
		})
		t.Run("silent", func(t *testing.T) {
			t.Parallel()
			r := run(t, e, judge.Stub(e), judge.Options{Batch: linked(t, e), Env: []string{"KATA_SLOW=0.2"}}.AtAddress(serveEach(t, func(c net.Conn) {
				c.Read(nil)
				<-t.Context().Done()
			})))
			first := r.FirstFailure()
			require.NotNil(t, first)
			require.Equal(t, failure.Silence, first.Failures[0].Symptom, describe(r))
		})
		t.Run("nobody", func(t *testing.T) {
			t.Parallel()
			c, err := net.Dial("tcp", serveEach(t, func(c net.Conn) { io.Copy(io.Discard, c) }))
			require.NoError(t, err)
			defer c.Close() // a client's own port is taken, and nobody listens there
			r := run(t, e, judge.Stub(e), judge.Options{Batch: linked(t, e)}.AtAddress(c.LocalAddr().String()))
			require.Equal(t, failure.Refused, r.FirstFailure().Failures[0].Symptom, describe(r))
		})
		t.Run("one recv", func(t *testing.T) {
			t.Parallel()
			r := run(t, e, judge.Stub(e), judge.Options{Batch: linked(t, e)}.AtAddress(pythonServer(t, "testdata/one_recv.py")))
			require.Equal(t, []string{"R1", "R2", "R3", "R7", "R10"}, failing(r), describe(r))
		})
	})
}

// echoes lists the exercises whose server is no echo server, but may be one for
// kata probe, with the requirements that are then judged.
var echoes = map[string][]string{
	"concurrent": {"R1", "R2", "R3"}, "chanmux": {"R16"}, "pollecho": {"R1", "R2", "R5"},
	"evloop": {"R6"}, "graceful": {"R1", "R2"},
}

// TestProbeOfAnEcho judges as such an exercise an echo server that closes after the
// line "bye", and one that reads everything and never answers.
func TestProbeOfAnEcho(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		judged := echoes[e.Slug]
		if judged == nil {
			t.Skip("its server is no echo server")
		}
		right := serveEach(t, func(c net.Conn) {
			p := make([]byte, 4096)
			for n, err := c.Read(p); err == nil && string(p[:n]) != "bye\n"; n, err = c.Read(p) {
				c.Write(p[:n])
			}
		})
		r := run(t, e, judge.Stub(e), judge.Options{Batch: linked(t, e)}.AtAddress(right))
		require.Equal(t, judge.Passed, r.Verdict, describe(r))
		var passed []string
		for _, q := range r.Requirements {
			if q.Status == judge.StatusPassed {
				passed = append(passed, q.ID)
			}
		}
		require.Equal(t, judged, passed)
		silent := serveEach(t, func(c net.Conn) { io.Copy(io.Discard, c) })
		r = run(t, e, judge.Stub(e), judge.Options{Batch: linked(t, e), Env: []string{"KATA_SLOW=0.2"}}.AtAddress(silent))
		require.Subset(t, failing(r), judged, describe(r))
	})
}

// TestProbeSparesTheStub: what nobody has written cannot be the fault of a
// server at an address.
func TestProbeSparesTheStub(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		r := run(t, e, judge.Stub(e), judge.Options{Batch: linked(t, e)}.AtAddress(serveEach(t, func(net.Conn) {})))
		for _, q := range r.Requirements {
			for _, f := range q.Failures {
				require.Empty(t, f.Stub, "%s %s", q.ID, q.Sentence)
			}
		}
	})
}

// probed is the exercise by whose contract README.md has a server probed.
const probed = "echo"

// serveEach serves every client in a goroutine of its own and returns the
// address.
func serveEach(t *testing.T, handle func(c net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}()
	return ln.Addr().String()
}

// pythonServer runs the server of README.md, on a port of the kernel's choice.
func pythonServer(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	require.Contains(t, string(readme), string(text), "README.md shows the server of harness/%s as it is", file)
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	program := strings.Replace(string(text), "35555", "0", 1)
	program = strings.Replace(program, "server.listen()\n", "server.listen()\nprint(server.getsockname()[1], flush=True)\n", 1)
	cmd := exec.CommandContext(t.Context(), python, "-c", program)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	port := 0
	_, err = fmt.Fscan(bufio.NewReader(out), &port)
	require.NoError(t, err, "the server says its port")
	return fmt.Sprintf("127.0.0.1:%d", port)
}
