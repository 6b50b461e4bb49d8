package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"socketkata/harness/grade/sandbox"
	"socketkata/harness/results"
)

// enter runs in new namespaces, with the rights to arrange them. It gives up
// these rights and becomes the program.
func enter(file string, args []string) {
	runtime.LockOSThread() // rights belong to threads
	spec := read(file)
	sources := open(spec.Files)
	raiseLoopback()
	buildRoot(spec, sources)
	setLimits(spec.Limits)
	dropRights()
	tellEntered()
	argv := append(spec.Command[:len(spec.Command):len(spec.Command)], args...)
	must("start "+argv[0], unix.Exec(argv[0], argv, environment(spec)))
}

// entersVariable names the descriptor over which enter tells run that the sandbox
// is complete. An inner sandbox has none.
const entersVariable = "KATA_ENTERS"

func tellEntered() {
	fd, err := strconv.Atoi(os.Getenv(entersVariable))
	if err != nil {
		return
	}
	unix.CloseOnExec(fd)
	_, err = unix.Write(fd, []byte{1})
	must("tell that the sandbox is complete", err)
}

// environment is that of the program: what spec says, and where results go.
func environment(spec sandbox.Spec) []string {
	if channel, ok := os.LookupEnv(results.Variable); ok {
		return append(spec.Env, results.Variable+"="+channel)
	}
	return spec.Env
}

// open opens the files before the root that they are in is gone.
func open(files map[string]string) map[string]*os.File {
	sources := map[string]*os.File{}
	for inside, outside := range files {
		f, err := os.Open(outside)
		must("open a file of the sandbox", err)
		sources[inside] = f
	}
	return sources
}

// raiseLoopback brings lo up; 127.0.0.1 and ::1 then appear by themselves. An
// inner sandbox has the network of the outer one, where it is up.
func raiseLoopback() {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must("bring up loopback", err)
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	must("bring up loopback", err)
	must("bring up loopback", unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, lo))
	if lo.Uint16()&unix.IFF_UP != 0 {
		return
	}
	lo.SetUint16(lo.Uint16() | unix.IFF_UP | unix.IFF_RUNNING)
	must("bring up loopback", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo))
}

const newRoot = "/tmp" // what is there now is out of sight from here on

// buildRoot makes a root with copies of the files, and nothing else of the old.
func buildRoot(spec sandbox.Spec, sources map[string]*os.File) {
	shared, err := os.Open(newRoot)
	must("open /tmp", err)
	devices := open(map[string]string{"null": "/dev/null", "zero": "/dev/zero", "urandom": "/dev/urandom"})
	must("make the mounts private", unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must("mount the root", unix.Mount("tmpfs", newRoot, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"))
	for _, dir := range []string{"proc", "dev", "etc", "tmp"} {
		must("make the root", os.Mkdir(filepath.Join(newRoot, dir), 0o755))
	}
	must("make the root", os.WriteFile(newRoot+"/etc/hosts", []byte("127.0.0.1 localhost\n::1 localhost\n"), 0o444))
	for inside, f := range sources {
		place(filepath.Join(newRoot, inside), f)
	}
	if spec.Inner != nil {
		text, err := json.Marshal(spec.Inner)
		must("make the root", err)
		must("make the root", os.WriteFile(newRoot+sandbox.InnerInside, text, 0o444))
		self, err := os.Open("/proc/self/exe")
		must("make the root", err)
		place(newRoot+sandbox.BoxInside, self)
	}
	for name, f := range devices {
		inside := filepath.Join(newRoot, "dev", name)
		must("make "+name, os.WriteFile(inside, nil, 0o666))
		must("make "+name, unix.Mount(path(f), inside, "", unix.MS_BIND, ""))
	}
	must("mount /proc", unix.Mount("proc", newRoot+"/proc", "proc", procFlags(spec), ""))
	if spec.SharedTmp {
		must("mount /tmp", unix.Mount(path(shared), newRoot+"/tmp", "", unix.MS_BIND, ""))
	} else {
		must("mount /tmp", unix.Mount("tmpfs", newRoot+"/tmp", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV,
			"mode=1777,nr_inodes=10000,size="+strconv.FormatInt(spec.Limits.Disk, 10)))
	}
	must("enter the root", unix.Chdir(newRoot))
	must("enter the root", unix.PivotRoot(".", "."))
	must("leave the old root", unix.Unmount(".", unix.MNT_DETACH))
	must("make the root read-only", unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, ""))
	must("enter /tmp", unix.Chdir("/tmp"))
	must("name the machine", unix.Sethostname([]byte("kata")))
}

// path names an open file whose own name is out of sight.
func path(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }

// procFlags makes /proc read-only, or a program could write to its own memory.
// The judge of an inner sandbox says there which users that has.
func procFlags(spec sandbox.Spec) uintptr {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if spec.Inner != nil {
		return flags
	}
	return flags | unix.MS_RDONLY
}

// place copies a file. A copy belongs to nobody else and cannot be traced back.
func place(path string, f *os.File) {
	defer f.Close()
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o555)
	must("copy a file", err)
	_, err = io.Copy(to, f)
	must("copy a file", err)
	must("copy a file", to.Close())
}

func setLimits(l sandbox.Limits) {
	for _, r := range []struct {
		what  int
		limit int64
	}{
		{unix.RLIMIT_CPU, int64((l.CPU + time.Second - 1) / time.Second)},
		{unix.RLIMIT_AS, l.Memory},
		{unix.RLIMIT_NPROC, int64(l.Processes)},
		{unix.RLIMIT_NOFILE, int64(l.Files)},
		{unix.RLIMIT_FSIZE, l.FileSize},
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_MSGQUEUE, 1 << 20},
		{unix.RLIMIT_MEMLOCK, 1 << 20},
	} {
		var now unix.Rlimit
		must("read a limit", unix.Getrlimit(r.what, &now))
		limit := min(uint64(r.limit), now.Max)
		must("set a limit", unix.Setrlimit(r.what, &unix.Rlimit{Cur: limit, Max: limit}))
	}
}

// dropRights leaves the program without capabilities and without a way to get
// any: it is not root, and no program gives it more.
func dropRights() {
	must("give up rights", unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
	must("give up rights", unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
	none := [2]unix.CapUserData{}
	must("give up rights", unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0]))
}
