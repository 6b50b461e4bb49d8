#!/usr/bin/env bash
# Twemproxy executes pipelined commands and does not answer them if an unsupported one follows.
#
# Expected: a proxy for Redis that does not support a command answers "-ERR" to it, as Redis does to
# one that it does not know, and goes on. What was sent before is answered in any case.
# Seen, Debian's nutcracker 0.5.0+dfsg-2 with "redis: true" and two servers:
# - A command that it does not support, such as INFO, SELECT or KEYS, closes the conn without an
#   answer. Commands that came before it in the same segment are passed on to the servers and
#   executed. Their answers are dropped: of 50 SET and an INFO, all 50 keys are set and the
#   client gets nothing. A client that repeats them does everything twice.
# - "PING" as a plain line, as people type it and as health checks send it, does the same, and
#   so does an empty array. PING as an array is answered.
# QUIT is better off: the answers before it arrive.
# Client libraries that send INFO or CLIENT when they connect cannot work with it.
# Consequence: switch such commands off in the client, and check a new one by itself, not at the
# end of a pipeline.
# Sources: nc_redis.c (an unsupported command is a parse error, which ends the conn) and notes/redis.md
# of the project, the list of supported commands.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download nutcracker=0.5.0+dfsg-2 && apt-get download libyaml-0-2; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no nutcracker 0.5.0+dfsg-2, the version of Debian 12"; exit 77; }
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
executed = []


def serve(conn):
    """A small server that speaks the protocol of Redis and says OK to everything."""
    file = conn.makefile("rb")
    while line := file.readline():
        words = []
        for _ in range(int(line[1:])):
            size = int(file.readline()[1:])
            words.append(file.read(size + 2)[:-2])
        executed.append(words)
        conn.sendall(b"+OK\r\n")


def server():
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


PORT = free_port()
with open("nutcracker.yml", "w") as f:
    f.write(f"pool:\n  listen: 127.0.0.1:{PORT}\n  redis: true\n  hash: fnv1a_64\n  distribution: ketama\n"
            f"  timeout: 5000\n  servers:\n   - 127.0.0.1:{server()}:1\n   - 127.0.0.1:{server()}:1\n")
proxy = subprocess.Popen(["timeout", "90", "usr/sbin/nutcracker", "-c", "nutcracker.yml", "-o", "log", "-p", "pid",
                          "-a", "127.0.0.1", "-s", str(free_port())], stderr=subprocess.DEVNULL)


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def connect():
    while True:
        try:
            return socket.create_connection(("127.0.0.1", PORT))
        except ConnectionRefusedError:
            time.sleep(0.1)


def check(what, request, want, want_end, want_executed):
    """Sends the request at once, and prints what comes back and how many commands the servers got."""
    global same
    executed.clear()
    answer, end = b"", "closed"
    with connect() as conn:
        conn.sendall(request)
        conn.settimeout(1.5)
        try:
            while chunk := conn.recv(4096):
                answer += chunk
        except socket.timeout:
            end = "open"
        except ConnectionResetError:
            pass
    time.sleep(1)  # the servers are done
    answers = answer.decode().split("\r\n")[:-1]
    print(f"{what}: {len(answers)} lines ({', '.join(sorted(set(answers)))}), {end}; executed: {len(executed)}")
    same = same and (answers, end, len(executed)) == (want, want_end, want_executed)


OK = ["+OK"] * 50
fifty = b"".join(command(b"SET", b"key %d" % i, b"1") for i in range(50))
check("50 SET", fifty, OK, "open", 50)
check("50 SET and INFO", fifty + command(b"INFO"), [], "closed", 50)
check("50 SET and SELECT", fifty + command(b"SELECT", b"0"), [], "closed", 50)
check("50 SET and QUIT", fifty + command(b"QUIT"), OK, "closed", 50)
check("PING as an array", command(b"PING"), ["+PONG"], "open", 0)
check("50 SET and PING as a line", fifty + b"PING\r\n", [], "closed", 50)
check("50 SET and an empty array", fifty + b"*0\r\n", [], "closed", 50)
proxy.terminate()
proxy.wait()
if not same:
    print("twemproxy behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu /usr/bin/python3 -u main.py
