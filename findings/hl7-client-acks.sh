#!/usr/bin/env bash
# MLLPClient of python-hl7 returns half an acknowledgment, and mllp_send cannot read stdin.
#
# Expected: an MLLP block ends with the bytes 1C 0D, so a client reads up to them, however
# many segments they take (HL7 MLLP release 2). A tool whose option --file may be left out
# reads standard input then, as its usage says.
# Seen, Debian's python3-hl7 0.4.5-1:
# - send_message() returns what one recv() has got. If the acknowledgment comes in two
#   segments, it returns the first of them, without an error. The next call sends its
#   message and returns the rest of the answer before it. From then on each message gets
#   a part of an answer to an earlier one, so a rejected message looks accepted. Answers
#   of more than 4096 bytes do the same on their own.
# - mllp_send without --file fails with a TypeError before it sends anything: it
#   appends text from sys.stdin to bytes.
# - The last CR of a message, which ends its last segment of fields, is not sent: mllp_send
#   strips it together with the CR of the block.
# The asyncio half of the package, hl7.mllp, reads up to the end of a block.
# Consequence: read the rest with client.socket.recv until the answer ends with 1C 0D, or
# use hl7.mllp.
# Sources: hl7/client.py (send calls recv once; mllp_send's stdin() is the text stream;
# read_stream strips CR); the package's documentation of mllp_send.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-hl7=0.4.5-1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no python3-hl7 0.4.5-1, the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
cat >main.py <<'EOF'
import io
import os
import socket
import sys
import threading
import time
from unittest import mock

import hl7.client

threading.Timer(60, lambda: (print("gave up after 60 s"), os._exit(1))).start()


def message(n):
    return b"MSH|^~\\&|A|B|C|D|||ADT^A01|%d|P|2.5\rPID|1|%d\r" % (n, n)


def ack(n):
    return b"\x0bMSH|^~\\&|B|A|D|C|||ACK|%d|P|2.5\rMSA|AA|%d\r\x1c\r" % (n, n)


def serve(listener, received, cut):
    """Answers each message of each conn; the answer to message 1 is sent in two segments."""
    while True:
        conn, _ = listener.accept()
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data, n = b"", 0
        while True:
            try:
                chunk = conn.recv(4096)
            except ConnectionResetError:  # the client leaves the rest of an answer unread
                break
            if not chunk:
                break
            data += chunk
            while b"\x1c\r" in data:
                block, data = data.split(b"\x1c\r", 1)
                received.append(block[1:])
                n += 1
                answer = ack(n)
                if cut and n == 1:
                    conn.sendall(answer[:20])
                    time.sleep(0.2)
                    answer = answer[20:]
                conn.sendall(answer)
        conn.close()


def start(cut):
    listener = socket.create_server(("127.0.0.1", 0))
    received = []
    threading.Thread(target=serve, args=(listener, received, cut), daemon=True).start()
    return listener.getsockname()[1], received


port, _ = start(cut=True)
answers = []
with hl7.client.MLLPClient("127.0.0.1", port) as client:
    for n in (1, 2):
        answers.append(client.send_message(message(n)))
        time.sleep(0.4)
for n, a in zip((1, 2), answers):
    print(f"message {n}: {a!r}")

port, received = start(cut=False)
block = b"\x0b" + message(1) + b"\x1c\r"
with open("messages", "wb") as f:
    f.write(block)
with mock.patch.object(sys, "argv", ["mllp_send", "-p", str(port), "--file", "messages", "127.0.0.1"]):
    hl7.client.mllp_send()
from_file = list(received)
print(f"mllp_send --file sent {from_file!r}")

failure = "none"
with mock.patch.object(sys, "argv", ["mllp_send", "-p", str(port), "127.0.0.1"]), \
     mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(block), newline="")):
    try:
        hl7.client.mllp_send()
    except TypeError as err:
        failure = str(err)
print(f"mllp_send from standard input: {failure}; {len(received) - len(from_file)} messages sent")

same = (answers[0] == ack(1)[:20] and answers[1].startswith(ack(1)[20:])
        and from_file == [message(1).rstrip(b"\r")]
        and "bytes" in failure and received == from_file)
if not same:
    print("python-hl7 behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -u main.py
