#!/usr/bin/env bash
# Two readers of STOMP frames lose frames: POE::Filter::Stomp and stomper.
#
# Expected: a newline may come between two frames, and one alone is a heart-beat, which brokers
# send when a conn is idle. A reader skips it. A frame ends with its NUL octet. If there is a
# content-length, the body may contain NUL, and it may be empty (STOMP 1.1 and 1.2).
# Seen, Debian's libpoe-filter-stomp-perl 0.04-3 and python3-stomper 0.4.3-1 (StompBuffer):
# - In POE::Filter::Stomp an empty body becomes a space, and a body "0" becomes the next frame,
#   header and all, which is lost.
# - stomper skips a heart-beat that comes by itself. If one comes in a segment with the next
#   frame, the program gets an empty frame in place of that one.
# - stomper waits for a newline after the NUL octet. From a broker that sends none, as the
#   specification allows, it gets nothing.
# - stomper does not see content-length if it is the last header. Then the body ends at NUL and
#   newline, wherever they are.
# Net::Stomp 0.61-2 of Perl reads all of this right.
# Consequence: ask for no heart-beats in CONNECT, send no empty body and no body "0", and have
# the broker end frames with NUL and newline.
# Sources: POE/Filter/Stomp.pm (_parse_frame tests whether the body is true);
# stomper/stompbuffer.py (_findMessageBytes measures the text from before syncBuffer;
# len_footer; content_length_re); STOMP 1.2, "Augmented BNF".
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libpoe-filter-stomp-perl=0.04-3 libnet-stomp-perl=0.61-2 libclass-accessor-perl=0.51-2 \
  liblog-any-perl=1.713-1 python3-stomper=0.4.3-1 python3-future=0.18.2-6 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done

# Each line: a name, and the segments as they arrive.
cat >segments <<'EOF'
frames alone|MESSAGE\ndestination:/q\n\none\0\n|MESSAGE\ndestination:/q\n\ntwo\0\n
heart-beat alone|MESSAGE\ndestination:/q\n\none\0\n|\n|MESSAGE\ndestination:/q\n\ntwo\0\n|MESSAGE\ndestination:/q\n\nsix\0\n
heart-beat with the next frame|MESSAGE\ndestination:/q\n\none\0\n|\nMESSAGE\ndestination:/q\n\ntwo\0\n|MESSAGE\ndestination:/q\n\nsix\0\n
no newline after NUL|MESSAGE\ndestination:/q\n\none\0|MESSAGE\ndestination:/q\n\ntwo\0|MESSAGE\ndestination:/q\n\nsix\0
NUL in the body, length first|MESSAGE\ncontent-length:5\ndestination:/q\n\na\0\nbc\0\n|MESSAGE\ndestination:/q\n\ntwo\0\n
NUL in the body, length last|MESSAGE\ndestination:/q\ncontent-length:5\n\na\0\nbc\0\n|MESSAGE\ndestination:/q\n\ntwo\0\n
empty body|MESSAGE\ndestination:/q\n\n\0\n|MESSAGE\ndestination:/q\n\ntwo\0\n
body 0|MESSAGE\ndestination:/q\n\n0\0\n|MESSAGE\ndestination:/q\n\ntwo\0\n
EOF

cat >poe.pl <<'EOF'
use strict;
use warnings;
use POE::Filter::Stomp;
no warnings;
sub show { my $b = shift; $b =~ s/\n/\\n/g; $b =~ s/\0/\\0/g; qq("$b") }
while (<STDIN>) {
    chomp;
    my ($name, @segments) = split /\|/;
    my $filter = POE::Filter::Stomp->new;
    my @bodies;
    for my $segment (@segments) {
        $segment =~ s/\\n/\n/g;
        $segment =~ s/\\0/\0/g;
        $filter->get_one_start([$segment]);
        while (my ($frame) = @{$filter->get_one}) { push @bodies, show($frame->body) }
    }
    print "POE::Filter::Stomp, $name: @bodies\n";
}
EOF

cat >net.pl <<'EOF'
use strict;
use warnings;
use IO::Socket::INET;
use Net::Stomp;
sub show { my $b = shift; $b =~ s/\n/\\n/g; $b =~ s/\0/\\0/g; qq("$b") }
my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => 0) or die $!;
while (<STDIN>) {
    chomp;
    my ($name, @segments) = split /\|/;
    my $client = Net::Stomp->new({hostname => '127.0.0.1', port => $listener->sockport});
    my $conn = $listener->accept or die $!;
    my @bodies;
    for my $segment (@segments) {
        $segment =~ s/\\n/\n/g;
        $segment =~ s/\\0/\0/g;
        $conn->syswrite($segment);
        while (my $frame = $client->receive_frame({timeout => 0.2})) { push @bodies, show($frame->body) }
    }
    print "Net::Stomp, $name: @bodies\n";
}
EOF

cat >main.py <<'EOF'
import sys

from stomper.stompbuffer import StompBuffer

for line in sys.stdin:
    name, *segments = line.rstrip("\n").split("|")
    buffer = StompBuffer()
    bodies = []
    for segment in segments:
        buffer.appendData(segment.replace("\\n", "\n").replace("\\0", "\0"))
        while frame := buffer.getOneMessage():
            bodies.append('"%s"' % frame["body"].replace("\n", "\\n").replace("\0", "\\0"))
    print(f"stomper, {name}: {' '.join(bodies)}")
EOF

{
  timeout 60 perl -I usr/share/perl5 net.pl <segments
  grep -v heart-beat segments | timeout 60 perl -I usr/share/perl5 poe.pl
  PYTHONPATH=usr/lib/python3/dist-packages timeout 60 /usr/bin/python3 -W ignore main.py <segments
} | tee seen
cat >want <<'EOF'
Net::Stomp, frames alone: "one" "two"
Net::Stomp, heart-beat alone: "one" "two" "six"
Net::Stomp, heart-beat with the next frame: "one" "two" "six"
Net::Stomp, no newline after NUL: "one" "two" "six"
Net::Stomp, NUL in the body, length first: "a\0\nbc" "two"
Net::Stomp, NUL in the body, length last: "a\0\nbc" "two"
Net::Stomp, empty body: "" "two"
Net::Stomp, body 0: "0" "two"
POE::Filter::Stomp, frames alone: "one" "two"
POE::Filter::Stomp, no newline after NUL: "one" "two" "six"
POE::Filter::Stomp, NUL in the body, length first: "a\0\nbc" "two"
POE::Filter::Stomp, NUL in the body, length last: "a\0\nbc" "two"
POE::Filter::Stomp, empty body: " " "two"
POE::Filter::Stomp, body 0: "MESSAGE\ndestination:/q\n\ntwo"
stomper, frames alone: "one" "two"
stomper, heart-beat alone: "one" "two" "six"
stomper, heart-beat with the next frame: "one" "" "six"
stomper, no newline after NUL: 
stomper, NUL in the body, length first: "a\0\nbc" "two"
stomper, NUL in the body, length last: "a" "two"
stomper, empty body: "" "two"
stomper, body 0: "0" "two"
EOF
diff want seen || { echo "the readers behave differently from what is stated here"; exit 1; }
