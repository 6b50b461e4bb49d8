#!/usr/bin/env bash
# One client that does not read stops all clients of "ncat --broker" and "ncat --chat".
#
# Expected of a broker, which passes what one client sends on to all others: a client that reads
# slowly, or not at all, loses something or is closed. The others notice nothing.
# Seen, Debian's ncat 7.93+dfsg1-1: ncat writes to its clients one after the other, and waits for
# each. As soon as the buffers of one are full, nobody gets anything more, nobody can send, and
# new clients connect to the kernel but are not served. It lasts until that client reads or
# leaves; then everything arrives, late and complete. ncat says nothing.
# A laptop that goes to sleep is such a client. A few lines of chat do not fill a buffer, so
# short tests pass.
# Consequence: use it for a few lines among clients that you know, and a chat server or message
# broker for the rest.
# Sources: ncat_listen.c and ncat_core.c of Nmap (ncat_broadcast sends in blocking mode, one
# descriptor at a time); the Ncat Users' Guide, "Connection Brokering".
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download ncat=7.93+dfsg1-1 && apt-get download libpcap0.8 liblua5.3-0 libdbus-1-3; } >apt.log 2>&1 ||
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

threading.Timer(100, lambda: (print("gave up after 100 s"), os._exit(1))).start()
same = True


def check(what, got, want):
    global same
    print(f"{what}: {got}")
    same = same and got == want


class Client:
    def __init__(self, port, reads=True):
        while True:
            try:
                self.conn = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        self.got = b""
        if reads:
            self.read()
        time.sleep(0.3)  # ncat has taken it

    def read(self):
        def loop():
            try:
                while chunk := self.conn.recv(65536):
                    self.got += chunk
            except ConnectionResetError:
                pass
        threading.Thread(target=loop, daemon=True).start()

    def gets(self, text, seconds=5):
        end = time.monotonic() + seconds
        while text not in self.got and time.monotonic() < end:
            time.sleep(0.05)
        return text in self.got


def run(*options):
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    ncat = subprocess.Popen(["usr/bin/ncat", "-l", "127.0.0.1", str(port), *options])
    try:
        name = "ncat " + " ".join(options)
        sender, reader = Client(port), Client(port)
        sender.conn.sendall(b"line 1\n")
        check(f"{name}, two clients: line 1 arrives", reader.gets(b"line 1\n"), True)
        idle = Client(port, reads=False)
        sender.conn.sendall(b"line 2\n")
        check("a third client does not read: line 2 arrives", reader.gets(b"line 2\n"), True)
        sender.conn.settimeout(2)
        sent = 0
        try:
            while sent < 50_000_000:
                sent += sender.conn.send(b"x" * 100_000)
            full = False
        except socket.timeout:
            full = True
        check("after some MB the sender cannot send any more", full, True)
        late = Client(port)
        late.conn.sendall(b"\nline 3\n")
        check("line 3 of a new client arrives within 5 s", reader.gets(b"line 3\n"), False)
        idle.read()
        check("the third client reads: line 3 arrives", reader.gets(b"line 3\n", 20), True)
        end = time.monotonic() + 20
        while reader.got.count(b"x") < sent and time.monotonic() < end:
            time.sleep(0.2)
        check("bytes that are missing in the end", sent - reader.got.count(b"x"), 0)
    finally:
        ncat.terminate()
        ncat.wait()


run("--broker")
run("--chat")
if not same:
    print("ncat behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
LD_LIBRARY_PATH=$dir/lib/$(uname -m)-linux-gnu:$dir/usr/lib/$(uname -m)-linux-gnu /usr/bin/python3 -u main.py
