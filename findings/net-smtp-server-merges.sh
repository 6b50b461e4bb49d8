#!/usr/bin/env bash
# Net::SMTP::Server of Perl makes one mail of all mails that come over one conn.
#
# Expected: a client may send several mails over a conn, each with MAIL, RCPT and DATA (RFC
# 5321 section 3.3). DATA ends a mail: sender, recipients and text start empty for the next.
# Seen, Debian's libnet-smtp-server-perl 1.1-7, with the client smtplib of Python 3.11:
# - process() returns only at QUIT, and the recipients and the text of all mails have been
#   appended to each other. The program relays one mail, from the sender of the last one,
#   with both texts, to all recipients. So each recipient of the first mail reads the second,
#   and the other way round. Both were answered with 250.
# - RSET between the mails, which smtplib and others send when they reuse a conn, empties the
#   recipients but not the text. The recipient of the second mail gets both texts, and that of
#   the first gets nothing.
# A client that opens a conn for each mail, as most tests do, meets none of this.
# Consequence: use Net::Server::Mail (without its PIPELINING), whose callbacks get one mail each; or
# let each client send one mail for each conn.
# Sources: Net/SMTP/Server/Client.pm (process goes on while a command returns true, and _data
# appends to MSG, which nothing empties).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libnet-smtp-server-perl=1.1-7 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no libnet-smtp-server-perl 1.1-7, the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
cat >server.pl <<'EOF'
use strict;
use warnings;
use IO::Socket::INET;
use Net::SMTP::Server::Client;

# For each conn: what a program gets that relays a mail when process() says that there is one.
my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => 0) or die $!;
$| = 1;
print $listener->sockport, "\n";
for (1 .. 2) {
    my $conn = $listener->accept or die $!;
    my $client = Net::SMTP::Server::Client->new($conn);
    while ($client->process) {
        my $text = $client->{MSG};
        $text =~ s/\r?\n/ /g;
        print "from $client->{FROM} to @{$client->{TO}}: $text\n";
        last;
    }
    $conn->close;
}
EOF
cat >main.py <<'EOF'
import smtplib
import subprocess
import sys

server = subprocess.Popen(["perl", "-I", "usr/share/perl5", "server.pl"], stdout=subprocess.PIPE, text=True)
port = int(server.stdout.readline())

with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
    client.sendmail("<boss@a.test>", ["<ann@a.test>"], b"One.\r\n")
    client.sendmail("<shop@b.test>", ["<bob@b.test>"], b"Two.\r\n")
two = server.stdout.readline().strip()
print("two mails over one conn:", two)

with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
    client.sendmail("<boss@a.test>", ["<ann@a.test>"], b"One.\r\n")
    client.rset()
    client.sendmail("<shop@b.test>", ["<bob@b.test>"], b"Two.\r\n")
rset = server.stdout.readline().strip()
print("with RSET between them:", rset)

server.wait(20)
if (two != "from <shop@b.test> to <ann@a.test> <bob@b.test>: One. Two."
        or rset != "from <shop@b.test> to <bob@b.test>: One. Two."):
    print("Net::SMTP::Server behaves differently from what is stated here")
    sys.exit(1)
EOF
timeout 60 /usr/bin/python3 -u main.py
