#!/usr/bin/env bash
# The senders of Python's fluent-logger drop all records at the limit, or at close().
#
# Expected: a sender that cannot reach the server keeps records up to bufmax bytes. If there are
# more, the oldest go, and buffer_overflow_handler gets them. close() tries once more and hands
# what is left to that handler. asyncsender is the same, with a thread.
# Seen, Debian's python3-fluent-logger 0.10.0-3:
# - When the next record does not fit any more, all that wait go, and the new one with them. If
#   the server is away for long, the buffer is emptied again and again. What arrives later is
#   anything from no record to a full buffer.
# - close() of asyncsender closes the conn and drops what could not be sent before: five records
#   that were emitted while the server was away are lost, though the server is back, and the
#   handler is not called. close() of the sender without a thread sends them.
# Consequence: emit one more record before close() of asyncsender, which takes those that wait
# along; and make bufmax large.
# Sources: fluent/sender.py (_send_internal sets pendings to None) and fluent/asyncsender.py
# (_send_loop ends with _close, which only closes the socket).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-fluent-logger=0.10.0-3 python3-msgpack=1.0.3-2+b1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
cat >main.py <<'EOF'
import os
import socket
import threading
import time

import msgpack
from fluent import asyncsender, sender

threading.Timer(60, lambda: (print("gave up after 60 s"), os._exit(1))).start()
same = True


def check(what, got, want):
    global same
    print(f"{what}: {got}")
    same = same and got == want


def numbers(data):
    unpacker = msgpack.Unpacker(raw=False)
    unpacker.feed(data)
    return [record[2]["n"] for record in unpacker]


class Server:
    """Starts after the records were emitted, on a port that refused until then."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.port = s.getsockname()[1]

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.data = b""
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        self.listener.settimeout(2)
        try:
            conn, _ = self.listener.accept()
        except socket.timeout:
            return
        while chunk := conn.recv(4096):
            self.data += chunk

    def received(self):
        self.thread.join()
        return numbers(self.data)


def emit_and_close(kind, last=False):
    server, overflow = Server(), []
    s = kind("app", host="127.0.0.1", port=server.port, buffer_overflow_handler=overflow.append)
    for n in range(5):
        s.emit("event", {"n": n})
    time.sleep(1)  # the thread has tried all five
    server.start()
    if last:
        s.emit("event", {"n": 5})
    s.close()
    return server.received(), [numbers(data) for data in overflow]


check("sender: received after close, given to the handler", emit_and_close(sender.FluentSender), ([0, 1, 2, 3, 4], []))
check("asyncsender: received after close, given to the handler", emit_and_close(asyncsender.FluentSender), ([], []))
check("asyncsender, one more record before close", emit_and_close(asyncsender.FluentSender, last=True),
      ([0, 1, 2, 3, 4, 5], []))

server, overflow = Server(), []
s = sender.FluentSender("app", host="127.0.0.1", port=server.port, bufmax=100, buffer_overflow_handler=overflow.append)
for n in range(7):
    s.emit("event", {"n": n})
server.start()
s.close()
check("sender, 7 records, a buffer for 5: received, given to the handler",
      (server.received(), [numbers(data) for data in overflow]), ([6], [[0, 1, 2, 3, 4, 5]]))
if not same:
    print("fluent-logger behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -u main.py
