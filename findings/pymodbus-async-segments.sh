#!/usr/bin/env bash
# The async client and server of pymodbus 3.0 close the conn if a message comes in two segments.
#
# Expected: a Modbus/TCP message says how long it is, so the rest is waited for. The sync client
# of the package does so. A client with timeout=1 gives up after one second.
# Seen, Debian's python3-pymodbus 3.0.0-7 (its own version is 3.0.0.rc1):
# - If the answer to AsyncModbusTcpClient comes in two segments, wherever the border is, the
#   client closes the conn and fails with ConnectionException, and so do all later requests.
# - StartAsyncTcpServer closes a conn on which a request comes in two segments. Complete requests
#   in front of it are answered.
# - The timeout of AsyncModbusTcpClient is 3 s, whether 1 or 6 was asked for. What is raised then
#   is the TimeoutError of asyncio, which is no ModbusException.
# Messages of Modbus are short, so on loopback and in most networks each is one segment. A serial
# gateway, a proxy or a slow link cuts them.
# Consequence: use ModbusTcpClient in a thread (asyncio.to_thread), or a later version.
# Sources: pymodbus/framer/socket_framer.py (processIncomingPacket treats what is not complete
# as an error and raises in data_received) and client/base.py (execute waits for the timeout of the
# inner protocol, which has the default).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-pymodbus=3.0.0-7 python3-serial=3.5-1.1 python3-serial-asyncio=0.6-4 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
cat >main.py <<'EOF'
import asyncio
import logging
import os
import socket
import struct
import sys
import threading
import time

from pymodbus.client import AsyncModbusTcpClient, ModbusTcpClient
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.exceptions import ModbusException
from pymodbus.server import StartAsyncTcpServer

logging.disable(logging.CRITICAL)
threading.Timer(100, lambda: (print("gave up after 100 s"), os._exit(1))).start()
same = True


def check(what, got, want):
    global same
    print(f"{what}: {got}")
    same = same and got == want


def device(cut):
    """The port of a device that answers with the register's own address, in two segments: the
    first of them has cut bytes. With cut = None it does not answer; it returns the requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    requests = []

    def serve(conn):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while len(request := conn.recv(12, socket.MSG_WAITALL)) == 12:
            requests.append(request)
            if cut is None:
                continue
            answer = request[:4] + b"\0\5" + request[6:8] + b"\2" + request[8:10]
            try:
                conn.sendall(answer[:cut])
                time.sleep(0.1)
                conn.sendall(answer[cut:])
            except OSError:
                return

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1], requests


async def asynchronous(cut):
    client = AsyncModbusTcpClient("127.0.0.1", port=device(cut)[0], timeout=1)
    await client.connect()
    results = []
    for register in (10, 20):
        try:
            results.append((await client.read_holding_registers(register, 1)).registers[0])
        except ModbusException as err:
            results.append(type(err).__name__)
    return results


def synchronous(cut):
    client = ModbusTcpClient("127.0.0.1", port=device(cut)[0], timeout=1)
    client.connect()
    return [client.read_holding_registers(register, 1).registers[0] for register in (10, 20)]


check("sync client, answers in one segment", synchronous(11), [10, 20])
check("sync client, cut anywhere", all(synchronous(cut) == [10, 20] for cut in range(1, 11)), True)
check("async client, answers in one segment", asyncio.run(asynchronous(11)), [10, 20])
check("async client, cut after 7 bytes", asyncio.run(asynchronous(7)), ["ConnectionException"] * 2)
check("async client, cut anywhere",
      all(asyncio.run(asynchronous(cut)) == ["ConnectionException"] * 2 for cut in range(1, 11)), True)


async def silent(timeout):
    port, requests = device(None)
    client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=timeout)
    await client.connect()
    started = time.monotonic()
    try:
        await client.read_holding_registers(10, 1)
        result = "no error"
    except Exception as err:
        result = f"{type(err).__name__}, a ModbusException: {isinstance(err, ModbusException)}"
    return f"{result}, after {time.monotonic() - started:.0f} s and {len(requests)} request"

for seconds in (1, 6):
    check(f"async client, timeout={seconds}, no answer", asyncio.run(silent(seconds)),
          "TimeoutError, a ModbusException: False, after 3 s and 1 request")

with socket.create_server(("127.0.0.1", 0)) as s:
    server_port = s.getsockname()[1]
context = ModbusServerContext(slaves=ModbusSlaveContext(hr=ModbusSequentialDataBlock(0, list(range(100)))), single=True)
threading.Thread(target=lambda: asyncio.run(StartAsyncTcpServer(context, address=("127.0.0.1", server_port))),
                 daemon=True).start()


def request(n):
    return struct.pack(">HHHBBHH", n, 0, 6, 1, 3, 10, 1)


def served(*segments):
    """The transaction ids of the answers, and how the conn is then."""
    while True:
        try:
            conn = socket.create_connection(("127.0.0.1", server_port))
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    with conn:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for segment in segments:
            conn.sendall(segment)
            time.sleep(0.3)
        conn.settimeout(0.5)
        ids = []
        try:
            while len(answer := conn.recv(11, socket.MSG_WAITALL)) == 11:
                ids.append(answer[1])
            return ids, "closed"
        except socket.timeout:
            return ids, "open"
        except ConnectionResetError:
            return ids, "closed"


check("server, two requests in one segment", served(request(1) + request(2)), ([1, 2], "open"))
check("server, a request in two segments", served(request(1)[:7], request(1)[7:]), ([], "closed"))
check("server, one and a half, then the rest", served(request(1) + request(2)[:5], request(2)[5:]), ([1], "closed"))
if not same:
    print("pymodbus behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -u -W ignore main.py
