#!/usr/bin/env bash
# tcptrace -e writes a keep-alive's byte over the data and nothing after a wrap; tcpick drops the new part of a repeated segment.
#
# Expected: a tool that writes the contents of TCP conns from a capture writes the bytes that the receiver got: each once, in
# their order. Segments come late or twice, and what is sent again may be cut in another way, with new bytes behind
# the old ones; the receiver takes the new part (RFC 9293 section 3.10.7.4). Sequence numbers begin again at 0 after 2^32. A
# keep-alive probe has the number before the next byte, and may carry one byte of garbage (section 3.8.4).
# Seen, Debian's tcptrace 6.6.7-6+b1 (-e), tcpick 0.2.1-10 (-wR) and tcpflow 1.6.1-2+b1, with captures of one client that sends 8 to 16 bytes:
# - tcptrace writes the garbage of a keep-alive probe over the last byte: "AAAABBBB" is "AAA\0BBBB".
# - tcptrace writes nothing of what follows a wrap of the sequence number. It is 4 GB away at most, but a conn may begin
#   just before it, since the first number is a random one.
# - tcpick drops the second half of a segment whose first half it has: with AAAA, then AAAABBBB, then CCCC its file is "AAAACCCC".
#   The same is true of an overlap. If a segment fills a gap and goes on, what had come before is written a second time behind it.
# - If a segment is missing in the capture, tcptrace and tcpflow write zero bytes for it, and tcpick nothing. None of the three says so.
# Segments in order, late or twice, and a port that is used again, are right in all of them; the rest in tcpflow.
# Consequence: take tcpflow, and look for runs of zero bytes.
# Sources: tcptrace.1 (-e), tcpick.8 (-wR), and the files that they write.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download tcptrace=6.6.7-6+b1 tcpick=0.2.1-10 tcpflow=1.6.1-2+b1 &&
  apt-get download libpcap0.8 libdbus-1-3 libhttp-parser2.9 libcap-ng0 libboost-iostreams1.74.0; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls tcp*.deb
arch=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$dir/usr/lib/$arch:$dir/lib/$arch
cat >main.py <<'EOF'
import os
import re
import struct
import subprocess
import sys

CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
FIN, SYN, ACK = 1, 2, 16


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return struct.pack('>H', ~total & 0xffff)


def packet(source, target, seq, ack, flags, data=b''):
    ports = (40000, 80) if source == CLIENT else (80, 40000)
    tcp = struct.pack('>HHIIBBHHH', *ports, seq & 0xffffffff, ack & 0xffffffff, 0x50, flags, 65535, 0, 0) + data
    pseudo = source + target + struct.pack('>HH', 6, len(tcp))
    tcp = tcp[:16] + checksum(pseudo + tcp) + tcp[18:]
    ip = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0) + source + target
    ip = ip[:10] + checksum(ip) + ip[12:]
    return bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]) + ip + tcp


def conversation(first, segments):
    """A conn whose client sends segments, each with its offset, while the server acknowledges what is complete."""
    up = lambda *args: packet(CLIENT, SERVER, *args)
    down = lambda *args: packet(SERVER, CLIENT, *args)
    packets = [up(first, 0, SYN), down(5000, first + 1, SYN | ACK), up(first + 1, 5001, ACK)]
    have = set()
    complete = 0
    for offset, data in segments:
        packets.append(up(first + 1 + offset, 5001, ACK, data))
        if offset >= 0 and data != b'\0':
            have.update(range(offset, offset + len(data)))
        while complete in have:
            complete += 1
        packets.append(down(5001, first + 1 + complete, ACK))
    end = max(have) + 1
    packets += [up(first + 1 + end, 5001, FIN | ACK), down(5001, first + 2 + end, FIN | ACK), up(first + 2 + end, 5002, ACK)]
    return packets


A, B, C, D = b'AAAA', b'BBBB', b'CCCC', b'DDDD'
CASES = [
    # name, packets, and what tcpflow, tcptrace and tcpick write
    ('in order', conversation(1000, [(0, A), (4, B), (8, C)]), 'AAAABBBBCCCC', 'AAAABBBBCCCC', 'AAAABBBBCCCC'),
    ('late', conversation(1000, [(0, A), (8, C), (4, B)]), 'AAAABBBBCCCC', 'AAAABBBBCCCC', 'AAAABBBBCCCC'),
    ('twice', conversation(1000, [(0, A), (0, A), (4, B)]), 'AAAABBBB', 'AAAABBBB', 'AAAABBBB'),
    ('port used again', conversation(1000, [(0, A)]) + conversation(900000, [(0, B)]), 'AAAA BBBB', 'AAAA BBBB', 'AAAA BBBB'),
    ('again with more', conversation(1000, [(0, A), (0, A + B), (8, C)]), 'AAAABBBBCCCC', 'AAAABBBBCCCC', 'AAAACCCC'),
    ('overlap', conversation(1000, [(0, A), (2, b'AA' + B), (8, C)]), 'AAAABBBBCCCC', 'AAAABBBBCCCC', 'AAAACCCC'),
    ('fills a gap and goes on', conversation(1000, [(0, A), (8, C), (4, B + C + D)]), 'AAAABBBBCCCCDDDD', 'AAAABBBBCCCCDDDD', 'AAAABBBBCCCCDDDDCCCC'),
    ('keep-alive', conversation(1000, [(0, A), (3, b'\0'), (4, B)]), 'AAAABBBB', r'AAA\0BBBB', 'AAAABBBB'),
    ('wrap', conversation(2 ** 32 - 6, [(0, A), (4, B), (8, C), (12, D)]), 'AAAABBBBCCCCDDDD', 'AAAABBBB', 'AAAABBBBCCCCDDDD'),
    ('one is missing', conversation(1000, [(0, A), (8, C)]), r'AAAA\0\0\0\0CCCC', r'AAAA\0\0\0\0CCCC', 'AAAACCCC'),
]
ROOT = os.getcwd()
TOOLS = {
    'tcpflow': ([ROOT + '/usr/bin/tcpflow', '-q', '-X', '/dev/null', '-r'], r'.*\.00080(c\d+)?$'),
    'tcptrace': ([ROOT + '/usr/bin/tcptrace', '-e'], r'[a-z]+2[a-z]+_contents\.dat$'),
    'tcpick': ([ROOT + '/usr/sbin/tcpick', '-wR', '-r'], r'tcpick.*\.dat$'),
}


def contents(tool, case, number):
    """What the tool writes of the client's bytes, and whether it says that something is missing."""
    command, name = TOOLS[tool]
    folder = f'{tool}{number}'
    os.mkdir(folder)
    done = subprocess.run(command + [f'{ROOT}/{case}'], cwd=folder, timeout=60, stdin=subprocess.DEVNULL, capture_output=True)
    texts = []
    for file in sorted(os.listdir(folder)):
        if re.match(name, file) and os.path.getsize(f'{folder}/{file}'):
            with open(f'{folder}/{file}', 'rb') as f:
                texts.append(f.read().decode('latin1').replace('\0', r'\0'))
    said = re.search(rb'missing|gap|lost|hole|truncated', done.stdout + done.stderr)
    return ' '.join(sorted(texts)) + (' and says so' if said else '')


same = True
for number, (name, packets, *wants) in enumerate(CASES):
    with open(f'{number}.pcap', 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, p in enumerate(packets):
            f.write(struct.pack('<IIII', 1795773600, 1000 * i, len(p), len(p)) + p)
    gots = [contents(tool, f'{number}.pcap', number) for tool in TOOLS]
    print(f'{name}:', '; '.join(f'{tool} {got}' for tool, got in zip(TOOLS, gots)))
    same = same and gots == wants
if not same:
    print('one of the tools behaves differently from what is stated here')
    sys.exit(1)
EOF
/usr/bin/python3 main.py
