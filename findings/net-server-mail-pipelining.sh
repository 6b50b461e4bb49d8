#!/usr/bin/env bash
# Net::Server::Mail of Perl stores the commands after a mail as the end of its text.
#
# Expected: a server that offers PIPELINING takes a group of commands in one segment. The end of a
# mail may be followed by the commands for the next one (RFC 2920 section 3.1), which do not
# belong to the text.
# Seen, Debian's libnet-server-mail-perl 0.28-2 with its extension PIPELINING: the handler of DATA
# gets the text, the line with the dot, and then MAIL, RCPT and DATA of the next mail, if they
# came in one segment with the end. So the recipient of the first mail reads sender and
# recipients of the second. All is answered with 250, and the next mail is right. QUIT alone is
# taken off; RSET and QUIT together are not.
# A client that waits for the answer to each mail, as smtplib does, does not meet this.
# Consequence: cut the text at the first line with a dot yourself, before you undo anything else;
# or do not register PIPELINING.
# Sources: Net/Server/Mail/SMTP.pm (data_part takes the end off only if it is the end of what
# has come).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libnet-server-mail-perl=0.28-2 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no libnet-server-mail-perl 0.28-2, the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
cat >main.pl <<'EOF'
use strict;
use warnings;
use IO::Socket::INET;
use Net::Server::Mail::ESMTP;

$| = 1;
alarm 60;
my $same = 1;

# mails runs one conn whose client sends the parts after DATA, each when the server has answered
# or half a second has passed. It returns the mails that the handler got, and the number of
# answers.
sub mails {
    my @parts = @_;
    my $listener = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0) or die $!;
    pipe(my $from_server, my $to_client) or die $!;
    my $pid = fork() // die $!;
    if (!$pid) {
        my $conn = $listener->accept or die $!;
        my $server = Net::Server::Mail::ESMTP->new(socket => $conn);
        $server->register('Net::Server::Mail::ESMTP::PIPELINING');
        $server->set_callback(RCPT => sub { 1 });
        $server->set_callback(DATA => sub {
            my ($session, $text) = @_;
            my $shown = $$text;
            $shown =~ s/\r//g;
            $shown =~ s/\n/\\n/g;
            print $to_client 'to ', join(' ', $session->get_recipients), ": $shown\n";
            return (1, 250, 'accepted');
        });
        $server->process;
        close $to_client;
        exit 0;
    }
    close $to_client;
    my $conn = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $listener->sockport) or die $!;
    my $answers = '';
    my $step = sub {
        my ($send) = @_;
        syswrite $conn, $send;
        vec(my $bits = '', fileno($conn), 1) = 1;
        while (select(my $ready = $bits, undef, undef, 0.5)) { sysread($conn, $answers, 4096, length $answers) or last }
    };
    $step->($_) for "EHLO client\r\n", "MAIL FROM:<ann\@a.test>\r\nRCPT TO:<bob\@b.test>\r\nDATA\r\n", @parts;
    close $conn;
    waitpid $pid, 0;
    my @got = <$from_server>;
    chomp @got;
    return join('; ', @got) || 'none', scalar(() = $answers =~ /^250 accepted/mg);
}

sub check {
    my ($what, $parts, $want, $want_answers) = @_;
    my ($got, $answers) = mails(@$parts);
    print "$what: $got ($answers accepted)\n";
    $same &&= $got eq $want && $answers == $want_answers;
}

my $next = "MAIL FROM:<carl\@c.test>\r\nRCPT TO:<dora\@d.test>\r\nDATA\r\n";
my $shown = $next =~ s/\r\n/\\n/gr;
check('two mails, one after the other', ["One.\r\n.\r\n", $next, "Two.\r\n.\r\n", "QUIT\r\n"],
    'to bob@b.test: One.\n; to dora@d.test: Two.\n', 2);
check('two mails, pipelined', ["One.\r\n.\r\n$next", "Two.\r\n.\r\n", "QUIT\r\n"],
    "to bob\@b.test: One.\\n.\\n$shown; to dora\@d.test: Two.\\n", 2);
check('a mail and QUIT', ["One.\r\n.\r\nQUIT\r\n"], 'to bob@b.test: One.\n', 1);
check('a mail, RSET and QUIT', ["One.\r\n.\r\nRSET\r\nQUIT\r\n"], 'to bob@b.test: One.\n.\nRSET\nQUIT\n', 1);
if (!$same) {
    print "Net::Server::Mail behaves differently from what is stated here\n";
    exit 1;
}
EOF
perl -I usr/share/perl5 main.pl
