#!/usr/bin/env bash
# PyVISA-py opens a TCP socket where nobody listens, and calls a closed conn a timeout.
#
# Expected: open_resource("TCPIP::host::port::SOCKET") fails if the port refuses. A read
# that finds the end of the conn fails at once, and says that the conn is lost, for which VISA
# has the error VI_ERROR_CONN_LOST.
# Seen, Debian's python3-pyvisa-py 0.5.1-3 with python3-pyvisa 1.11.3-3:
# - open_resource succeeds on a port that refuses. It waits until the socket is readable or
#   writable, which a socket whose connect has failed is as well, and does not ask for the
#   error. So a program that looks for instruments by opening their addresses finds all of
#   them. The first write() raises BrokenPipeError or ConnectionRefusedError, no VisaIOError.
# - If the instrument closes the conn, read() waits for its whole timeout, and then says
#   VI_ERROR_TMO, as if the instrument were slow. A busy loop fills the time: as long as
#   the timeout lasts, the processor works at full speed.
# - The bytes that came before the end, without the termination character, are lost with that
#   error.
# Consequence: send "*IDN?" and read its answer before you trust a resource, and open the
# resource again after each timeout.
# Sources: pyvisa_py/tcpip.py, TCPIPSocketSession (_connect selects and does not read SO_ERROR;
# read takes an empty recv for no data); VPP-4.3, viRead, on VI_ERROR_CONN_LOST.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-pyvisa-py=0.5.1-3 python3-pyvisa=1.11.3-3 python3-typing-extensions=4.4.0-1 >apt.log 2>&1 ||
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
import warnings

warnings.simplefilter("ignore")
import pyvisa

threading.Timer(60, lambda: (print("gave up after 60 s"), os._exit(1))).start()
manager = pyvisa.ResourceManager("@py")


def address(port):
    return f"TCPIP::127.0.0.1::{port}::SOCKET"


with socket.create_server(("127.0.0.1", 0)) as s:
    refusing = s.getsockname()[1]
resource = manager.open_resource(address(refusing), read_termination="\n", write_termination="\n")
print("open_resource on a port that refuses: no error")
try:
    resource.write("*IDN?")
    failure = "none"
except Exception as err:
    failure = type(err).__name__
print("error of the first write:", failure)

listener = socket.create_server(("127.0.0.1", 0))


def serve():
    conn, _ = listener.accept()
    conn.recv(100)
    conn.sendall(b"ACME,Met")
    conn.close()


threading.Thread(target=serve, daemon=True).start()
resource = manager.open_resource(address(listener.getsockname()[1]), read_termination="\n",
                                 write_termination="\n", timeout=3000)
resource.write("*IDN?")
time.sleep(0.5)  # the end of the conn has come
started, worked = time.monotonic(), time.process_time()
try:
    answer = resource.read()
except pyvisa.VisaIOError as err:
    answer = err.abbreviation
waited, worked = time.monotonic() - started, time.process_time() - worked
print(f"read after the end of the conn: {answer} after {waited:.1f} s, {worked:.1f} s of processor time")
try:
    rest = resource.read_bytes(1)
except pyvisa.VisaIOError as err:
    rest = err.abbreviation
print("what is left for the next read:", rest)
same = (failure in ("BrokenPipeError", "ConnectionRefusedError", "ConnectionResetError") and answer == "VI_ERROR_TMO"
        and waited >= 2.9 and worked > 0.3 and rest == "VI_ERROR_TMO")
if not same:
    print("PyVISA-py behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -u main.py
