#!/usr/bin/env bash
# pylsp-jsonrpc reads to the end of the stream if Content-Length is not the first header.
#
# Expected: a message of the Language Server Protocol has two header fields, Content-Length and
# Content-Type, whose rules are those of HTTP: they come in any order, and upper and lower case
# make no difference.
# Seen, Debian's python3-pylsp-jsonrpc 1.0.0-3, on which the Python language server pylsp runs:
# it takes the length from the first line only, spelled "Content-Length: ", and skips all other
# headers. If Content-Type comes first, or the name is in lower case, there is no length for it,
# and it reads until the client closes. The editor waits for the answer to "initialize", and the
# server for the end of the request.
# When the end comes, all messages are one text. Of one message that is JSON, and it is handled;
# three of them are not, so all are dropped, and only a log line says so.
# Its own writer puts Content-Length first, so both halves of the package fit together.
# Consequence: let a client send Content-Length first, spelled like that.
# Sources: pylsp_jsonrpc/streams.py (_read_message asks _content_length for the first line;
# read(None) reads everything); the LSP specification, "Header Part"; RFC 9110 sections 5.1
# and 5.3.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-pylsp-jsonrpc=1.0.0-3 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no python3-pylsp-jsonrpc 1.0.0-3, the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
cat >main.py <<'EOF'
import json
import logging
import os
import socket
import threading
import time

from pylsp_jsonrpc.streams import JsonRpcStreamReader

logging.disable(logging.CRITICAL)
threading.Timer(60, lambda: (print("gave up after 60 s"), os._exit(1))).start()
TYPE = b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n"


def read(data):
    """Sends data, and returns what the reader hands out before the client closes, and in all."""
    client, server = socket.socketpair()
    got = []
    thread = threading.Thread(target=JsonRpcStreamReader(server.makefile("rb")).listen, args=(got.append,))
    thread.start()
    client.sendall(data)
    time.sleep(0.5)
    before = list(got)
    client.close()
    thread.join()
    server.close()
    return before, got


def messages(*heads):
    return b"".join(head + b"\r\n" + b'{"id":%d}' % i for i, head in enumerate(heads, 1))


same = True


def check(what, data, want):
    global same
    got = read(data)
    print(f"{what}: before the client closes {json.dumps(got[0])}, in all {json.dumps(got[1])}")
    same = same and got == want


length = b"Content-Length: 8\r\n"
both = [{"id": 1}, {"id": 2}, {"id": 3}]
check("Content-Length first", messages(*[length + TYPE] * 3), (both, both))
check("Content-Type first, one message", messages(TYPE + length), ([], [{"id": 1}]))
check("Content-Type first, three messages", messages(*[TYPE + length] * 3), ([], []))
check("lower case", messages(*[length.lower()] * 3), ([], []))
if not same:
    print("pylsp-jsonrpc behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -u main.py
