#!/usr/bin/env bash
# NetPacket of Perl writes a wrong checksum into each UDP and TCP packet over IPv6, and reads a VLAN's priority from its number.
#
# Expected: the checksum of UDP and TCP over IPv6 covers a pseudo-header with the addresses, the length, three zero bytes and the
# next header (RFC 8200 section 8.1). A packet that is decoded and encoded again is the same packet. The tag of a
# VLAN has three bits of priority, one bit, and twelve bits of number, from the left (IEEE 802.1Q).
# Seen, Debian's libnetpacket-perl 1.7.2-2, beside libpcap's tcpdump 4.99.3-1:
# - NetPacket::UDP and NetPacket::TCP write a checksum over IPv6 that is 0x3000 too small. A receiver drops the packet; tcpdump says
#   "bad udp cksum", and "incorrect" for TCP. A correct packet of a capture is wrong after decode and encode. Over IPv4 the checksums are right.
# - NetPacket::Ethernet has the last three bits of the VLAN's number for pcp, and the last for cfi, whatever the tag says: VLAN 100 has
#   priority 4, VLAN 7 priority 7. vid is right.
# - Options of an IPv4 packet are written, but hlen stays as it was. So the length and the checksum of the header are wrong
#   if a program sets one and not the other. A packet that was decoded with its options is encoded right.
# Consequence: over IPv6 compute the checksum yourself, over inet_pton of both addresses, pack('NN', length, protocol) and the packet. Take the
# priority from the frame: unpack('n', substr($frame, 14, 2)) >> 13.
# Sources: NetPacket/IPv6.pm (pseudo_header packs 0 with the format a3, which is the character "0" and two zero bytes),
# NetPacket/Ethernet.pm ($tcid & VLAN_MASK_PCP >> 13, in which >> binds closer).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libnetpacket-perl=1.7.2-2 tcpdump=4.99.3-1 libpcap0.8 libdbus-1-3 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls libnetpacket*.deb tcpdump*.deb
cat >main.pl <<'EOF'
use strict;
use warnings;
use NetPacket::Ethernet;
use NetPacket::IP;
use NetPacket::IPv6;
use NetPacket::TCP;
use NetPacket::UDP;
use Socket qw(inet_pton AF_INET6);

my $same = 1;

sub check {
    my ($what, $got, $want) = @_;
    print "$what: $got\n";
    $same &&= $got eq $want;
}

# checksum adds up words of 16 bits, and carries.
sub checksum {
    my ($data) = @_;
    $data .= "\0" if length($data) % 2;
    my $sum = 0;
    $sum += $_ for unpack 'n*', $data;
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    return ~$sum & 0xffff;
}

my %at = (6 => 16, 17 => 6);    # where the checksum is in TCP and UDP

sub complete {
    my ($pseudo, $protocol, $data) = @_;
    substr($data, $at{$protocol}, 2) = pack 'n', checksum($pseudo . $data);
    return $data;
}
my $udp = pack('nnnn', 53, 4000, 12, 0) . 'data';
my $tcp = pack('nnNNnnnn', 80, 4000, 1, 1, 0x5018, 1000, 0, 0) . 'data';

sub over4 {
    my ($protocol, $data, $options) = @_;
    my $addresses = pack 'C8', 10, 0, 0, 1, 10, 0, 0, 2;
    $data = complete($addresses . pack('nn', $protocol, length $data), $protocol, $data);
    my $words = 5 + length($options) / 4;
    my $header = pack('CCnnnCCn', 0x40 + $words, 0, 4 * $words + length $data, 1, 0, 64, $protocol, 0) . $addresses . $options;
    substr($header, 10, 2) = pack 'n', checksum($header);
    return $header . $data;
}

sub over6 {
    my ($protocol, $data) = @_;
    my $addresses = inet_pton(AF_INET6, '2001:db8::1') . inet_pton(AF_INET6, '2001:db8::2');
    $data = complete($addresses . pack('NN', length $data, $protocol), $protocol, $data);
    return pack('NnCC', 6 << 28, length $data, $protocol, 64) . $addresses . $data;
}

# again decodes a packet and encodes it, and returns what is different then, and that packet.
sub again {
    my ($packet) = @_;
    my $ip = ord($packet) >> 4 == 6 ? NetPacket::IPv6->decode($packet) : NetPacket::IP->decode($packet);
    my $class = $ip->{proto} == 6 ? 'NetPacket::TCP' : 'NetPacket::UDP';
    my $before = $ip->{data};
    $ip->{data} = $class->decode($before)->encode($ip);
    my $after = $ip->encode;
    return ('the same', $after) if $after eq $packet;
    my @sums = map { unpack 'n', substr($_, $at{$ip->{proto}}, 2) } $before, $ip->{data};
    return (sprintf('the checksum is %04x less', ($sums[0] - $sums[1]) % 0xffff), $after);
}

open my $capture, '>:raw', 'got.pcap' or die;
print $capture pack 'VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101;    # raw IP
for (
    ['UDP over IPv4', over4(17, $udp, ''), 'the same'],
    ['TCP over IPv4', over4(6, $tcp, ''), 'the same'],
    ['UDP over IPv4 with an option', over4(17, $udp, pack 'H*', '94040000'), 'the same'],
    ['UDP over IPv6', over6(17, $udp), 'the checksum is 3000 less'],
    ['TCP over IPv6', over6(6, $tcp), 'the checksum is 3000 less'],
) {
    my ($what, $packet, $want) = @$_;
    my ($got, $after) = again($packet);
    print $capture pack('VVVV', 1795773600, 0, length $after, length $after), $after;
    check($what, $got, $want);
}
close $capture;

for ([100, 0, 4, 0], [100, 5, 4, 0], [7, 0, 7, 1], [8, 7, 0, 0]) {
    my ($number, $priority, $pcp, $cfi) = @$_;
    my $frame = "\2\0\0\0\0\2\2\0\0\0\0\1" . pack('nnn', 0x8100, $priority << 13 | $number, 0x0800) . over4(17, $udp, '');
    my $got = NetPacket::Ethernet->decode($frame);
    check("VLAN $number with priority $priority", "vid $got->{vid}, pcp $got->{pcp}, cfi $got->{cfi}", "vid $number, pcp $pcp, cfi $cfi");
}

for my $hlen (5, 6) {
    my $ip = bless {
        ver => 4, hlen => $hlen, flags => 0, foffset => 0, tos => 0, id => 1, ttl => 64, proto => 17,
        src_ip => '10.0.0.1', dest_ip => '10.0.0.2', options => pack('H*', '94040000'), data => 'x' x 12,
    }, 'NetPacket::IP';
    my $packet = $ip->encode;
    my $header = substr $packet, 0, 4 * (ord($packet) & 15);
    my $got = sprintf 'length %d of %d, checksum %s', unpack('n', substr($packet, 2, 2)), length $packet, checksum($header) ? 'wrong' : 'right';
    check("an option and hlen => $hlen", $got, $hlen == 5 ? 'length 32 of 36, checksum wrong' : 'length 36 of 36, checksum right');
}
open my $result, '>', 'same' or die;
print $result $same ? "yes\n" : "no\n";
EOF
PERL5LIB=$dir/usr/share/perl5 /usr/bin/perl main.pl
arch=$(uname -m)-linux-gnu
dump=$(LD_LIBRARY_PATH=$dir/usr/lib/$arch:$dir/lib/$arch usr/bin/tcpdump -Z "$(id -un)" -nnvv -r got.pcap 2>tcpdump.log | grep -Eo 'bad udp cksum|udp sum ok|cksum 0x[0-9a-f]+ \((correct|incorrect)' | sed 's/0x[0-9a-f]*/.../' | paste -sd '|')
echo "tcpdump: $dump"
if [ "$dump" != 'udp sum ok|cksum ... (correct|udp sum ok|bad udp cksum|cksum ... (incorrect' ] || [ "$(cat same)" != yes ]; then
  cat tcpdump.log
  echo "NetPacket behaves differently from what is stated here"
  exit 1
fi
