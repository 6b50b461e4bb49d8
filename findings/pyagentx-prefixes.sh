#!/usr/bin/env bash
# pyagentx deletes the values of subtree .10 with each update of .1, and of two variables in one set it sets one.
#
# Expected: an AgentX subagent serves several subtrees of SNMP's tree of numbers, and .10 is not below .1. All variables of a set are
# set or none (RFC 3416 section 4.2.5). An octet string is bytes, such as a MAC address, and an IpAddress is an
# octet string of four bytes in AgentX (RFC 2741 section 5.4).
# Seen, Debian's python3-pyagentx 0.4.1-8 below the master agent snmpd 5.9.3+dfsg-2+deb12u1, with snmpget and snmpset:
# - An update of subtree .1 deletes what begins with its text, also .10 to .19 and .100. They are "No Such Object" until their own
#   next update. With the usual freq=10 in all, it depends on the order of the threads which values are there.
# - A set of .1.20 is handed to the handler of .1.2 if that was registered first.
# - If a set has two variables of one handler, its test() is called for both and its commit() for the last. snmpset reports both as set.
# - A value is text and is sent as UTF-8: the bytes 00 1B FF arrive as 00 1B C3 BF. So most MAC addresses cannot be sent. Neither can
#   an address with a number above 127, and one that is given as "10.1.2.3" gets no answer, as it has eight bytes. "\x0a\x01\x02\x03" is right.
# One subtree, or several with numbers of one digit, and sets of one variable work.
# Consequence: number subtrees and handlers such that none is the beginning of another as text, such as .10 to .99. Send addresses as
# text, in a DisplayString. Have a handler for each variable that can be set.
# Sources: pyagentx's network.py (oid.startswith(update_oid), oid.startswith(target_oid)), sethandler.py (one entry for a transaction),
# pdu.py (encode_octet).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do
    kill "$pid" || true
    wait "$pid" || true
  done 2>/dev/null
  rm -rf "$dir"
}
trap finish EXIT
cd "$dir"
{ apt-get download python3-pyagentx=0.4.1-8 snmpd=5.9.3+dfsg-2+deb12u1 snmp=5.9.3+dfsg-2+deb12u1 libsnmp40=5.9.3+dfsg-2+deb12u1 &&
  apt-get download libsensors5 libwrap0 libpci3 libkmod2 libudev1; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls python3-pyagentx*.deb snmp*.deb
arch=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$dir/usr/lib/$arch:$dir/lib/$arch MIBS='' SNMPCONFPATH=$dir SNMP_PERSISTENT_DIR=$dir/state
cat >agent.py <<'EOF'
import os
import sys
import threading
import time

import pyagentx

BASE = '1.3.6.1.4.1.9999'
stored = threading.Event()  # what the first update of One returns has been handed on


class One(pyagentx.Updater):
    updates = 0

    def update(self):
        One.updates += 1
        if One.updates == 2:
            stored.set()
            while not os.path.exists('go'):
                time.sleep(0.05)
        self.set_INTEGER('0', 1)
        self.set_OCTETSTRING('1', '\x00\x1b\xff')
        self.set_IPADDRESS('3', '\x0a\x01\x02\x03')
        self.set_IPADDRESS('4', '10.1.2.3')
        self.set_IPADDRESS('6', '\xc0\xa8\x01\x01')


class Five(pyagentx.Updater):
    def update(self):
        self.set_INTEGER('0', 5)


class Ten(pyagentx.Updater):
    def update(self):
        stored.wait()
        self.set_INTEGER('0', 10)


def tell(verb):
    return lambda handler, oid, data: print(f'{type(handler).__name__} {verb} {oid[len(BASE):]} = {data}', flush=True)


class SetTwo(pyagentx.SetHandler):
    test, commit = tell('tests'), tell('commits')


class SetThirty(pyagentx.SetHandler):
    test, commit = tell('tests'), tell('commits')


class SetTwenty(pyagentx.SetHandler):
    test, commit = tell('tests'), tell('commits')


class Agent(pyagentx.Agent):
    def setup(self):
        self.register(BASE + '.1', One, freq=1)
        self.register(BASE + '.5', Five, freq=600)
        self.register(BASE + '.10', Ten, freq=600)
        self.register_set(BASE + '.1.2', SetTwo)
        self.register_set(BASE + '.1.20', SetTwenty)
        self.register_set(BASE + '.1.30', SetThirty)


pyagentx.SOCKET_PATH = sys.argv[1]
Agent().start()
EOF
cat >want <<'EOF'
before an update of .1: .1.0 = INTEGER: 1, .5.0 = INTEGER: 5, .10.0 = INTEGER: 10
after it: .1.0 = INTEGER: 1, .5.0 = INTEGER: 5, .10.0 = No Such Object available on this agent at this OID
bytes 00 1B FF: .1.1 = Hex-STRING: 00 1B C3 BF
address 10.1.2.3 in bytes: .1.3 = IpAddress: 10.1.2.3
set of .1.20: .1.20 = INTEGER: 8
set of .1.30.1 and .1.30.2: .1.30.1 = INTEGER: 5, .1.30.2 = INTEGER: 6
address 192.168.1.1 in bytes: no answer
address in text: no answer
SetTwo tests .1.20 = 8
SetTwo commits .1.20 = 8
SetThirty tests .1.30.1 = 5
SetThirty tests .1.30.2 = 6
SetThirty commits .1.30.2 = 6
EOF
printf 'rwcommunity private 127.0.0.1\nmaster agentx\n' >snmpd.conf
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
usr/sbin/snmpd -f -Lf snmpd.log -C -c snmpd.conf -p snmpd.pid -x "$dir/master" "udp:127.0.0.1:$port" >/dev/null 2>&1 &
pids+=($!)
PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 agent.py "$dir/master" >agent.log 2>agent.err &
pids+=($!)
# ask VERB SECONDS ARGUMENTS… prints the answer in one line.
ask() {
  timeout 60 usr/bin/"$1" -v2c -c private -On -t "$2" -r 0 "127.0.0.1:$port" "${@:3}" 2>&1 | sed 's/^\.1\.3\.6\.1\.4\.1\.9999//; s/ *$//; s/^Timeout.*/no answer/' |
    paste -sd , | sed 's/,/, /g'
}
base=.1.3.6.1.4.1.9999
three=("$base.1.0" "$base.5.0" "$base.10.0")
# until_has TEXT waits until the answer has that text, at most 30 s.
until_has() {
  for _ in $(seq 150); do
    case $(ask snmpget 2 "${three[@]}") in *"$1"*) break ;; esac
    sleep 0.2
  done
}
{
  until_has '.10.0 = INTEGER'
  echo "before an update of .1: $(ask snmpget 20 "${three[@]}")"
  touch go
  until_has '.10.0 = No'
  echo "after it: $(ask snmpget 20 "${three[@]}")"
  echo "bytes 00 1B FF: $(ask snmpget 20 $base.1.1)"
  echo "address 10.1.2.3 in bytes: $(ask snmpget 20 $base.1.3)"
  echo "set of .1.20: $(ask snmpset 20 $base.1.20 i 8)"
  echo "set of .1.30.1 and .1.30.2: $(ask snmpset 20 $base.1.30.1 i 5 $base.1.30.2 i 6)"
  echo "address 192.168.1.1 in bytes: $(ask snmpget 4 $base.1.6)"
  echo "address in text: $(ask snmpget 4 $base.1.4)"
  cat agent.log
} | tee got
diff want got || { cat agent.err snmpd.log; echo "pyagentx or snmpd behaves differently from what is stated here"; exit 1; }
