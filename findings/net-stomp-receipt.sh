#!/usr/bin/env bash
# Net::Stomp of Perl takes a message for a receipt, drops it, and aborts the transaction.
#
# Expected: a conn that has a subscription gets messages at any time, also between a SEND and its
# RECEIPT. A client that waits for the receipt keeps them for later. A body is sent as it is.
# Seen, Debian's libnet-stomp-perl 0.61-2:
# - send_with_receipt() reads one frame. If a MESSAGE comes before the RECEIPT, it returns
#   0, as if the send had failed, though the broker has the message. A program that sends again
#   sends twice. The frame that was read is lost unless the program asked for it in the second
#   argument: it is neither acknowledged nor returned by receive_frame().
# - send_transactional() sends ABORT in that case. So a worker that answers its jobs in
#   transactions loses an answer and a job at a time whenever a new job arrives meanwhile.
# - The late RECEIPT is what the next receive_frame() returns.
# - The body "0" is sent as an empty one. With bytes_message the frame then has a length of 1
#   and no body: its NUL octet is the body, and the next frame begins too late.
# With one conn for subscriptions and one for sending, receipts are right.
# Consequence: use two conns, and never send the body "0"; a newline after it helps.
# Sources: Net/Stomp.pm (send_with_receipt calls receive_frame once; send_transactional) and
# Net/Stomp/Frame.pm (as_string writes $body || ''); STOMP 1.2, sections "RECEIPT" and "MESSAGE".
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libnet-stomp-perl=0.61-2 libclass-accessor-perl=0.51-2 liblog-any-perl=1.713-1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
cat >main.pl <<'EOF'
use strict;
use warnings;
use IO::Socket::INET;
use Net::Stomp;

$| = 1;
my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => 0) or die $!;
my $pid = fork() // die $!;
if (!$pid) {
    # A broker: upon a SEND with a receipt it delivers a message first. It echoes what it got, as
    # text, in the last RECEIPT's body when asked by the destination /log.
    my $conn = $listener->accept or die $!;
    local $/ = "\0";
    my @log;
    while (my $frame = <$conn>) {
        chomp $frame;
        $frame =~ s/^\n+//;
        my ($command) = $frame =~ /^([A-Z]+)/ or next;
        my ($receipt) = $frame =~ /\nreceipt:(\S+)/;
        my ($head, $body) = split /\n\n/, $frame, 2;
        if ($command eq 'CONNECT') { print $conn "CONNECTED\nsession:s\n\n\0"; $conn->flush; next }
        if ($frame =~ m{destination:/log}) { print $conn "MESSAGE\ndestination:/log\n\n@log\0"; $conn->flush; next }
        push @log, $command eq 'SEND' ? "SEND($body)" : $command;
        print $conn "MESSAGE\ndestination:/jobs\nmessage-id:1\n\nnew job\0" if $receipt && $frame =~ m{/busy};
        print $conn "RECEIPT\nreceipt-id:$receipt\n\n\0" if $receipt;
        $conn->flush;
    }
    exit 0;
}
alarm 60;
my $client = Net::Stomp->new({hostname => '127.0.0.1', port => $listener->sockport});
$client->connect({});
$client->subscribe({destination => '/jobs'});
my $same = 1;
sub check {
    my ($what, $got, $want) = @_;
    print "$what: $got\n";
    $same &&= $got eq $want;
}
my $quiet = $client->send_with_receipt({destination => '/quiet', body => 'a'});
check('send_with_receipt, nothing else arrives', $quiet, 1);
my $busy = $client->send_with_receipt({destination => '/busy', body => 'b'});
check('send_with_receipt, a message arrives first', $busy, 0);
my $frame = $client->receive_frame;
check('the next frame', $frame->command, 'RECEIPT');
my $sent = $client->send_transactional({destination => '/busy', body => 'c'});
check('send_transactional, a message arrives first', $sent, 0);
$client->receive_frame;
$client->send({destination => '/quiet', body => 0});
$client->send({destination => '/log'});
check('what the broker got', $client->receive_frame->body,
    'SUBSCRIBE SEND(a) SEND(b) BEGIN SEND(c) ABORT SEND()');
my $bytes = Net::Stomp::Frame->new({command => 'SEND', headers => {bytes_message => 1}, body => '0'})->as_string;
$bytes =~ s/\n/\\n/g;
$bytes =~ s/\0/\\0/g;
check('the body 0 with bytes_message', $bytes, 'SEND\ncontent-length:1\n\n\0');
$client->disconnect;
waitpid $pid, 0;
if (!$same) {
    print "Net::Stomp behaves differently from what is stated here\n";
    exit 1;
}
EOF
perl -I usr/share/perl5 main.pl
