#!/usr/bin/env bash
# IO::Multiplex of Perl does not close a conn whose client half-closes before it has read all.
#
# Expected: a client sends its request, half-closes, and reads the answer up to its end, as
# "nc -N" does. The documentation of mux_eof says that the conn is closed after it, unless there is
# output to be written; so when that has been written, it is closed, too.
# Seen, Debian's libio-multiplex-perl 1.16-3:
# - If the socket has taken the whole answer when the FIN comes, all is well. If a part of it still
#   waits, because it is large, or the FIN came soon, or mux_eof writes something, it does
#   arrive whole. Then the conn stays open: the client waits for the end, and the server keeps
#   a conn that it does not read any more. mux_close is never called.
# - close() drops what has not been written yet: of an answer of 5 MB that a handler prints before
#   it calls close(), the client gets nothing, and a clean end. A warning on stderr says so.
# So a server works until a client is quick, or an answer is larger than the buffers.
# Consequence: call $mux->shutdown($fh, 1) after the last print, also in mux_eof: it writes
# first.
# Sources: IO/Multiplex.pm, loop (the conn is closed at the FIN only if outbuffer is empty, and
# after the last write only if shutdown was called) and close.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libio-multiplex-perl=1.16-3 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no libio-multiplex-perl 1.16-3, the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
cat >server.pl <<'EOF'
use strict;
use warnings;
use IO::Multiplex;
use IO::Socket::INET;

# Answers each line with as many bytes as it says. "close" and "shutdown" end the conn after 5 MB.
$| = 1;
alarm 60;
my $mux = IO::Multiplex->new;
my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => 0) or die $!;
$mux->listen($listener);
$mux->set_callback_object(__PACKAGE__);
print $listener->sockport, "\n";

sub mux_input {
    my (undef, $mux, $fh, $input) = @_;
    while ($$input =~ s/^(.*?)\n//) {
        my $line = $1;
        print $fh 'x' x ($line =~ /^\d+$/ ? $line : 5_000_000);
        $mux->close($fh) if $line eq 'close';
        $mux->shutdown($fh, 1) if $line eq 'shutdown';
    }
}

sub mux_eof {
    my (undef, $mux, $fh, $input) = @_;
    print $fh 'x' x $$input if length $$input;
}
$mux->loop;
EOF
cat >main.py <<'EOF'
import socket
import sys

PORT = int(sys.argv[1])
same = True


def check(what, request, want, first=0):
    """Sends the request, reads the first bytes, half-closes, and reads to the end or for 2 s without a byte."""
    global same
    with socket.create_connection(("127.0.0.1", PORT)) as conn:
        conn.sendall(request)
        total = len(conn.recv(first, socket.MSG_WAITALL)) if first else 0
        conn.shutdown(socket.SHUT_WR)
        conn.settimeout(2)
        try:
            while chunk := conn.recv(65536):
                total += len(chunk)
            got = f"{total} bytes, EOF"
        except socket.timeout:
            got = f"{total} bytes, still open"
    print(f"{what}: {got}")
    same = same and got == want


check("an answer of 100 bytes, then the FIN", b"100\n", "100 bytes, EOF", first=100)
check("an answer of 5 MB", b"5000000\n", "5000000 bytes, still open")
check("a last line without a newline", b"100", "100 bytes, still open")
check("5 MB and shutdown", b"shutdown\n", "5000000 bytes, EOF")
check("5 MB and close", b"close\n", "0 bytes, EOF")
if not same:
    print("IO::Multiplex behaves differently from what is stated here")
    sys.exit(1)
EOF
perl -I usr/share/perl5 server.pl >port 2>log &
server=$!
while [ ! -s port ]; do sleep 0.1; done
/usr/bin/python3 -u main.py "$(cat port)"
