package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socketkata/harness/grade/sandbox"
	"socketkata/harness/results"
)

// inside is the user and group ID of the program. It is not 0: some programs
// behave differently as root.
const inside = 1000

// nobody is whom root becomes, because the limit on processes does not bind root.
const nobody = 65534

// run starts a sandbox and returns the exit status of the program.
func run(path string, args []string) int {
	spec := read(path)
	starts := noteAsked(path)
	channel, files, err := results.HandOver()
	must("open the results channel", err)
	ctx, cancel := context.WithTimeout(context.Background(), spec.Limits.Wall)
	defer cancel()
	dropRoot()
	endWith(spec.Owner, cancel)
	cmd := command(ctx, spec, path, args)
	entered, enters, err := os.Pipe()
	must("open a pipe", err)
	cmd.Env, cmd.Dir = append([]string{fmt.Sprintf("%s=%d", entersVariable, 3+len(files))}, channel...), "/"
	cmd.ExtraFiles = append(files[:len(files):len(files)], enters)
	meter := &meter{left: spec.Limits.Output, cancel: cancel}
	cmd.Stdout, cmd.Stderr = meter.to(os.Stdout), meter.to(os.Stderr)
	cmd.WaitDelay = time.Second
	signal.Ignore(unix.SIGQUIT) // a judge's request for a dump, which does not reach the program
	go onSignal(cancel)
	if err = cmd.Start(); err == nil {
		noteStarted(starts, entered, cmd.ExtraFiles)
		err = cmd.Wait()
	}
	switch exit := (*exec.ExitError)(nil); {
	case meter.over.Load():
		return say("sandbox: the output limit is exceeded, so the program was killed", 1)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return say("sandbox: the time limit is exceeded, so the program was killed", 1)
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return 0
	case !errors.As(err, &exit):
		fail("start", err)
	case exit.Exited():
		return exit.ExitCode()
	}
	return say(err.Error(), 1) // "signal: killed"
}

// noteAsked notes that a sandbox was asked for, as long as this is the user to
// whom the folder belongs.
func noteAsked(path string) *os.File {
	starts, err := os.OpenFile(path+sandbox.Starts, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	must("note the start", err)
	_, err = starts.WriteString(sandbox.Asked)
	must("note the start", err)
	return starts
}

// noteStarted closes the files that the sandbox has been given, or the judge would
// not see the results channel end, and notes the start once it is complete.
func noteStarted(starts, entered *os.File, given []*os.File) {
	for _, f := range given {
		f.Close()
	}
	if n, _ := entered.Read(make([]byte, 1)); n == 1 {
		starts.WriteString(sandbox.Started) // without it, the unit is judged again
	}
}

func say(what string, status int) int {
	io.WriteString(os.Stdout, what+"\n")
	return status
}

// onSignal ends the sandbox when this process is asked to end.
func onSignal(cancel func()) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	<-asked
	cancel()
}

// endWith calls cancel when a process has ended: the one that asked for the
// sandbox. The parent of this process outlives it if it is killed.
//
// The runtime's poller waits, and no thread does in poll(2): the calls of dropRoot
// interrupt such a thread, and with Go 1.26.8 one of them then sometimes waited for
// a minute to stop the world.
func endWith(owner int, cancel func()) {
	fd, err := unix.PidfdOpen(owner, unix.PIDFD_NONBLOCK)
	must("watch the process that asked for the sandbox", err)
	process, err := os.NewFile(uintptr(fd), "pidfd").SyscallConn()
	must("watch the process that asked for the sandbox", err)
	go func() {
		must("watch the process that asked for the sandbox", process.Read(ended))
		cancel()
	}()
}

// ended reports whether a process has ended.
func ended(pidfd uintptr) bool {
	n, _ := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, 0)
	return n > 0
}

// dropRoot makes this process nobody's if it is root's. In a container in which
// there is no user but root, that root is an ordinary user outside.
func dropRoot() {
	if os.Geteuid() != 0 || errors.Is(syscall.Setresgid(nobody, nobody, nobody), unix.EINVAL) {
		return
	}
	must("become nobody", syscall.Setgroups(nil))
	must("become nobody", syscall.Setresuid(nobody, nobody, nobody))
	// A process that has changed its user must not be looked into, and so could
	// not tell the kernel which users its children have.
	must("become nobody", unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0))
}

// command returns the command whose first process runs in new namespaces.
func command(ctx context.Context, spec sandbox.Spec, path string, args []string) *exec.Cmd {
	enter := append([]string{"enter", path}, args...)
	self, err := os.Executable()
	must("find myself", err)
	if spec.Kind == sandbox.Bubblewrap {
		// It makes the namespaces and no more: the rest is the same either way.
		wrap := []string{"--unshare-all", "--die-with-parent", "--as-pid-1", "--uid", "1000", "--gid", "1000", "--cap-add", "ALL",
			"--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--", self}
		cmd := exec.CommandContext(ctx, spec.Bwrap, append(wrap, enter...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL}
		return cmd
	}
	cmd := exec.CommandContext(ctx, self, enter...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid: true, Pdeathsig: unix.SIGKILL,
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: inside, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: inside, HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_NET_ADMIN, unix.CAP_SYS_ADMIN},
	}
	return cmd
}

// A meter counts what the program prints.
type meter struct {
	left   int64
	used   atomic.Int64
	over   atomic.Bool
	cancel func()
}

func (m *meter) to(w io.Writer) io.Writer { return &metered{m, w} }

type metered struct {
	m *meter
	w io.Writer
}

func (w *metered) Write(p []byte) (int, error) {
	if w.m.used.Add(int64(len(p))) > w.m.left {
		if !w.m.over.Swap(true) {
			w.m.cancel()
		}
		return len(p), nil
	}
	return w.w.Write(p)
}
