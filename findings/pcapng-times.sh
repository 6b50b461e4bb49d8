#!/usr/bin/env bash
# gopacket, scapy, dpkt and libpcap each read the times of some pcapng files wrong, or stop.
#
# Expected: in pcapng each interface says in which unit its times are: a negative power of 10 or of 2
# of a second, a microsecond if it says nothing. It may have an offset in seconds. A file may have
# several sections, as after "cat a.pcapng b.pcapng", each with interfaces counted from 0, and each
# in its own byte order. A Simple Packet Block has no time.
# Seen, github.com/gopacket/gopacket v1.7.7 (and google/gopacket v1.1.19, the same), Debian's python3-scapy
# 2.5.0+dfsg-2, python3-dpkt 1.9.8-1, and tcpdump 4.99.3-1 with libpcap0.8 1.10.3-1; right are the
# others:
# - Units of 1/2^32 s: gopacket is wrong by up to 74 ms; of 1/2^10 s, by up to 0.5 µs. Units of one
#   second: it takes them for microseconds, and every packet is from 1970.
# - An offset: scapy ignores it, so packets are from 1970.
# - Two interfaces with two units: dpkt takes the unit of the first one for all.
# - A second section: dpkt and scapy take the units of the first one for it, so packets are from 1970
#   or from the year 57882.
# - A second section in the other byte order: dpkt ends before it, without an error. libpcap reports
#   a block that is too large.
# - A packet without a time: scapy gives it the time of reading, gopacket the year 1, libpcap 1970,
#   and dpkt leaves it out.
# A capture with one interface in micro- or nanoseconds, as tcpdump and Wireshark write it, is right in all.
# Consequence: convert files of other writers with editcap or tcpdump first, or compare the first and
# the last time with what you expect.
# Sources: gopacket's pcapgo/ngread.go (scaleUp and scaleDown are whole numbers; 0 means that no unit is
# given); scapy/utils.py (RawPcapNgReader); dpkt/pcapng.py (Reader looks at the interfaces once);
# the pcapng specification, if_tsresol and if_tsoffset.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download tcpdump=4.99.3-1 libpcap0.8=1.10.3-1 python3-scapy=2.5.0+dfsg-2 python3-dpkt=1.9.8-1 &&
  apt-get download libdbus-1-3; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
arch=$(uname -m)-linux-gnu
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/gopacket/gopacket@v1.7.7 github.com/google/gopacket@v1.1.19 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >read.py <<'EOF'
import sys

if sys.argv[1] == 'scapy':
    from scapy.all import PcapReader
    times = [float(p.time) for p in PcapReader(sys.argv[2])]
else:
    import dpkt
    times = [t for t, _ in dpkt.pcap.UniversalReader(open(sys.argv[2], 'rb'))]
print(' '.join('%.6f' % t for t in times))
EOF
cat >main.go <<'EOF'
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	google "github.com/google/gopacket/pcapgo"
	"github.com/gopacket/gopacket/pcapgo"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

const second = 1764430000 // of all first packets, and a quarter of a second

type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var little, big order = binary.LittleEndian, binary.BigEndian

// block makes a block of this type.
func block(o order, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	size := uint32(12 + len(body))
	b := o.AppendUint32(o.AppendUint32(nil, kind), size)
	return o.AppendUint32(append(b, body...), size)
}

func section(o order) []byte {
	b := o.AppendUint16(o.AppendUint16(o.AppendUint32(nil, 0x1a2b3c4d), 1), 0)
	return block(o, 0x0a0d0d0a, o.AppendUint64(b, 1<<64-1))
}

// ethernet makes an interface whose times have this unit (none if negative) and offset.
func ethernet(o order, unit int, offset uint64) []byte {
	b := o.AppendUint32(o.AppendUint16(o.AppendUint16(nil, 1), 0), 65535)
	if unit >= 0 {
		b = append(o.AppendUint16(o.AppendUint16(b, 9), 1), byte(unit), 0, 0, 0)
	}
	if offset != 0 {
		b = o.AppendUint64(o.AppendUint16(o.AppendUint16(b, 14), 8), offset)
	}
	return block(o, 1, o.AppendUint32(b, 0))
}

var data = append(bytes.Repeat([]byte{2}, 12), 0x88, 0xb5, 1, 2) // an Ethernet frame for experiments

func packet(o order, iface uint32, t uint64) []byte {
	b := o.AppendUint32(o.AppendUint32(o.AppendUint32(nil, iface), uint32(t>>32)), uint32(t))
	b = o.AppendUint32(o.AppendUint32(b, uint32(len(data))), uint32(len(data)))
	return block(o, 6, append(b, data...))
}

func simple(o order) []byte {
	return block(o, 3, append(o.AppendUint32(nil, uint32(len(data))), data...))
}

// tool runs a program and returns the times that it prints, or its error.
func tool(find *regexp.Regexp, name string, args ...string) string {
	cmd := exec.Command(name, args...)
	dir, arch := os.Args[1], os.Args[2]
	cmd.Env = append(os.Environ(), "HOME="+dir, "PYTHONPATH="+dir+"/usr/lib/python3/dist-packages",
		"LD_LIBRARY_PATH="+dir+"/lib/"+arch+":"+dir+"/usr/lib/"+arch)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	times := find.FindAllString(out.String(), -1)
	if err != nil {
		if strings.Contains(errs.String(), "block size") {
			return strings.Join(append(times, "block too large"), " ")
		}
		check(fmt.Errorf("%s: %w\n%s", name, err, errs.String()))
	}
	return strings.Join(times, " ")
}

func format(times []time.Time) string {
	var list []string
	for _, t := range times {
		list = append(list, fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()))
	}
	return strings.Join(list, " ")
}

func gopacket(file []byte) string {
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.DefaultNgReaderOptions)
	check(err)
	old, err := google.NewNgReader(bytes.NewReader(file), google.DefaultNgReaderOptions)
	check(err)
	var times, oldTimes []time.Time
	for {
		_, info, err := r.ReadPacketData()
		_, oldInfo, oldErr := old.ReadPacketData()
		if err != nil || oldErr != nil {
			break
		}
		times = append(times, info.Timestamp)
		oldTimes = append(oldTimes, oldInfo.Timestamp)
	}
	if format(times) != format(oldTimes) {
		return format(times) + ", and google/gopacket " + format(oldTimes)
	}
	return format(times)
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("  %s: %s\n", what, got)
		same = same && got == want
	}
	join := func(blocks ...[]byte) []byte { return bytes.Join(blocks, nil) }
	epoch := regexp.MustCompile(`(?m)^\d+\.\d+`)
	seconds := regexp.MustCompile(`\d+\.\d+`)
	const one, two = "1764430000.250000", "1764430001.000000"
	for _, test := range []struct {
		what                           string
		file                           []byte
		gopacket, scapy, dpkt, tcpdump string
	}{
		{
			"microseconds", join(section(little), ethernet(little, -1, 0), packet(little, 0, second*1e6+250000)),
			one + "000", one, one, one + "000",
		}, {
			"units of 1/2^32 s", join(section(little), ethernet(little, 0x80|32, 0), packet(little, 0, second<<32+1<<30)),
			"1764430000.268435456", one, one, one + "000",
		}, {
			"units of 1/2^10 s", join(section(little), ethernet(little, 0x80|10, 0), packet(little, 0, second<<10+1<<8)),
			"1764430000.249999872", one, one, one + "000",
		}, {
			"seconds", join(section(little), ethernet(little, 0, 0), packet(little, 0, second+1)),
			"1764.430001000", two, two, two + "000",
		}, {
			"microseconds and an offset", join(section(little), ethernet(little, 6, second), packet(little, 0, 250000)),
			one + "000", "0.250000", one, one + "000",
		}, {
			"two interfaces, ns and µs", join(section(little), ethernet(little, 9, 0), ethernet(little, 6, 0),
				packet(little, 0, second*1e9+25e7), packet(little, 1, (second+1)*1e6)),
			one + "000 " + two + "000", one + " " + two, one + " 1764430.001000", one + "000 " + two + "000",
		}, {
			"two sections, µs and ns", join(section(little), ethernet(little, 6, 0), packet(little, 0, second*1e6+250000),
				section(little), ethernet(little, 9, 0), packet(little, 0, (second+1)*1e9)),
			one + "000 " + two + "000", one + " 1764430001000.000000", one + " 1764430001000.000000", one + "000 " + two + "000",
		}, {
			"two sections, little and big endian", join(section(little), ethernet(little, 6, 0), packet(little, 0, second*1e6+250000),
				section(big), ethernet(big, 6, 0), packet(big, 0, (second+1)*1e6)),
			one + "000 " + two + "000", one + " " + two, one, one + "000 block too large",
		}, {
			"without a time, and microseconds", join(section(little), ethernet(little, 6, 0), simple(little), packet(little, 0, second*1e6+250000)),
			"-62135596800.000000000 " + one + "000", "now " + one, one, "0.000000000 " + one + "000",
		},
	} {
		fmt.Println(test.what)
		check(os.WriteFile("file.pcapng", test.file, 0o644))
		expect("gopacket", gopacket(test.file), test.gopacket)
		scapy := tool(seconds, "/usr/bin/python3", "read.py", "scapy", "file.pcapng")
		if first, rest, ok := strings.Cut(scapy, " "); ok {
			if t, err := strconv.ParseFloat(first, 64); err == nil && time.Since(time.Unix(int64(t), 0)).Abs() < time.Minute {
				scapy = "now " + rest
			}
		}
		expect("scapy", scapy, test.scapy)
		expect("dpkt", tool(seconds, "/usr/bin/python3", "read.py", "dpkt", "file.pcapng"), test.dpkt)
		expect("tcpdump", tool(epoch, "usr/bin/tcpdump", "-n", "-tt", "--nano", "-Z", os.Args[3], "-r", "file.pcapng"), test.tcpdump)
	}
	if !same {
		fmt.Println("these readers behave differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
go run . "$dir" "$arch" "$(id -un)"
