#!/usr/bin/env bash
# PyNUT of Network UPS Tools does not understand several answers of its own server, upsd.
#
# Expected: the client module and the server come from one release, so each call of the one fits
# the other. In the protocol a text is in quotation marks, and has a backslash before one inside
# (RFC 9271 section 4.1).
# Seen, Debian's python3-nut 2.8.0-7 and nut-server 2.8.0-7, with the driver dummy-ups:
# - ListClients() never works. It sends LIST CLIENTS, which upsd does not know (its word is LIST
#   CLIENT): the error is INVALID-ARGUMENT. With a name it first looks for that text among
#   bytes, so that each existing UPS "is not a valid UPS".
# - SetRWVar(ups, var, "Room 12") returns "OK", and the value is then "Room". The module sends
#   no quotation marks, and upsd ignores what follows the space.
# - A value with a quotation mark in it, such as Smart "700", ends before it, with the backslash:
#   Smart \.
# - Nor can such a value be set: with the quotation marks escaped, SET VAR answers "OK", and upsd
#   then has what is in front of the first one.
# - GetUPSList() fails with a ValueError if one description has a quotation mark, also for all
#   other devices.
# Consequence: put quotation marks around each value yourself, and use none inside a value or a
# description. Ask upsd for its clients over a conn of your own.
# Sources: PyNUT.py (ListClients; SetRWVar; split(b'"') in GetUPSVars and GetUPSList); upsd's
# netlist.c; the driver's dstate.c (tells upsd of a changed value without escaping it).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
pids=
trap 'for pid in $pids; do kill "$pid" || true; wait "$pid" || true; done 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download python3-nut=2.8.0-7 nut-server=2.8.0-7 libupsclient6=2.8.0-7 &&
  apt-get download libwrap0 libnss3 libnspr4; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
arch=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$dir/lib/$arch:$dir/usr/lib/$arch
mkdir -m 700 conf state
export NUT_CONFPATH=$dir/conf NUT_STATEPATH=$dir/state NUT_ALTPIDPATH=$dir/state
port=$(/usr/bin/python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
(
  umask 077
  echo "LISTEN 127.0.0.1 $port" >conf/upsd.conf
  printf '[admin]\n  password = secret\n  actions = SET\n' >conf/upsd.users
  printf '%s\n' 'ups.status: OL' 'ups.id: Smart \"700\"' >conf/ups.dev
  cat >conf/ups.conf <<EOF
[rack]
  driver = dummy-ups
  port = $dir/conf/ups.dev
  desc = "Rack 7"
EOF
)
lib/nut/dummy-ups -a rack -u "$(id -un)" -D >driver.log 2>&1 &
pids=$!
for _ in $(seq 100); do [ -S state/dummy-ups-rack ] && break; sleep 0.1; done
lib/nut/upsd -u "$(id -un)" -D >upsd.log 2>&1 &
upsd=$!
pids="$pids $upsd"
cat >main.py <<'EOF'
import os
import signal
import socket
import sys
import time
import warnings

warnings.simplefilter("ignore")
import PyNUT

PORT = int(sys.argv[1])
same = True


def check(what, call, want):
    global same
    try:
        got = call()
    except Exception as err:
        got = f"{type(err).__name__}: {err}"
    print(f"{what}: {got}")
    same = same and (got == want or isinstance(got, str) and got.startswith(want))


def client():
    return PyNUT.PyNUTClient(port=PORT, login="admin", password="secret")


def value(name):
    return client().GetUPSVars("rack")[name]


def ask(command):
    """The lines that upsd answers to a command, read without PyNUT."""
    with socket.create_connection(("127.0.0.1", PORT)) as conn:
        conn.sendall(command.encode() + b"\nLOGOUT\n")
        data = b""
        while chunk := conn.recv(4096):
            data += chunk
    return data.decode().splitlines()[:-1]


for attempt in range(100):
    try:
        if ask("GET VAR rack ups.status") == ['VAR rack ups.status "OL"']:
            break
    except ConnectionRefusedError:
        pass
    time.sleep(0.1)
check("upsd's answer to LIST CLIENT rack", lambda: ask("LIST CLIENT rack"),
      ["BEGIN LIST CLIENT rack", "END LIST CLIENT rack"])
check("GetUPSList()", lambda: client().GetUPSList(), {b"rack": b"Rack 7"})
check("ListClients()", lambda: client().ListClients(), "PyNUTError: b'ERR INVALID-ARGUMENT'")
check('ListClients("rack")', lambda: client().ListClients("rack"), "PyNUTError: rack is not a valid UPS")
check('SetRWVar of "Room 12"', lambda: client().SetRWVar("rack", "ups.mfr", "Room 12"), "OK")
time.sleep(2)
check("the value then", lambda: value(b"ups.mfr"), b"Room")
check("SetRWVar of \"Room 12\" in quotation marks", lambda: client().SetRWVar("rack", "ups.mfr", '"Room 12"'), "OK")
time.sleep(2)
check("the value then", lambda: value(b"ups.mfr"), b"Room 12")
check("SetRWVar of \"The \\\"new\\\" one\"",
      lambda: client().SetRWVar("rack", "ups.mfr", r'"The \"new\" one"'), "OK")
time.sleep(2)
check("upsd's answer to GET VAR then", lambda: ask("GET VAR rack ups.mfr"), ['VAR rack ups.mfr "The "'])
check("upsd's answer to GET VAR for a value with quotation marks", lambda: ask("GET VAR rack ups.id"),
      [r'VAR rack ups.id "Smart \"700\""'])
check("the value in PyNUT", lambda: value(b"ups.id"), b"Smart \\")
with open("conf/ups.conf", "a") as f:
    f.write('[left]\n  driver = dummy-ups\n  port = none\n  desc = "The \\"left\\" one"\n')
os.kill(int(sys.argv[2]), signal.SIGHUP)
while len(ask("LIST UPS")) == 3:
    time.sleep(0.1)
check("upsd's answer to LIST UPS, with one more device", lambda: ask("LIST UPS"),
      ["BEGIN LIST UPS", r'UPS left "The \"left\" one"', 'UPS rack "Rack 7"', "END LIST UPS"])
check("GetUPSList() then", lambda: client().GetUPSList(), "ValueError")
if not same:
    print("PyNUT or upsd behaves differently from what is stated here")
    sys.exit(1)
EOF
PYTHONPATH=usr/lib/python3/dist-packages timeout 60 /usr/bin/python3 -u main.py "$port" "$upsd"
