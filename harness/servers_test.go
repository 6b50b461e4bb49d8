package harness_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/exam"
	"socketkata/harness/judge"
	"socketkata/harness/spawn"
)

// A server is an echo server that others would write. It listens on a free port
// of 127.0.0.1 and says which.
type server struct {
	name    string
	command []string // the program, and its arguments before the file; PORT in them is a port kept free for it
	version string   // part of what --version prints, if other versions may behave differently
	file    string   // of the text, if there is one
	text    string
	fails   []string // requirements of 05-echo that it must fail; none if it is right
}

const socketserver = "import socketserver, shutil\n" +
	"class H(socketserver.StreamRequestHandler):\n    def handle(self):\n        %s\n" +
	"class S(socketserver.ThreadingTCPServer):\n    daemon_threads = True\n    request_queue_size = 128\n" +
	"s = S(('127.0.0.1', 0), H)\nprint('127.0.0.1:%%d' %% s.server_address[1], flush=True)\ns.serve_forever()\n"

const asyncioServer = "import asyncio\nasync def h(r, w):\n    try:\n        %s\n    except OSError: pass\n    w.close()\n" +
	"async def main():\n    s = await asyncio.start_server(h, '127.0.0.1', 0)\n" +
	"    print('127.0.0.1:%%d' %% s.sockets[0].getsockname()[1], flush=True)\n    await s.serve_forever()\nasyncio.run(main())\n"

const nodeServer = "const s = require('net').createServer({allowHalfOpen: true}, c => { %s })\n" +
	"s.listen(0, '127.0.0.1', () => console.log('127.0.0.1:' + s.address().port))\n"

const tclServer = "proc a {c h p} { %s }\n" +
	"set s [socket -server a -myaddr 127.0.0.1 0]\nputs \"127.0.0.1:[lindex [fconfigure $s -sockname] 2]\"\nflush stdout\nvwait forever\n"

const javaServer = "import java.io.*; import java.net.*;\nclass S { public static void main(String[] x) throws Exception {\n" +
	"ServerSocket s = new ServerSocket(0, 128, InetAddress.getByName(\"127.0.0.1\"));\nSystem.out.println(\"127.0.0.1:\" + s.getLocalPort());\n" +
	"while (true) { Socket c = s.accept(); new Thread(() -> { try (c) { %s } catch (IOException e) {} }).start(); } } }\n"

const rubyServer = "require 'socket'\ns = TCPServer.new('127.0.0.1', 0)\n$stdout.puts \"127.0.0.1:#{s.addr[1]}\"\n$stdout.flush\n" +
	"loop { Thread.new(s.accept) { |c|\n    begin %s\n    rescue SystemCallError\n    ensure c.close\n    end } }\n"

// By default the end of input closes the socket and drops what is still to be sent.
const erlangServer = "main(_) ->\n" +
	"    {ok, S} = gen_tcp:listen(0, [binary, {ip, {127,0,0,1}}, {active, false}, {backlog, 128}, {exit_on_close, false}]),\n" +
	"    {ok, P} = inet:port(S), io:format(\"127.0.0.1:~b~n\", [P]), accept(S).\n" +
	"accept(S) -> {ok, C} = gen_tcp:accept(S), P = spawn(fun() -> receive go -> serve(C) end end),\n" +
	"    gen_tcp:controlling_process(C, P), P ! go, accept(S).\n" +
	"serve(C) -> ok = inet:setopts(C, [{active, once}]),\n" +
	"    receive {tcp, C, D} -> ok = gen_tcp:send(C, D), serve(C); _ -> gen_tcp:close(C) end.\n"

const guileServer = "(use-modules (ice-9 threads) (ice-9 binary-ports))\n(sigaction SIGPIPE SIG_IGN)\n" +
	"(define s (socket PF_INET SOCK_STREAM 0))\n(bind s AF_INET INADDR_LOOPBACK 0)\n(listen s 128)\n" +
	"(format #t \"127.0.0.1:~a\\n\" (sockaddr:port (getsockname s)))\n(force-output)\n" +
	"(while #t (let ((c (car (accept s)))) (setvbuf c 'block 65536) (call-with-new-thread (lambda ()\n" +
	"    (false-if-exception (let next ((b (get-bytevector-some c))) (unless (eof-object? b)\n" +
	"        (put-bytevector c b) (force-output c) (next (get-bytevector-some c)))))\n" +
	"    (false-if-exception (close-port c))))))\n"

func script(program, file, form, body string, fails ...string) server {
	return server{command: []string{program}, file: file, text: fmt.Sprintf(form, body), fails: fails}
}

func named(name string, s server) server { s.name = name; return s }

// servers are programs whose behaviour was measured by other means before.
var servers = []server{
	{name: "socat EXEC:cat", command: []string{"socat", "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork,backlog=128", "EXEC:cat"}},
	{name: "systemd-socket-activate cat", command: []string{"systemd-socket-activate", "--listen=127.0.0.1:PORT", "--accept", "--inetd", "cat"}},
	{name: "netpoll", command: []string{"netpollecho"}, fails: []string{"R10"}}, // a race in netpoll decides R3 and R7
	{name: "ncat -e cat", command: []string{"ncat", "-v", "-l", "-k", "-e", "/bin/cat", "127.0.0.1", "PORT"}, version: "Version 7.93", fails: []string{"R3", "R7", "R10"}},
	named("python recv and sendall", script("python3", "s.py", socketserver, "for b in iter(lambda: self.request.recv(65536), b''): self.request.sendall(b)")),
	named("python, one line", script("python3", "s.py", socketserver, "self.wfile.write(self.rfile.readline(10001))", "R1", "R3", "R7")),
	named("python, line by line", script("python3", "s.py", socketserver, "for line in self.rfile: self.wfile.write(line)", "R1")),
	named("python copyfileobj", script("python3", "s.py", socketserver, "shutil.copyfileobj(self.rfile, self.wfile)", "R1", "R2", "R4", "R9")),
	named("asyncio with drain", script("python3", "s.py", asyncioServer, "while b := await r.read(65536): w.write(b); await w.drain()")),
	named("asyncio, one answer", script("python3", "s.py", asyncioServer, "w.write(await r.read(65536)); await w.drain()", "R1", "R2", "R3", "R7")),
	named("asyncio without drain", script("python3", "s.py", asyncioServer, "while b := await r.read(65536): w.write(b)", "R10")),
	named("node without pause", script("node", "s.js", nodeServer, "c.on('error', () => {}); c.on('data', d => c.write(d)); c.on('end', () => c.end())", "R10")),
	named("node pipe", script("node", "s.js", nodeServer, "c.on('error', () => {}); c.pipe(c)")),
	named("tcl fcopy", script("tclsh", "s.tcl", tclServer, "fconfigure $c -translation binary -blocking 0; fcopy $c $c -command [list apply {{c args} {close $c}} $c]")),
	named("tcl lines", script("tclsh", "s.tcl", tclServer, "fconfigure $c -buffering line -blocking 0; fileevent $c readable [list apply {c {if {[gets $c l] >= 0} {puts $c $l} elseif {[eof $c]} {close $c}}} $c]", "R1", "R2", "R3", "R4", "R7", "R9")),
	named("java transferTo", script("java", "S.java", javaServer, "c.getInputStream().transferTo(c.getOutputStream());")),
	named("java lines", script("java", "S.java", javaServer, "var r = new BufferedReader(new InputStreamReader(c.getInputStream())); var w = new PrintWriter(c.getOutputStream(), true); for (String l; (l = r.readLine()) != null; ) w.println(l);", "R1", "R3", "R7")),
	named("ruby copy_stream", script("ruby", "s.rb", rubyServer, "IO.copy_stream(c, c)")),
	named("ruby lines", script("ruby", "s.rb", rubyServer, "while l = c.gets; c.puts(l); end", "R1", "R3", "R7")),
	{name: "erlang active once", command: []string{"escript"}, file: "s.erl", text: "#!escript\n" + erlangServer},
	{name: "guile get-bytevector-some", command: []string{"guile", "--no-auto-compile"}, file: "s.scm", text: guileServer},
}

// TestRealServers has 05-echo judge servers that know nothing of this repository,
// as kata probe does. It takes minutes: KATA_SERVERS=1 asks for it.
func TestRealServers(t *testing.T) {
	t.Parallel()
	if os.Getenv("KATA_SERVERS") == "" {
		t.Skip(exam.LeftOut + "KATA_SERVERS=1 judges servers in other languages")
	}
	all := exercises(t)
	i := slices.IndexFunc(all, func(e *catalog.Exercise) bool { return e.Slug == "echo" })
	if i < 0 {
		t.Skip("EX names another exercise")
	}
	e := all[i]
	require.NoError(t, e.Check())
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, e, judge.Stub(e), judge.Options{}.AtAddress(s.start(t)))
			failed := failing(r)
			for _, id := range s.fails {
				require.Contains(t, failed, id, "%s is wrong and was passed: %s", s.name, describe(r))
			}
			if len(s.fails) == 0 {
				require.Empty(t, failed, "%s is right and was failed: %s", s.name, describe(r))
			}
		})
	}
}

var listening = regexp.MustCompile(`127\.0\.0\.1:[1-9][0-9]*`)

// start starts the server for as long as the test runs and returns its address.
func (s server) start(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath(s.command[0])
	if err != nil {
		t.Skip(s.command[0] + " is not installed")
	}
	if s.version != "" {
		if is := (client{version: []string{"--version"}}).who(t, path); !strings.Contains(is, s.version) {
			t.Skipf("this is %q, and only %q was measured", is, s.version)
		}
	}
	args := slices.Clone(s.command[1:])
	for i, arg := range args {
		if strings.Contains(arg, "PORT") {
			args[i] = strings.Replace(arg, "PORT", freePort(t), 1)
		}
	}
	if s.file != "" {
		file := filepath.Join(t.TempDir(), s.file)
		require.NoError(t, os.WriteFile(file, []byte(s.text), 0o644))
		args = append(args, file)
	}
	cmd := exec.CommandContext(examContext(t), path, args...)
	said, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	group := spawn.NewGroup(cmd) // ncat and its child can block each other forever
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { group.Kill(); cmd.Wait(); group.End() })
	var before []string
	for lines := bufio.NewScanner(said); lines.Scan(); before = append(before, lines.Text()) {
		if address := listening.FindString(lines.Text()); address != "" {
			go io.Copy(io.Discard, said)
			return address
		}
	}
	require.Fail(t, s.name+" ended before it said where it listens", strings.Join(before, "\n"))
	return ""
}
