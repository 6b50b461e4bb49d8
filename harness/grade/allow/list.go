package allow

import (
	"maps"
	"slices"
	"strings"
)

// A list says what an answer may use: import path → symbols. "*" is every
// symbol, "-X" is not X, and a type goes with its methods.
type list map[string][]string

// allows reports whether a symbol, "Exit" or "File.Close", is on the list.
func (l list) allows(path, symbol string) bool {
	owner, _, _ := strings.Cut(symbol, ".")
	symbols := l[path]
	switch {
	case slices.Contains(symbols, "-"+symbol), slices.Contains(symbols, "-"+owner):
		return false
	}
	return slices.Contains(symbols, "*") || slices.Contains(symbols, owner) || slices.Contains(symbols, symbol)
}

// read reads lines of a path and its symbols.
func read(text string) list {
	l := list{}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			l[words[0]] = append(l[words[0]], words[1:]...)
		}
	}
	return l
}

// common is what answers to every exercise may use, with the numbers of all
// errors of the packages in it. Nothing in it ends the process, reads its
// arguments, environment or memory, or starts another.
var common = read(`
bufio           *
bytes           *
cmp             *
container/heap  *
container/list  *
container/ring  *
context         *
crypto/rand     *
encoding/binary *
encoding/hex    *
errors          *
fmt             *
hash/crc32      *
hash/fnv        *
io              *
io/fs           ErrClosed ErrExist ErrInvalid ErrNotExist ErrPermission PathError FileMode
iter            *
maps            *
math            *
math/bits       *
math/rand       *
math/rand/v2    *
net             *
net/netip       *
os              ErrClosed ErrDeadlineExceeded ErrExist ErrInvalid ErrNotExist ErrPermission IsTimeout
os              NewSyscallError PathError Stderr Stdout SyscallError
regexp          *
runtime         Gosched KeepAlive
runtime/debug   Stack
slices          *
sort            *
strconv         *
strings         *
sync            *
sync/atomic     *
syscall         Conn Errno RawConn
time            *
unicode         *
unicode/utf8    *
log             * -Fatal -Fatalf -Fatalln -Logger.Fatal -Logger.Fatalf -Logger.Fatalln
`)

// descriptors is what exercises add that make sockets by system calls. None of
// these starts a process, maps memory or sends a signal.
const descriptors = `
golang.org/x/sys/unix AF_INET AF_INET6 AF_UNIX IPPROTO_TCP SOCK_CLOEXEC SOCK_NONBLOCK SOCK_STREAM SOL_SOCKET SOMAXCONN
golang.org/x/sys/unix Errno
golang.org/x/sys/unix Accept Accept4 Bind Close CloseOnExec Connect Getpeername Getsockname Listen Read Recvfrom Recvmsg
golang.org/x/sys/unix Sendmsg SendmsgN Sendto Shutdown SHUT_RD SHUT_RDWR SHUT_WR Socket Write
golang.org/x/sys/unix MSG_CTRUNC MSG_DONTWAIT MSG_NOSIGNAL MSG_PEEK MSG_WAITALL
golang.org/x/sys/unix Sockaddr SockaddrInet4 SockaddrInet6 SockaddrUnix RawSockaddrUnix
golang.org/x/sys/unix FD_CLOEXEC F_DUPFD_CLOEXEC F_GETFL F_SETFD F_SETFL FcntlInt O_NONBLOCK SetNonblock
golang.org/x/sys/unix GetsockoptInt SO_ERROR SO_REUSEADDR SO_REUSEPORT SO_SNDTIMEO SetsockoptInt SetsockoptTimeval
golang.org/x/sys/unix NsecToTimeval Timeval FdSet Select
golang.org/x/sys/unix Poll PollFd POLLERR POLLHUP POLLIN POLLNVAL POLLOUT
golang.org/x/sys/unix EPOLLIN EPOLLOUT EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD EpollCreate1 EpollCtl EpollEvent EpollWait
syscall               ForkLock
`

// additions are what single exercises teach, by name.
var additions = map[string]list{
	"02-listen": read(`syscall SOL_SOCKET SO_REUSEADDR SetsockoptInt`),
	"03-rawtcp": read(descriptors),
	"04-sockopts": read(`
golang.org/x/sys/unix GetsockoptInt GetsockoptLinger IPPROTO_IPV6 IPPROTO_TCP IPV6_V6ONLY Linger SOL_SOCKET SO_KEEPALIVE
golang.org/x/sys/unix SO_LINGER SO_RCVBUF SO_REUSEADDR SO_REUSEPORT SO_SNDBUF SetsockoptInt SetsockoptLinger TCP_KEEPCNT
golang.org/x/sys/unix TCP_KEEPALIVE TCP_KEEPIDLE TCP_KEEPINTVL TCP_NODELAY TCP_USER_TIMEOUT Errno
os File.Close File.Fd File.SyscallConn
`),
	"12-unixipc": read(descriptors + `
golang.org/x/sys/unix CmsgSpace GetsockoptUcred GetsockoptXucred ParseSocketControlMessage ParseUnixRights SO_PEERCRED
golang.org/x/sys/unix SOL_LOCAL LOCAL_PEERCRED Ucred UnixRights SocketControlMessage
io/fs         FileInfo ModePerm ModeSocket ModeType
os            Chmod File FileInfo FileMode Link Lstat Mkdir ModeSocket ModeType NewFile Remove RemoveAll Rename SameFile Stat
path/filepath Base Dir Join
syscall       RawSockaddrUnix SetNonblock Umask
`),
	"13-chanmux": read(`
reflect Select SelectCase SelectDefault SelectDir SelectRecv SelectSend ValueOf
reflect Value -Value.Call -Value.CallSlice -Value.Method -Value.MethodByName -Value.Set -Value.Pointer -Value.UnsafeAddr -Value.UnsafePointer
`),
	"14-pollecho": read(descriptors),
	"15-evloop": read(descriptors + `
golang.org/x/sys/unix EPOLLERR EPOLLET EPOLLEXCLUSIVE EPOLLHUP EPOLLONESHOT EPOLLRDHUP EPOLL_CLOEXEC EpollCreate EpollPwait
golang.org/x/sys/unix EFD_CLOEXEC EFD_NONBLOCK EFD_SEMAPHORE Eventfd Pipe Pipe2 O_CLOEXEC
golang.org/x/sys/unix CLOCK_MONOTONIC ItimerSpec TFD_CLOEXEC TFD_NONBLOCK TimerfdCreate TimerfdSettime
golang.org/x/sys/unix EVFILT_READ EVFILT_USER EVFILT_WRITE EV_ADD EV_CLEAR EV_DELETE EV_DISABLE EV_ENABLE EV_EOF EV_ERROR
golang.org/x/sys/unix EV_ONESHOT EV_RECEIPT NOTE_TRIGGER Kevent Kevent_t Kqueue SetKevent
golang.org/x/sys/unix NsecToTimespec Timespec
`),
}

// of returns the list of an exercise.
func of(exercise string) list {
	l := maps.Clone(common)
	for path, symbols := range additions[exercise] {
		l[path] = slices.Concat(symbols, l[path])
	}
	return l
}

// packages returns every package on any list.
func packages() []string {
	all := maps.Clone(common)
	for _, l := range additions {
		maps.Copy(all, l)
	}
	return slices.Sorted(maps.Keys(all))
}

// advice is what to do instead, by package or symbol.
var advice = map[string]string{
	"C":             "write it in Go",
	"embed":         "everything the code needs is in its parameters",
	"flag":          "everything the code needs is in its parameters",
	"log.Fatal":     "return an error",
	"log.Fatalf":    "return an error",
	"log.Fatalln":   "return an error",
	"net/http":      "the exercise is about sockets: use package net",
	"os.Args":       "everything the code needs is in its parameters",
	"os.Environ":    "everything the code needs is in its parameters",
	"os.Exit":       "return an error",
	"os.Getenv":     "everything the code needs is in its parameters",
	"os/exec":       "do it in this process",
	"plugin":        "write it in the files of the exercise",
	"reflect":       "use the types as they are",
	"runtime":       "do without it: the tests look at goroutines themselves",
	"runtime/debug": "do without it: the tests look at goroutines themselves",
	"syscall":       "use package net",
	"testing":       "leave testing to the tests",
	"unsafe":        "use the types as they are",
}

// insteadOf says what to do instead of using a package or symbol.
func insteadOf(what string, may list) string {
	if a := advice[what]; a != "" {
		return a
	}
	path, _, _ := strings.Cut(what, ".")
	switch symbols := may[path]; {
	case strings.HasPrefix(path, "socketkata"):
		return "write it yourself; no part of the kata may be imported"
	case symbols != nil && !slices.Contains(symbols, "*"):
		return "of package " + path + " it may use " + strings.Join(symbols, ", ")
	case symbols == nil && advice[path] != "":
		return advice[path]
	}
	return "it may import " + strings.Join(slices.Sorted(maps.Keys(may)), ", ")
}
