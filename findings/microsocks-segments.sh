#!/usr/bin/env bash
# microsocks closes a conn whose greeting or request is cut by a segment, and cuts half-closes.
#
# Expected: the messages of SOCKS5 say how long they are (RFC 1928 sections 3 and 4), so a server waits
# for the rest of one. After the reply, each end of one side becomes the same end of the other.
# Seen, Debian's microsocks 1.0.3-2:
# - If the greeting or the request comes in two segments, the conn is closed.
# - After the client's half-close the answer is lost, and the client reads a clean end. A reset
#   of the target is a clean end for the client.
# Over a network that does not cut small segments only the last shows.
# Consequence: send greeting and request in one write each, and let no protocol behind it depend
# on a half-close.
# Sources: sockssrv.c (clientthread calls recv once for each state; copyloop ends at the first EOF).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download microsocks=1.0.3-2 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no microsocks 1.0.3-2, the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
cat >main.py <<'EOF'
import os
import socket
import struct
import subprocess
import threading
import time

threading.Timer(100, lambda: (print("gave up after 100 s"), os._exit(1))).start()
same = True


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def rest(conn, seconds=2.0):
    """What comes until the end, and how it ends."""
    conn.settimeout(seconds)
    data = b""
    try:
        while chunk := conn.recv(4096):
            data += chunk
    except socket.timeout:
        return data.decode("latin1"), "open"
    except ConnectionResetError:
        return data.decode("latin1"), "closed"
    return data.decode("latin1"), "closed"


def target(handle):
    """The port of a server whose first conn is handled by handle, and what that returns."""
    listener, results = socket.create_server(("127.0.0.1", 0)), []

    def run():
        conn, _ = listener.accept()
        try:
            results.append(handle(conn))
        except OSError as err:
            results.append(type(err).__name__)
        conn.close()
    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1], results


def answers(conn):
    request, _ = rest(conn)
    conn.sendall(b"answer")
    return request


def resets(conn):
    conn.recv(7)
    conn.sendall(b"half an ")
    time.sleep(0.3)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


PORT = free_port()
proxy = subprocess.Popen(["timeout", "90", "usr/bin/microsocks", "-i", "127.0.0.1", "-p", str(PORT)],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def connect():
    while True:
        try:
            return socket.create_connection(("127.0.0.1", PORT))
        except ConnectionRefusedError:
            time.sleep(0.1)


def send(*segments, half_close=False):
    """Sends the segments half a second apart. Returns what follows the replies to the greeting and
    to the request, or what came in place of them."""
    with connect() as conn:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for segment in segments:
                conn.sendall(segment)
                time.sleep(0.5)
            if half_close:
                conn.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server has closed already
        data, end = rest(conn, 3)
    if data[:4] == "\5\0\5\0" and len(data) >= 12:
        return "connected " + data[12:], end
    return data.encode("latin1").hex(" "), end


def check(what, got, want):
    global same
    print(f"{what}: {got}")
    same = same and got == want


GREETING = b"\5\1\0"


def request(port):
    return b"\5\1\0\1" + socket.inet_aton("127.0.0.1") + struct.pack(">H", port)


def answers_at_once(conn):
    got = conn.recv(7)
    conn.sendall(b"answer")
    return got.decode()


check("the client waits for each reply", send(GREETING, request(target(answers_at_once)[0]), b"request"),
      ("connected answer", "closed"))
check("the same, and it half-closes", send(GREETING, request(target(answers)[0]), b"request", half_close=True),
      ("connected ", "closed"))
r = request(target(answers)[0])
for what, segments in (("greeting", (GREETING[:1], GREETING[1:], r)), ("request", (GREETING, r[:4], r[4:]))):
    got, end = send(*segments)
    print(f"the {what} in two segments: {got or 'nothing'}, {end}")
    same = same and end == "closed" and not got.startswith("connected")
check("the target resets", send(GREETING, request(target(resets)[0]), b"request"), ("connected half an ", "closed"))
proxy.terminate()
proxy.wait()
if not same:
    print("microsocks behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
/usr/bin/python3 -u main.py
