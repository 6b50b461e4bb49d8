#!/usr/bin/env bash
# rinetd, simpleproxy, redir and netsed cut half-closes; socat keeps one for half a second.
#
# Expected of a program that forwards TCP conns: each end of one side becomes the same end of the
# other. A client that half-closes after its request gets the answer. If the backend resets
# the conn in the middle of an answer, the client's read fails, too.
# Seen, Debian's socat 1.7.4.4-2, rinetd 0.73-1, simpleproxy 3.5-1+b2, redir 3.3-1 and netsed
# 1.2-3+b1:
# - In all but socat the client's FIN closes both conns. The client reads a clean EOF in place of
#   the answer, even if the backend answers at once.
# - socat waits for the answer, but for half a second only, after which it closes as cleanly. An
#   answer that begins later is lost; one that pauses for longer is cut there. With "-t 5" it
#   arrives whole.
# - The other direction is the same: what the client sends after the backend's FIN is lost, with
#   socat half a second later.
# - In all five a reset of the backend is a clean end for the client, so the first half of an
#   answer looks like a short answer. A reset of the client is a clean end for the backend.
# So a request that ends with a half-close works without the forwarder, and through it only if
# the backend is fast, or never.
# Consequence: put lengths or an end mark into a protocol that such programs may forward, and
# set "-t" of socat to the longest time that an answer may take.
# Sources: the manual of socat, option -t ("default: 0.5 s"); redir.c, simpleproxy.c and netsed.c
# (one select loop ends at the first EOF); rinetd's src/rinetd.c.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download socat=1.7.4.4-2 libwrap0=7.6.q-32 rinetd=0.73-1 simpleproxy=3.5-1+b2 redir=3.3-1 netsed=1.2-3+b1 \
  >apt.log 2>&1 || { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
cat >main.py <<'EOF'
import os
import socket
import struct
import subprocess
import sys
import threading
import time

threading.Timer(120, lambda: (print("gave up after 120 s"), os._exit(1))).start()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def rest(conn):
    """All bytes up to the end, and how the conn ended."""
    data = b""
    try:
        while chunk := conn.recv(4096):
            data += chunk
    except ConnectionResetError:
        return data.decode() + ", reset"
    return data.decode() + ", EOF"


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def start(name, port, to):
    address, target = f"127.0.0.1:{port}", f"127.0.0.1:{to}"
    with open("rinetd.conf", "w") as f:
        f.write(f"127.0.0.1 {port} 127.0.0.1 {to}\n")
    listen = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork"
    return subprocess.Popen({
        "socat": ["usr/bin/socat", listen, "TCP:" + target],
        "socat -t 5": ["usr/bin/socat", "-t", "5", listen, "TCP:" + target],
        "rinetd": ["usr/sbin/rinetd", "-f", "-c", "rinetd.conf"],
        "simpleproxy": ["usr/bin/simpleproxy", "-L", address, "-R", target],
        "redir": ["usr/bin/redir", "-n", address, target],
        "netsed": ["usr/bin/netsed", "tcp", str(port), "127.0.0.1", str(to), "s/one/one"],
    }[name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def through(name, backend, client):
    """Runs client and backend on the two ends of a forwarder, and returns what each saw."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen = []

    def serve():
        while True:
            conn, _ = listener.accept()
            conn.settimeout(10)
            first = conn.recv(4)
            if not first:  # only asks whether the port is open
                conn.close()
                continue
            try:
                seen.append(backend(conn))
            except OSError as err:
                seen.append(type(err).__name__)
            conn.close()
            return

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    port = free_port()
    forwarder = start(name, port, listener.getsockname()[1])
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        conn = socket.create_connection(("127.0.0.1", port))
        conn.settimeout(10)
        conn.sendall(b"ping")
        got = client(conn)
        conn.close()
        server.join(10)
    finally:
        forwarder.terminate()
        forwarder.wait()
        listener.close()
    return got, seen[0] if seen else "nothing"


def half_close(conn):
    conn.shutdown(socket.SHUT_WR)
    return rest(conn)


def answer(delay, pause=0.0):
    def backend(conn):
        rest(conn)
        time.sleep(delay)
        conn.sendall(b"first half")
        time.sleep(pause)
        conn.sendall(b", second half")
    return backend


def answer_and_reset(conn):
    conn.sendall(b"first half")
    time.sleep(0.2)
    reset(conn)


def end_and_read(conn):
    conn.shutdown(socket.SHUT_WR)
    return rest(conn)


def send_after_end(conn):
    rest(conn)
    time.sleep(1.5)
    conn.sendall(b"more")


def wait_and_reset(conn):
    time.sleep(0.3)
    reset(conn)


same = True


def check(name, what, got, want):
    global same
    print(f"{name}: {what}: {got}")
    same = same and got == want


WHOLE, HALF, NONE = "first half, second half, EOF", "first half, EOF", ", EOF"
for name in ["socat", "socat -t 5", "rinetd", "simpleproxy", "redir", "netsed"]:
    socat, patient = name.startswith("socat"), name == "socat -t 5"
    check(name, "client half-closes, the answer comes at once",
          through(name, answer(0), half_close)[0], WHOLE if socat else NONE)
    check(name, "client half-closes, the answer pauses for 1.5 s",
          through(name, answer(0, 1.5), half_close)[0], WHOLE if patient else HALF if socat else NONE)
    check(name, "client half-closes, the answer comes after 1.5 s",
          through(name, answer(1.5), half_close)[0], WHOLE if patient else NONE)
    check(name, "backend resets after half of the answer", through(name, answer_and_reset, rest)[0], HALF)
    check(name, "backend half-closes, the client sends after 1.5 s, the backend sees",
          through(name, end_and_read, send_after_end)[1], "more, EOF" if patient else NONE)
    check(name, "client resets, the backend sees", through(name, rest, wait_and_reset)[1], NONE)
if not same:
    print("the forwarders behave differently from what is stated here")
os._exit(0 if same else 1)
EOF
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu /usr/bin/python3 -u main.py
