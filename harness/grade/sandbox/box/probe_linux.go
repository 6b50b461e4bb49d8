package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socketkata/harness/grade/sandbox"
	"socketkata/harness/spawn"
)

// probe tries one thing and prints what happened. An empty sandbox prints
// nothing but what it should.
func probe(name string) int {
	name, argument, _ := strings.Cut(name, "=")
	try, known := map[string]func(string){
		"hello":   func(string) { fmt.Println("hello") },
		"inner":   inner,
		"dial":    dial,
		"loop":    loopback,
		"read":    readFile,
		"list":    list,
		"signal":  signalAll,
		"fork":    fork,
		"wait":    func(string) { time.Sleep(time.Minute) },
		"memory":  memory,
		"print":   printMuch,
		"disk":    disk,
		"detach":  detach,
		"rights":  rights,
		"environ": func(string) { fmt.Print(strings.Join(os.Environ(), "\n")) },
	}[name]
	if !known {
		return failed
	}
	try(argument)
	return 0
}

// inner runs another probe in a sandbox inside this one, as package remote does.
func inner(string) {
	cmd := exec.Command(sandbox.BoxInside, "enter", sandbox.InnerInside)
	spawn.Apart(cmd)
	cmd.Env = []string{"SECRET=1"} // does not reach it
	out, err := cmd.CombinedOutput()
	fmt.Print(string(out))
	if err != nil {
		fmt.Println(err)
		os.Exit(failed)
	}
}

// dial tries the server outside, and whether there is any way to elsewhere. No
// datagram is sent for that.
func dial(address string) {
	if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		c.Close()
		fmt.Println("went out to", address)
	}
	if c, err := net.Dial("udp", "192.0.2.1:9"); err == nil {
		c.Close()
		fmt.Println("there is a route")
	}
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		if i.Flags&net.FlagLoopback == 0 && i.Flags&net.FlagUp != 0 {
			fmt.Println("there is the interface", i.Name)
		}
	}
}

func loopback(string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		_, err = net.Dial("tcp", ln.Addr().String())
	}
	fmt.Println(err)
}

func readFile(path string) {
	if _, err := os.ReadFile(path); err == nil {
		fmt.Println("read", path)
	}
	for _, path := range []string{"/etc/passwd", "/usr/bin/env", "/proc/1/root/etc/passwd", "/dev/shm", "/dev/mem"} {
		if _, err := os.Stat(path); err == nil {
			fmt.Println("found", path)
		}
	}
	for _, path := range []string{"/new", "/probe", "/proc/self/mem", "/dev/new"} {
		if f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
			f.Close()
			fmt.Println("opened", path, "for writing")
		}
	}
}

// list prints the processes that are visible besides this one.
func list(string) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		fmt.Println(err)
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && pid != os.Getpid() {
			fmt.Println("there is process", pid)
		}
	}
}

// signalAll sends a signal that does no harm to whatever it can reach.
func signalAll(argument string) {
	pid, _ := strconv.Atoi(argument)
	for _, pid := range []int{pid, os.Getppid(), -1} {
		if err := syscall.Kill(pid, 0); err == nil && pid != 0 {
			fmt.Println("reached process", pid)
		}
	}
}

// fork starts processes until it cannot, and prints how many.
func fork(argument string) {
	most, _ := strconv.Atoi(argument)
	for n := range most {
		cmd := exec.Command("/proc/self/exe", "probe", "wait")
		if err := cmd.Start(); err != nil {
			fmt.Println(n)
			return
		}
	}
	fmt.Println(most)
}

// memory takes addresses, not pages: nobody else is disturbed.
func memory(argument string) {
	most, _ := strconv.Atoi(argument)
	for n := 0; n < most; n += 64 {
		if _, err := unix.Mmap(-1, 0, 64<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE); err != nil {
			fmt.Println("refused")
			return
		}
	}
	fmt.Println("got", most, "MiB")
}

func printMuch(argument string) {
	most, _ := strconv.Atoi(argument)
	block := bytes.Repeat([]byte("x"), 1<<20)
	for range most {
		os.Stdout.Write(block)
	}
	fmt.Println("printed all")
}

func disk(argument string) {
	most, _ := strconv.Atoi(argument)
	block := bytes.Repeat([]byte("x"), 1<<20)
	for n := range most {
		if err := os.WriteFile("/tmp/"+strconv.Itoa(n), block, 0o600); err != nil {
			fmt.Println("refused")
			return
		}
	}
	fmt.Println("wrote", most, "MiB")
}

// detach leaves a process of another session behind.
func detach(argument string) {
	cmd := exec.Command("/proc/self/exe", "probe", "wait", argument)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		fmt.Println(err)
	}
}

// rights prints capabilities and whether programs can give more.
func rights(string) {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":\t")
		switch {
		case strings.HasPrefix(name, "Cap") && name != "CapBnd" && strings.Trim(value, "0") != "":
			fmt.Println(name, value)
		case name == "NoNewPrivs" && value != "1":
			fmt.Println(name, value)
		}
	}
	if os.Getuid() == 0 {
		fmt.Println("is root")
	}
}
