#!/usr/bin/env bash
# The Python package websocketd talks to itself: other servers refuse its client.
#
# Expected: a WebSocket client is understood by servers of other packages, and a server by all
# clients. A message may come in several frames, with a ping between two of them, and it is
# handed out when its last frame is there, wherever a segment ends (RFC 6455 section 5.4).
# Seen, Debian's python3-websocketd 0.5-1, with the server of python3-websockets 10.4-1 and with
# frames written by hand:
# - The client sends "Sec-WebSocket-Key: 0", no Sec-WebSocket-Version and no Host. A
#   server that checks these, as RFC 6455 section 4.2.1 demands, refuses it with 400, and the
#   caller gets an AssertionError without text. The package's own server accepts it.
# - If two frames of a message come in one segment, the second is not looked at until more
#   bytes come. So a message that a client sends in two frames, and then waits for the answer,
#   is not answered. In segments of their own the frames are right.
# - A ping between two frames is an "invalid fragment", and the message is lost. A pong there,
#   which answers the package's own ping, makes the rest wait for more bytes.
# Between two programs that use this package no message is ever divided.
# Consequence: use it on both sides, or another package on both.
# Sources: websocketd/__init__.py (the request in Websocket; _websocket_read returns after a
# frame that is not the last, where it should go on).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-websocketd=0.5-1 python3-network=0.4-1 python3-fhs=1.2-1 \
  python3-websockets=10.4-1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
cat >main.py <<'EOF'
import asyncio
import base64
import os
import socket
import threading
import time

import websocketd
import websockets

threading.Timer(60, lambda: (print("gave up after 60 s"), os._exit(1))).start()
same = True


def check(what, got, want):
    global same
    print(f"{what}: {got}")
    same = same and got == want


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def connects(port):
    try:
        websocketd.Websocket(f"127.0.0.1:{port}")
    except AssertionError as err:
        return f"AssertionError {err}".strip()
    return "connected"


def other_server(ready):
    """A server of the package websockets, which tells its port."""
    async def echo(ws, path=None):
        async for message in ws:
            await ws.send(message)

    async def main():
        async with websockets.serve(echo, "127.0.0.1", 0) as server:
            ready(server.sockets[0].getsockname()[1])
            await asyncio.Future()
    asyncio.run(main())


def frame(opcode, data, fin=True):
    mask = b"\1\2\3\4"
    return (bytes([(0x80 if fin else 0) | opcode, 0x80 | len(data)]) + mask
            + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))


port = free_port()
messages = []
server = websocketd.Httpd(str(port), lambda ws, data: messages.append(data), address="127.0.0.1")
threading.Thread(target=websocketd.fgloop, daemon=True).start()


def after(*segments):
    """The messages that the server of websocketd hands out."""
    messages.clear()
    with socket.create_connection(("127.0.0.1", port)) as conn:
        conn.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(b"1" * 16) + b"\r\n\r\n")
        conn.recv(4096)
        for segment in segments:
            conn.sendall(segment)
            time.sleep(0.5)
        return list(messages)


first, last = frame(1, b"first, ", fin=False), frame(0, b"last")
check("one frame", after(frame(1, b"whole")), ["whole"])
check("two frames, two segments", after(first, last), ["first, last"])
check("two frames, one segment", after(first + last), [])
check("two frames, one segment, then one more", after(first + last, frame(1, b"more")), ["first, last", "more"])
check("a ping between two frames", after(first, frame(9, b""), last), [])
check("a pong between two frames", after(first + frame(10, b"") + last), [])
check("one frame, at the end", after(frame(1, b"whole")), ["whole"])

ready = threading.Event()
ports = []
threading.Thread(target=other_server, args=(lambda p: (ports.append(p), ready.set()),), daemon=True).start()
ready.wait()
check("its client, its server", connects(port), "connected")
check("its client, the server of websockets", connects(ports[0]), "AssertionError")
if not same:
    print("websocketd behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -u -W ignore main.py 2>log || { cat log; exit 1; }
