#!/usr/bin/env bash
# pyserial over a network drops what has arrived when the conn ends, and reports sent data as not sent.
#
# Expected of serial_for_url("socket://...") and ("rfc2217://..."), which stand for a serial port: a
# read returns the bytes that have come, and the error only when there are none left. "Write
# timeout" means that not everything could be sent. in_waiting is the number of bytes.
# Seen, Debian's python3-serial 3.5-1.1 (pyserial 3.5):
# - If the device sends four bytes and closes, read(10) of socket:// raises "socket disconnected",
#   and the four bytes are gone: the next read raises, too. readline and read_until lose an
#   unfinished line likewise. With rfc2217:// each read raises as soon as the end has come,
#   however many bytes were waiting: in_waiting counts them still.
# - After it has sent everything, write() of socket:// waits until it could send more. So with a
#   slow peer the write that just fills the buffers raises SerialTimeoutException, though its
#   data arrives. A program that sends it again sends it twice.
# - in_waiting of socket:// is 1 or 0.
# A device that leaves the conn open, as on a real serial port, shows only the last two.
# Consequence: read with in_waiting, one byte at a time, if the device closes; after a write
# timeout connect again, and do not repeat.
# Sources: serial/urlhandler/protocol_socket.py (read raises with what it has in a local variable;
# write selects after each send) and serial/rfc2217.py (read asks for the thread before the
# queue).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-serial=3.5-1.1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no python3-serial 3.5-1.1, the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
cat >main.py <<'EOF'
import os
import socket
import threading
import time

import serial
import serial.rfc2217

threading.Timer(60, lambda: (print("gave up after 60 s"), os._exit(1))).start()
same = True


def check(what, got, want):
    global same
    print(f"{what}: {got}")
    same = same and got == want


def port_of(device):
    """The port of a server that runs device with one conn."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: device(listener.accept()[0]), daemon=True).start()
    return listener.getsockname()[1]


def attempt(call):
    try:
        return call()
    except serial.SerialException as err:
        return f"{type(err).__name__}: {err}"


def four_bytes(conn):
    conn.sendall(b"0123")
    conn.close()


def opened():
    port = serial.serial_for_url(f"socket://127.0.0.1:{port_of(four_bytes)}", timeout=2)
    time.sleep(0.5)
    return port


LOST = "SerialException: read failed: socket disconnected"
port = opened()
check("socket://, in_waiting with four bytes and the end", port.in_waiting, 1)
check("read(10)", attempt(lambda: port.read(10)), LOST)
check("read(10) again", attempt(lambda: port.read(10)), LOST)
check("readline, in a new conn", attempt(opened().readline), LOST)
port = opened()
check("read(1) four times, in a new conn", b"".join(port.read(1) for _ in range(4)), b"0123")


class Telnet:
    """The conn as the PortManager of pyserial wants it."""

    def __init__(self, conn):
        self.write = conn.sendall


def rfc2217_device(conn):
    """A device behind pyserial's own RFC 2217 server, which answers "go" with four bytes."""
    manager = serial.rfc2217.PortManager(serial.serial_for_url("loop://", timeout=0), Telnet(conn))
    got = b""
    while b"go" not in got:
        got += b"".join(manager.filter(conn.recv(1024)))
    conn.sendall(b"0123")
    conn.close()


port = serial.serial_for_url(f"rfc2217://127.0.0.1:{port_of(rfc2217_device)}", timeout=2)
port.write(b"go")
time.sleep(0.5)
check("rfc2217://, in_waiting is at least four", port.in_waiting >= 4, True)
check("read(4)", attempt(lambda: port.read(4)), "SerialException: connection failed (reader thread died)")

arrived = []
full = threading.Event()


def slow_device(conn):
    full.wait()
    total = 0
    while chunk := conn.recv(65536):
        total += len(chunk)
    arrived.append(total)


port = serial.serial_for_url(f"socket://127.0.0.1:{port_of(slow_device)}", write_timeout=1)
successful = 0
try:
    while True:
        successful += port.write(b"x" * 1000)
except serial.SerialTimeoutException as err:
    print(f"write after {successful} bytes: {err}")
full.set()
port.close()
while not arrived:
    time.sleep(0.1)
print(f"bytes of the failed write that arrived: {arrived[0] - successful}")
same = same and 0 < arrived[0] - successful <= 1000
if not same:
    print("pyserial behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -u main.py 2>/dev/null
