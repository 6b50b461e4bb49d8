#!/usr/bin/env bash
# dhcpd-leases gives a client the address of another one, and reads no file in which a lease never ends.
#
# Expected: the lease file of ISC dhcpd has an entry for each lease, and others in between: "host", for a
# fixed address that was added at run time, and the state of failover. A lease ends at a time or "never",
# and times may be seconds, "epoch 1795773600" (dhcpd.leases(5)). A reader returns the leases.
# Seen, the Node package dhcpd-leases 0.1.2, with a file that dhcpd 4.4.3 (Debian's isc-dhcp-server
# 4.4.3-P1-2) accepts and Python's isc_dhcp_leases 0.9.1-4 reads right:
# - The lines of a "host" entry go to the lease before it: that lease has the hardware address of the
#   other device, and its fixed address. A list of who is in the network is wrong by one device.
# - A lease with "ends never", as for clients of BOOTP, throws "lease.ends (date) is required": none of
#   the leases is returned.
# - So does a file with "db-time-format local", in which times are seconds.
# A file of a server without these is right.
# Consequence: remove all entries but "lease" first, and the leases that never end.
# Sources: dhcpd-leases' index.js (only a line that begins a lease changes the current entry; a date needs a
# number before it); dhcpd.leases(5).
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download isc-dhcp-server=4.4.3-P1-2 python3-isc-dhcp-leases=0.9.1-4 && apt-get download python3-six; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund dhcpd-leases@0.1.2 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >dhcpd.conf <<'END'
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.50; }
END
cat >plain.leases <<'END'
authoring-byte-order little-endian;

lease 10.0.0.10 {
  starts 5 2026/11/27 10:00:00;
  ends 5 2026/11/27 12:00:00;
  binding state active;
  hardware ethernet 02:00:00:00:00:10;
  client-hostname "printer";
}
lease 10.0.0.11 {
  starts 5 2026/11/27 10:00:00;
  ends 5 2026/11/27 12:00:00;
  binding state active;
  hardware ethernet 02:00:00:00:00:11;
  client-hostname "desk";
}
END
{
  sed '/^lease 10.0.0.11/,$d' plain.leases
  printf 'host scanner {\n  dynamic;\n  hardware ethernet 02:00:00:00:00:99;\n  fixed-address 10.0.0.99;\n}\n'
  sed -n '/^lease 10.0.0.11/,$p' plain.leases
} >host.leases
sed '0,/ends .*;/s//ends never;/' plain.leases >never.leases
sed 's/starts .*;/starts epoch 1795773600; # Fri Nov 27 10:00:00 2026/; s/ends .*;/ends epoch 1795780800; # Fri Nov 27 12:00:00 2026/' \
  plain.leases >epoch.leases
cat >read.py <<'END'
import sys

from isc_dhcp_leases import IscDhcpLeases

print(", ".join(f"{lease.ip} {lease.ethernet}" for lease in IscDhcpLeases(sys.argv[1]).get()))
END
cat >read.js <<'END'
const leases = require('dhcpd-leases')
try {
  const list = leases(require('fs').readFileSync(process.argv[2], 'utf8'))
  console.log(list.map((lease) => `${lease.ip} ${lease['hardware ethernet']}${lease['fixed-address'] ? ' fixed ' + lease['fixed-address'] : ''}`).join(', '))
} catch (err) {
  console.log(err.message)
}
END
both='10.0.0.10 02:00:00:00:00:10, 10.0.0.11 02:00:00:00:00:11'
same=yes
check() {
  echo "$1: $2"
  [ "$2" = "$3" ] || same=no
}
for name in plain host never epoch; do
  usr/sbin/dhcpd -T -cf "$dir/dhcpd.conf" -lf "$dir/$name.leases" -pf "$dir/pid" >dhcpd.log 2>&1 && accepts=yes || accepts=no
  check "$name, accepted by dhcpd" $accepts yes
  check "$name, Python" "$(PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 read.py $name.leases)" "$both"
  case $name in
  plain) want=$both ;;
  host) want='10.0.0.10 02:00:00:00:00:99 fixed 10.0.0.99, 10.0.0.11 02:00:00:00:00:11' ;;
  never) want='lease.ends (date) is required' ;;
  epoch) want='lease.starts (date) is required' ;;
  esac
  check "$name, dhcpd-leases" "$(node read.js $name.leases)" "$want"
done
if [ $same = no ]; then
  echo "dhcpd-leases behaves differently from what is stated here"
  exit 1
fi
