#!/usr/bin/env bash
# Asterisk::Manager and Asterisk::AGI of Perl take what comes next for the reply, and go wrong from there.
#
# Expected: Asterisk's manager sends events at any time. A reply has "Response:" and the action's
# ActionID, so a client tells them apart. In AGI a reply to a wrong command has several lines,
# from "520-" to "520 End of proper usage.".
# Seen, Debian's libasterisk-agi-perl 1.08-1:
# - sendcommand() of Asterisk::Manager returns the next message, whatever it is. If an event is
#   between action and reply, it returns the event, without a Response. The reply is what the
#   next sendcommand() returns: a rejected Originate then reads as "Success", that of the
#   action before it. Events that are read this way reach no callback.
# - A header without a value, as "CallerIDName: ", is missing in the result, which has an empty
#   key instead.
# - After a 520, each method of Asterisk::AGI gets a line of that reply, one call after the
#   other. exec() says nothing of it: it returns undef, as for a variable that is not set.
# Without events (Events: off) and with commands that are right, no test finds this.
# Consequence: log in with Events => 'off' and use another conn for events. After undef from
# AGI look at the lastresponse, and end the script at 520.
# Sources: Asterisk/Manager.pm (sendcommand calls read_response once; splitresult) and
# Asterisk/AGI.pm (_readresponse returns the first line that is not empty).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libasterisk-agi-perl=1.08-1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no libasterisk-agi-perl 1.08-1, the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
cat >main.pl <<'EOF'
use strict;
use warnings;
use IO::Socket::INET;
use Asterisk::AGI;
use Asterisk::Manager;

$| = 1;
alarm 60;
my $same = 1;
sub check {
    my ($what, $got, $want) = @_;
    $got = 'undef' unless defined $got;
    print "$what: $got\n";
    $same &&= $got eq $want;
}

# A manager: an event comes between the action Ping and its reply, and Originate is rejected.
my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => 0) or die $!;
my $pid = fork() // die $!;
if (!$pid) {
    my $conn = $listener->accept or die $!;
    $conn->autoflush(1);
    print $conn "Asterisk Call Manager/5.0.2\r\n";
    local $/ = "\r\n\r\n";
    while (my $action = <$conn>) {
        my ($name) = $action =~ /^Action: (\w+)/mi;
        print $conn "Event: Hangup\r\nChannel: PJSIP/7\r\nCallerIDName: \r\nCause: 16\r\n\r\n" if $name eq 'Ping';
        print $conn $name eq 'Challenge' ? "Response: Success\r\nChallenge: 1234\r\n\r\n"
            : $name eq 'Originate' ? "Response: Error\r\nMessage: Extension does not exist.\r\n\r\n"
            : "Response: Success\r\nMessage: $name accepted\r\n\r\n";
    }
    exit 0;
}
my $manager = Asterisk::Manager->new;
$manager->user('user');
$manager->secret('secret');
$manager->host('127.0.0.1');
$manager->port($listener->sockport);
$manager->setcallback(DEFAULT => sub { check('callback', 'called', 'never') });
$manager->connect or die $manager->error;
my %reply = $manager->sendcommand(Action => 'Ping');
check('reply to Ping', join(' ', map { "$_=$reply{$_}" } sort grep { length } keys %reply),
    'Cause=16 Channel=PJSIP/7 Event=Hangup');
check('CallerIDName, sent without a value', exists $reply{CallerIDName} ? 'exists' : 'missing', 'missing');
check('the empty key', exists $reply{''} ? 'exists' : 'missing', 'exists');
%reply = $manager->sendcommand(Action => 'Originate', Channel => 'PJSIP/8');
check('reply to an Originate that is rejected', "$reply{Response}, $reply{Message}", 'Success, Ping accepted');
close $manager->connfd;

# An AGI script, which talks to Asterisk over standard input and output.
pipe(my $from_asterisk, my $asterisk) or die $!;
$asterisk->autoflush(1);
print $asterisk "agi_request: test\n\n",
    "520-Invalid command syntax.  Proper usage follows:\n",
    " Usage: GET VARIABLE <variablename>\n",
    "520 End of proper usage.\n",
    "200 result=1 (first)\n", "200 result=1 (second)\n";
close $asterisk;
open(my $in, '<&', \*STDIN) or die $!;
open(STDIN, '<&', $from_asterisk) or die $!;
open(my $out, '>&', \*STDOUT) or die $!;
my @values;
{
    open(STDOUT, '>', '/dev/null') or die $!;
    my $agi = Asterisk::AGI->new;
    $agi->ReadParse;
    $agi->get_variable('A B');  # Asterisk answers 520: two arguments
    push @values, $agi->get_variable('FIRST') for 1 .. 2;
    push @values, $agi->get_variable('SECOND');
    open(STDOUT, '>&', $out) or die $!;
}
$| = 1;
check('after a 520, FIRST is', $values[0], 'undef');
check('asked once more, FIRST is', $values[1], 'undef');
check('then SECOND is', $values[2], 'first');
waitpid $pid, 0;
if (!$same) {
    print "the packages behave differently from what is stated here\n";
    exit 1;
}
EOF
perl -I usr/share/perl5 main.pl
