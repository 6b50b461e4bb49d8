#!/usr/bin/env bash
# corkscrew prints the end of the proxy's reply as data, and loses the answer if its input ends.
#
# Expected: a program that makes a tunnel with CONNECT reads the proxy's reply up to the empty line,
# however many segments it takes. What follows belongs to the target. When standard input ends it
# sends FIN and prints what still comes, as "nc -N" does, so "command | tunnel" gets its answer.
# Seen, Debian's corkscrew 2.0-14 and proxytunnel 1.10.20210604-2:
# - corkscrew takes one segment for the reply. If a border is in the header, the rest of the
#   header is printed as data, in front of the greeting that the target has sent. ssh skips
#   lines before the server's version, so it works as a ProxyCommand; other protocols do not.
# - If a border is in the first line, corkscrew gives up: "Proxy could not open connection".
# - corkscrew and proxytunnel exit as soon as their input ends. The target reads the request and
#   FIN, but its answer is never printed, and the exit status is 0.
# - proxytunnel fails if the proxy answers 202, although each 2xx means that the tunnel is up;
#   corkscrew accepts it.
# connect-proxy 1.105-1.3 and socat 1.7.4.4-2 get the reply and the answer right, but they take
# no 2xx except 200 either.
# Consequence: use ncat or socat ("-t" for the answer) for anything except ssh.
# Sources: corkscrew.c (one read and one sscanf for the reply; its loop ends at the first EOF of
# either side); proxytunnel's http.c (analyze_HTTP compares with "200"); RFC 9110 section 9.3.6
# on 2xx.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download corkscrew=2.0-14 proxytunnel=1.10.20210604-2 connect-proxy=1.105-1.3 \
  socat=1.7.4.4-2 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
cat >main.py <<'EOF'
import os
import socket
import subprocess
import threading
import time

threading.Timer(60, lambda: (print("gave up after 60 s"), os._exit(1))).start()
same = True


def check(what, got, want):
    global same
    print(f"{what}: {got}")
    same = same and got == want


def argv(name, port):
    return {
        "corkscrew": ["usr/bin/corkscrew", "127.0.0.1", port, "target.example", "25"],
        "proxytunnel": ["usr/bin/proxytunnel", "-q", "-p", f"127.0.0.1:{port}", "-d", "target.example:25"],
        "connect-proxy": ["usr/bin/connect-proxy", "-H", f"127.0.0.1:{port}", "target.example", "25"],
        "socat": ["usr/bin/socat", "-t", "20", "-", f"PROXY:127.0.0.1:target.example:25,proxyport={port}"],
    }[name]


def until(read, end):
    data = b""
    while end not in data:
        byte = read(1)
        if not byte:
            break
        data += byte
    return data


def tunnel(name, *pieces):
    """What a program prints whose proxy sends its reply in pieces, and its exit status. The last
    piece may end with a greeting. When it is printed, the program's input is a line and its end."""
    with socket.create_server(("127.0.0.1", 0)) as ln:
        program = subprocess.Popen(argv(name, str(ln.getsockname()[1])), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        conn, _ = ln.accept()
    printed = request = b""
    with conn:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        until(conn.recv, b"\r\n\r\n")
        try:
            for piece in pieces:
                time.sleep(0.3)
                conn.sendall(piece)
            printed = until(program.stdout.read, b"hi\r\n")
            program.stdin.write(b"HELO me\r\n")
            program.stdin.close()
            request = until(conn.recv, b"no such text")  # up to FIN
            time.sleep(0.3)
            conn.sendall(b"250 ok\r\n")
        except OSError:
            pass  # the program has exited
    printed += program.stdout.read()
    return printed.decode(), request.decode(), program.wait()


STATUS = b"HTTP/1.1 200 Connection established\r\n"
VIA = b"Via: 1.1 proxy\r\n\r\n"
HI = b"220 hi\r\n"
RIGHT = ("220 hi\r\n250 ok\r\n", "HELO me\r\n", 0)
NO_ANSWER = ("220 hi\r\n", "HELO me\r\n", 0)

for name in ("connect-proxy", "socat"):
    check(f"{name}, reply in one segment", tunnel(name, STATUS + VIA + HI), RIGHT)
    check(f"{name}, border in the header", tunnel(name, STATUS, VIA + HI), RIGHT)
    check(f"{name}, border in the first line", tunnel(name, STATUS[:11], STATUS[11:] + VIA + HI), RIGHT)
    check(f"{name}, 202", tunnel(name, b"HTTP/1.1 202 Accepted\r\n\r\n" + HI), ("", "", 1))

name = "proxytunnel"
check(f"{name}, reply in one segment", tunnel(name, STATUS + VIA + HI), NO_ANSWER)
check(f"{name}, border in the header", tunnel(name, STATUS, VIA + HI), NO_ANSWER)
check(f"{name}, border in the first line", tunnel(name, STATUS[:11], STATUS[11:] + VIA + HI), NO_ANSWER)
check(f"{name}, 202", tunnel(name, b"HTTP/1.1 202 Accepted\r\n\r\n" + HI), ("", "", 1))

name = "corkscrew"
check(f"{name}, reply in one segment", tunnel(name, STATUS + VIA + HI), NO_ANSWER)
check(f"{name}, border in the header", tunnel(name, STATUS, VIA + HI),
      ("Via: 1.1 proxy\r\n\r\n220 hi\r\n", "HELO me\r\n", 0))
check(f"{name}, border in the first line", tunnel(name, STATUS[:11], STATUS[11:] + VIA + HI), ("", "", 255))
check(f"{name}, 202", tunnel(name, b"HTTP/1.1 202 Accepted\r\n\r\n" + HI), NO_ANSWER)

if not same:
    print("the programs behave differently from what is stated here")
    os._exit(1)
os._exit(0)
EOF
/usr/bin/python3 main.py
