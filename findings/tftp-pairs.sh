#!/usr/bin/env bash
# curl gets no empty file over TFTP, and Net::TFTP none of 32 MB, from the usual servers.
#
# Expected: a TFTP client gets any file that the server has. An empty file is one empty block. The
# block number has 16 bits; servers let it begin again at 0, so that 512 bytes a block do for
# files of more than 32 MB. In the mode netascii the size is not known before (RFC 2349
# section 3), so a client does not ask for it.
# Seen, Debian 12's tftpd-hpa 5.2+20150808-1.4 and atftpd 0.8.0-3 with two clients:
# - curl 7.88.1 asks for the size, gets "0", and gives up: "invalid tsize". An empty file is the
#   error 71. With --tftp-no-options it arrives.
# - curl asks for the size in the mode netascii as well. tftpd-hpa refuses the option, which curl
#   does not try without.
# - libnet-tftp-perl 0.1901-3 counts blocks beyond 65,535 and waits for a number that cannot come.
#   After 33,546,240 bytes each file ends with "Transfer Timeout". With a larger BlockSize,
#   which both servers accept, it gets 40 MB.
# tftp of tftp-hpa 5.2 and atftp 0.8.0 get all of these from both servers.
# Consequence: give curl --tftp-no-options, and Net::TFTP a BlockSize of 1428.
# Sources: curl's lib/tftp.c (tftp_parse_option_ack, tftp_send_first); Net/TFTP.pm (_read compares
# the block with a counter that does not wrap); the manuals of both servers.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
[ "$(id -u)" = 0 ] || { echo "skipped: the TFTP servers want to be started by root"; exit 77; }
case $(curl --version 2>/dev/null) in
"curl 7.88.1 "*) ;;
*) echo "skipped: there is no curl 7.88.1, the version of Debian 12"; exit 77 ;;
esac
dir=$(mktemp -d)
pids=
trap 'for pid in $pids; do kill "$pid" || true; wait "$pid" || true; done 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download tftpd-hpa=5.2+20150808-1.4 atftpd=0.8.0-3 tftp-hpa=5.2+20150808-1.4 atftp=0.8.0-3 libnet-tftp-perl=0.1901-3 &&
  apt-get download libwrap0 libreadline8; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
LD_LIBRARY_PATH=$dir/lib/$(uname -m)-linux-gnu:$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
mkdir files
: >files/empty
printf 'one\ntwo\n' >files/text
head -c 40000000 /dev/zero >files/large
chmod -R a+rX "$dir"
free_port() {
  /usr/bin/python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
same=true
check() { # what, got, want
  echo "$1: $2"
  [ "$2" = "$3" ] || same=false
}
net_tftp() { # port, options
  timeout 60 perl -I usr/share/perl5 -MNet::TFTP -e 'my ($port, %options) = @ARGV;
    my $client = Net::TFTP->new("127.0.0.1", Port => $port, Timeout => 1, Retries => 2, %options);
    $client->octet;
    $client->get("large", "got");
    print -s "got", " bytes, ", $client->error // "no error", "\n"' "$@"
}
size() { [ -e got ] && stat -c '%s bytes' got || echo "no file"; }

hpa=$(free_port)
usr/sbin/in.tftpd -L -u root -a "127.0.0.1:$hpa" -s "$dir/files" &
pids=$!
atftpd=$(free_port)
usr/sbin/atftpd --daemon --no-fork --bind-address 127.0.0.1 --port "$atftpd" --user root --logfile - "$dir/files" >atftpd.log 2>&1 &
pids="$pids $!"
sleep 1
for server in tftpd-hpa atftpd; do
  port=$hpa
  [ $server = tftpd-hpa ] || port=$atftpd
  rc=0 && timeout 20 curl -s -o got "tftp://127.0.0.1:$port/empty" || rc=$?
  check "$server, curl, empty file: exit code" $rc 71
  rc=0 && timeout 20 curl -s --tftp-no-options -o got "tftp://127.0.0.1:$port/empty" || rc=$?
  check "$server, curl --tftp-no-options, empty file: exit code" $rc 0
  rm -f got
  timeout 20 usr/bin/tftp -m binary 127.0.0.1 "$port" -c get empty got >client.log 2>&1
  check "$server, tftp, empty file" "$(size)" "0 bytes"
  rm -f got
  timeout 20 usr/bin/atftp --get -r empty -l got 127.0.0.1 "$port" >client.log 2>&1
  check "$server, atftp, empty file" "$(size)" "0 bytes"
  rm -f got
  check "$server, Net::TFTP, 40 MB" "$(net_tftp "$port")" "33546240 bytes, Transfer Timeout"
  rm -f got
  check "$server, Net::TFTP, 40 MB, BlockSize 1428" "$(net_tftp "$port" BlockSize 1428)" "40000000 bytes, no error"
  rm -f got
  timeout 60 usr/bin/tftp -m binary 127.0.0.1 "$port" -c get large got >client.log 2>&1
  check "$server, tftp, 40 MB" "$(size)" "40000000 bytes"
  rm -f got
  timeout 60 usr/bin/atftp --get -r large -l got 127.0.0.1 "$port" >client.log 2>&1
  check "$server, atftp, 40 MB" "$(size)" "40000000 bytes"
  rm -f got
done
rc=0 && timeout 20 curl -s -o got "tftp://127.0.0.1:$hpa/text;mode=netascii" || rc=$?
check "tftpd-hpa, curl, mode=netascii: exit code" $rc 42
rc=0 && timeout 20 curl -s --tftp-no-options -o got "tftp://127.0.0.1:$hpa/text;mode=netascii" || rc=$?
check "tftpd-hpa, curl --tftp-no-options, mode=netascii: exit code" $rc 0
if ! $same; then
  echo "the clients or servers behave differently from what is stated here"
  exit 1
fi
