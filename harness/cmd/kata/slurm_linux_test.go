package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// A cluster is a Slurm of one node that lives as long as a test.
type cluster struct {
	t    *testing.T
	dir  string
	conf string
}

// newCluster starts Slurm, or skips the test where it is not installed.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	for _, program := range []string{"munged", "slurmctld", "slurmd", "sbatch"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed: apt-get install slurm-wlm")
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can start a Slurm node")
	}
	dir, err := os.MkdirTemp("", "kata-slurm-") // the path of a socket is short
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &cluster{t, dir, filepath.Join(dir, "slurm.conf")}
	key := make([]byte, 1024)
	rand.Read(key)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "key"), key, 0o600))
	require.NoError(t, os.WriteFile(c.conf, []byte(c.config()), 0o644))
	c.start("munged", "--foreground", "--force", "--key-file="+dir+"/key", "--socket="+dir+"/munge",
		"--pid-file="+dir+"/munged.pid", "--log-file="+dir+"/munged.log", "--seed-file="+dir+"/seed")
	c.until("the key server answers", func() bool { return c.client("munge", "-n", "--socket="+dir+"/munge").Run() == nil })
	c.start("slurmctld", "-D", "-c", "-f", c.conf)
	c.start("slurmd", "-D", "-f", c.conf, "-N", "node")
	c.until("the node is idle", func() bool {
		state, err := c.client("sinfo", "-h", "-o", "%t").Output()
		return err == nil && string(state) == "idle\n"
	})
	return c
}

func (c *cluster) config() string {
	host, err := os.Hostname()
	require.NoError(c.t, err)
	return fmt.Sprintf(`ClusterName=kata
SlurmctldHost=%s(127.0.0.1)
SlurmctldPort=%d
SlurmdPort=%d
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=%[4]s/munge
StateSaveLocation=%[4]s/state
SlurmdSpoolDir=%[4]s/spool
SlurmctldPidFile=%[4]s/slurmctld.pid
SlurmdPidFile=%[4]s/slurmd.pid
SlurmctldLogFile=%[4]s/slurmctld.log
SlurmdLogFile=%[4]s/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
NodeName=node NodeHostname=%[1]s NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:2
`, host, c.port(), c.port(), c.dir)
}

// port returns a port that was free a moment ago: Slurm cannot be given a
// listener.
func (c *cluster) port() int {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(c.t, err)
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// start starts a daemon, which ends with the test.
func (c *cluster) start(name string, args ...string) {
	c.t.Helper()
	cmd := c.client(name, args...)
	require.NoError(c.t, cmd.Start())
	c.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		late.Stop()
	})
}

// client is a call of a program of Slurm.
func (c *cluster) client(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "SLURM_CONF="+c.conf)
	return cmd
}

// until waits until something is true.
func (c *cluster) until(what string, true func() bool) {
	c.t.Helper()
	for late := time.After(limit); !true(); time.Sleep(200 * time.Millisecond) {
		select {
		case <-late:
			require.Fail(c.t, "not true in time: "+what, c.logs())
		default:
		}
	}
}

// logs returns the ends of the logs.
func (c *cluster) logs() string {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(c.dir, "*.log")) // the pattern is right
	for _, file := range files {
		text, _ := os.ReadFile(file)
		fmt.Fprintf(&all, "%s:\n%s\n", filepath.Base(file), text[max(0, len(text)-2000):])
	}
	return all.String()
}

var pending = regexp.MustCompile("JobState=(PENDING|RUNNING|COMPLETING)")

// submit runs the recipe, and returns what Slurm says of the job that it started
// last, the merge, once that has ended.
func (c *cluster) submit(recipe *exec.Cmd) (ended func(time.Duration) string) {
	c.t.Helper()
	recipe.Env = append(recipe.Env, "SLURM_CONF="+c.conf)
	id, err := recipe.CombinedOutput()
	require.NoError(c.t, err, "%s", id)
	require.Regexp(c.t, `^[0-9]+\n$`, string(id))
	return func(limit time.Duration) string {
		c.t.Helper()
		for late := time.Now().Add(limit); ; time.Sleep(200 * time.Millisecond) {
			state := c.job(strings.TrimSpace(string(id)))
			if !pending.MatchString(state) {
				return state
			}
			require.True(c.t, time.Now().Before(late), "the jobs do not end: %s\n%s", state, c.logs())
		}
	}
}

func (c *cluster) job(id string) string {
	c.t.Helper()
	out, err := c.client("scontrol", "show", "job", id).CombinedOutput()
	require.NoError(c.t, err, "%s\n%s", out, c.logs())
	return string(out)
}

// TestSlurm grades a class with the recipe, as an array of shards and a merge
// that depends on it, on a Slurm cluster of one node.
func TestSlurm(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	recipe, err := filepath.Abs("../../grade/recipes/slurm/submit")
	require.NoError(t, err)
	t.Run("class", func(t *testing.T) {
		r := newRepo(t)
		r.class()
		r.finish("grade", "-sandbox=none", "in", "whole")
		submit := r.command(recipe, "in", "out", "3")
		submit.Env = append(submit.Env, "KATA=kata", "GRADE_FLAGS=--sandbox=none")
		require.Contains(t, c.submit(submit)(3*limit), "ExitCode=0:0")
		for i := 1; i <= 3; i++ {
			require.FileExists(t, filepath.Join(r.root, "out", fmt.Sprintf("shard-%d-of-3.json", i)))
		}
		require.Equal(t, r.book("whole"), r.book("out"))
	})
	t.Run("a killed shard", func(t *testing.T) {
		root, err := catalog.FindRoot(".")
		require.NoError(t, err)
		dir := t.TempDir()
		policy := filepath.Join(dir, "policy") // kata waits for what is in it
		require.NoError(t, syscall.Mkfifo(policy, 0o600))
		open, err := os.OpenFile(policy, os.O_RDWR, 0)
		require.NoError(t, err)
		defer open.Close()
		submit := exec.Command(recipe, dir, filepath.Join(dir, "out"), "1")
		submit.Dir, submit.Env = root, append(os.Environ(), "GRADE_FLAGS=--policy="+policy)
		ended := c.submit(submit)
		c.until("kata is killed", func() bool { return kill("kata", "--policy="+policy) })
		require.Contains(t, ended(3*limit), "ExitCode=3:0", "there is nothing to merge")
		log, err := filepath.Glob(filepath.Join(dir, "out", "logs", "*-1.log"))
		require.NoError(t, err)
		require.Len(t, log, 1)
		require.Contains(t, c.job(strings.TrimSuffix(filepath.Base(log[0]), "-1.log")), "ExitCode=0:9")
	})
}

// kill kills the program of that name that has an argument, and reports whether
// there was one.
func kill(program, argument string) bool {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is right
	for _, file := range files {
		line, _ := os.ReadFile(file) // a process may have ended
		args := strings.Split(string(line), "\x00")
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if filepath.Base(args[0]) == program && slices.Contains(args, argument) {
			return syscall.Kill(pid, syscall.SIGKILL) == nil
		}
	}
	return false
}
