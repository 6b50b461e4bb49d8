#!/usr/bin/env bash
# goflow2, nfdump and sfacctd find wrong ports, no addresses or nothing at all in the headers of sFlow samples.
#
# Expected: an sFlow sample has the first bytes of a packet, which the collector decodes: an IPv4 header is as long as
# it says (RFC 791), only the first fragment has ports, an IPv6 header may be followed by others (RFC 8200
# section 4), and in front there may be tags of 802.1ad or MPLS labels. It may also begin with the IP
# header, or have the addresses in a record of their own. An output interface of form 1 is the reason for
# a discarded packet, no interface (sFlow version 5, flow_sample, header_protocol and sampled_ipv4).
# Seen, github.com/netsampler/goflow2/v2 v2.2.6, and Debian's nfdump-sflow 1.7.1-2+deb12u1 (sfcapd) and pmacct
# 1.7.7-1+b1 (sfacctd), with datagrams from port 1001 to 53 and 100 bytes of IP:
# - IPv4 options: goflow2 takes the options for the ports, 37892 and 0. Of a later fragment it takes the
#   payload, 4386 and 13124.
# - A header that begins with IPv4, and one with two tags: goflow2 has no addresses. sfacctd has no flow at all for
#   two tags, nor for MPLS labels.
# - IPv6 with a hop-by-hop header: goflow2 has no ports; sfacctd has ports that are not in the packet, 0 and
#   1001.
# - sampled_ipv4 without a header: nfdump has the ports, and 0.0.0.0 for both addresses.
# - For nfdump a discarded packet leaves by interface 1, which exists; for the others by 1073741825, which has the form
#   in it.
# - A packet of 1518 bytes, sampled at a rate of 1 in 5,000,000, is 3,295,032,704 bytes for nfdump instead of
#   7,590,000,000: the product has 32 bits.
# Nothing reports an error. Ethernet with one tag or none, and IPv4 without options, are right in all.
# Consequence: distrust ports, and flows without addresses, of goflow2; multiply by the rate yourself; count
# the samples of an exporter, which show what sfacctd leaves out.
# Sources: goflow2's producer/proto/producer_packet.go (the only tag is 8100; ParseIPv4, ParseIPv6) and producer_sf.go;
# sFlow version 5 (sflow.org), the structures flow_sample, sampled_header and sampled_ipv4.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download nfdump=1.7.1-2+deb12u1 nfdump-sflow=1.7.1-2+deb12u1 pmacct=1.7.7-1+b1 &&
  apt-get download libjansson4 liblz4-1 libmariadb3 libmaxminddb0 libnorm1 libpcap0.8 libpgm-5.3-0 libpq5 librabbitmq4 \
    librdkafka1 libsodium23 libsqlite3-0 libzmq5 libdbus-1-3 libldap-2.5-0 libsasl2-2 libbsd0 libmd0; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls nfdump*.deb pmacct*.deb
arch=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$dir/usr/lib/$arch:$dir/lib/$arch PATH=$dir/usr/bin:$dir/usr/sbin:$PATH TZ=UTC
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/netsampler/goflow2/v2@v2.2.6 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/netsampler/goflow2/v2/decoders/sflow"
	"github.com/netsampler/goflow2/v2/producer"
	flows "github.com/netsampler/goflow2/v2/producer/proto"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func pack(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		check(binary.Write(&b, binary.BigEndian, v))
	}
	return b.Bytes()
}

// ipv4 makes a header for 100 bytes, or more with options, and begins the payload.
func ipv4(n int, fragment uint16, options, payload []byte) []byte {
	words := byte(5 + len(options)/4)
	return pack(0x40+words, byte(0), uint16(100+len(options)), uint16(7), fragment, byte(64), byte(17), uint16(0),
		[]byte{10, 0, 0, byte(n), 10, 9, 9, 9}, options, payload)
}

func ethernet(tags []byte, kind uint16, packet []byte) []byte {
	return pack([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, tags, kind, packet)
}

func record(kind uint32, data []byte) []byte { return pack(kind, uint32(len(data)), data) }

// header makes a record of the first bytes of a packet, whose length is given.
func header(protocol uint32, length int, data []byte) []byte {
	padded := append(bytes.Clone(data), make([]byte, (4-len(data)%4)%4)...)
	return record(1, pack(protocol, uint32(length), uint32(0), uint32(len(data)), padded))
}

var pool uint32

// datagram makes one with a single sample.
func datagram(n int, rate, output uint32, record []byte) []byte {
	pool += rate
	sample := pack(uint32(n), uint32(3), rate, pool, uint32(0), uint32(3), output, uint32(1), record)
	return pack(uint32(5), uint32(1), []byte{127, 0, 0, 1}, uint32(0), uint32(n), uint32(1000*n), uint32(1), uint32(1), uint32(len(sample)), sample)
}

func goflow(message []byte) string {
	config, err := (&flows.ProducerConfig{}).Compile()
	check(err)
	p, err := flows.CreateProtoProducer(config, flows.CreateSamplingSystem)
	check(err)
	var packet sflow.Packet
	check(sflow.DecodeMessageVersion(bytes.NewBuffer(message), &packet))
	found, err := p.Produce(&packet, &producer.ProduceArgs{SamplerAddress: netip.MustParseAddr("127.0.0.1"), TimeReceived: time.Now()})
	check(err)
	flow := found[0].(*flows.ProtoProducerMessage)
	from := "nobody"
	if a, ok := netip.AddrFromSlice(flow.SrcAddr); ok {
		from = a.String()
	}
	return fmt.Sprintf("%s, ports %d %d, out %d, %d bytes", from, flow.SrcPort, flow.DstPort, flow.OutIf, flow.Bytes*flow.SamplingRate)
}

func freePort() int {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(err)
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// queue returns the bytes that wait in the socket of a UDP port, or "" if there is no such socket.
func queue(port int) string {
	table, err := os.ReadFile("/proc/net/udp")
	check(err)
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) > 4 && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
			return strings.Split(f[4], ":")[1]
		}
	}
	return ""
}

func waitFor(what string, ok func() bool) {
	for range 300 { // at most 30 s
		if ok() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	panic("gave up waiting for " + what)
}

func start(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	log, err := os.Create(name + ".log")
	check(err)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	check(cmd.Start())
	return cmd
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	udp := pack(uint16(1001), uint16(53), uint16(80), uint16(0))
	v6 := pack(uint32(0x60000000), uint16(8+80), byte(0), byte(64), netip.MustParseAddr("2001:db8::7").AsSlice(), netip.MustParseAddr("2001:db8::ffff").AsSlice(),
		[]byte{17, 0, 1, 4, 0, 0, 0, 0}, udp)
	plain := func(n int) []byte { return header(1, 114, ethernet(nil, 0x800, ipv4(n, 0, nil, udp))) }
	tags, labels := pack(uint16(0x88a8), uint16(9), uint16(0x8100), uint16(7)), pack(uint32(100<<12|64), uint32(200<<12|0x140))
	right := func(n, bytes int) string { return fmt.Sprintf("10.0.0.%d, ports 1001 53, out 4, %d bytes", n, bytes) }
	cases := []struct {
		name                    string
		rate, output            uint32
		record                  []byte
		goflow, nfdump, sfacctd string
	}{
		{"plain", 100, 4, plain(0), right(0, 11400), right(0, 11400), right(0, 11400)},
		{"IPv4 options", 100, 4, header(1, 118, ethernet(nil, 0x800, ipv4(1, 0, []byte{0x94, 4, 0, 0}, udp))),
			"10.0.0.1, ports 37892 0, out 4, 11800 bytes", right(1, 11800), right(1, 11800)},
		{"later fragment", 100, 4, header(1, 114, ethernet(nil, 0x800, ipv4(2, 100, nil, []byte{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88}))),
			"10.0.0.2, ports 4386 13124, out 4, 11400 bytes", "10.0.0.2, ports 0 0, out 4, 11400 bytes", "10.0.0.2, ports 0 0, out 4, 11400 bytes"},
		{"IPv4 without Ethernet", 100, 4, header(11, 100, ipv4(3, 0, nil, udp)),
			"nobody, ports 0 0, out 4, 10000 bytes", right(3, 10000), right(3, 10000)},
		{"two tags", 100, 4, header(1, 122, ethernet(tags, 0x800, ipv4(4, 0, nil, udp))),
			"nobody, ports 0 0, out 4, 12200 bytes", right(4, 12200), ""},
		{"two labels", 100, 4, header(1, 122, ethernet(nil, 0x8847, append(labels, ipv4(5, 0, nil, udp)...))),
			right(5, 12200), right(5, 12200), ""},
		{"sampled_ipv4", 100, 4, record(3, pack(uint32(100), uint32(17), []byte{10, 0, 0, 6, 10, 9, 9, 9}, uint32(1001), uint32(53), uint32(0), uint32(0))),
			right(6, 10000), "0.0.0.0, ports 1001 53, out 4, 10000 bytes", right(6, 10000)},
		{"IPv6, hop-by-hop", 100, 4, header(1, 142, ethernet(nil, 0x86dd, v6)),
			"2001:db8::7, ports 0 0, out 4, 14200 bytes", "2001:db8::7, ports 1001 53, out 4, 14200 bytes", "2001:db8::7, ports 0 1001, out 4, 14200 bytes"},
		{"discarded", 100, 1<<30 | 1, plain(8),
			"10.0.0.8, ports 1001 53, out 1073741825, 11400 bytes", "10.0.0.8, ports 1001 53, out 1, 11400 bytes", "10.0.0.8, ports 1001 53, out 1073741825, 11400 bytes"},
		{"1518 bytes, one of 5000000", 5000000, 4, header(1, 1518, ethernet(nil, 0x800, ipv4(9, 0, nil, udp))),
			right(9, 7590000000), right(9, 3295032704), right(9, 7590000000)},
	}
	var datagrams [][]byte
	for i, one := range cases {
		datagrams = append(datagrams, datagram(i+1, one.rate, one.output, one.record))
	}

	port1, port2 := freePort(), freePort()
	check(os.Mkdir("flows", 0o700))
	sfcapd := start("sfcapd", "-b", "127.0.0.1", "-p", fmt.Sprint(port1), "-l", "flows", "-t", "3600")
	defer syscall.Kill(-sfcapd.Process.Pid, syscall.SIGKILL)
	check(os.WriteFile("sfacctd.conf", fmt.Appendf(nil, "daemonize: false\nsfacctd_ip: 127.0.0.1\nsfacctd_port: %d\nplugins: print\n"+
		"aggregate: src_host, src_port, dst_port, out_iface\nprint_output: csv\nprint_refresh_time: 3\nprint_output_file: sfacctd.csv\n"+
		"print_output_file_append: true\nsfacctd_renormalize: true\n", port2), 0o600))
	sfacctd := start("stdbuf", "-oL", "sfacctd", "-f", "sfacctd.conf") // its log is to be read at once
	defer syscall.Kill(-sfacctd.Process.Pid, syscall.SIGKILL)
	waitFor("sfacctd's plugin", func() bool {
		log, _ := os.ReadFile("stdbuf.log")
		return strings.Contains(string(log), "cache entries")
	})
	for _, port := range []int{port1, port2} {
		waitFor("a collector", func() bool { return queue(port) != "" })
		c, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", port))
		check(err)
		for _, message := range datagrams {
			_, err := c.Write(message)
			check(err)
			waitFor("a message to be read", func() bool { return strings.Trim(queue(port), "0") == "" })
		}
	}
	waitFor("sfacctd's file", func() bool { // the last sample is the last that is written
		text, _ := os.ReadFile("sfacctd.csv")
		return strings.Contains(string(text), "10.0.0.9")
	})
	time.Sleep(4 * time.Second) // for what else may come
	text, err := os.ReadFile("sfacctd.csv")
	check(err)
	syscall.Kill(sfcapd.Process.Pid, syscall.SIGTERM)
	sfcapd.Wait()
	dump, err := exec.Command("nfdump", "-q", "-N", "-6", "-R", "flows", "-o", "fmt:%sa,%sp,%dp,%out,%byt").CombinedOutput()
	check(err)
	pmacct := map[string]string{}
	var order []string
	for line := range strings.Lines(string(dump)) {
		if f := strings.Split(strings.ReplaceAll(strings.TrimSpace(line), " ", ""), ","); len(f) == 5 {
			order = append(order, fmt.Sprintf("%s, ports %s %s, out %s, %s bytes", f[0], f[1], f[2], f[3], f[4]))
		}
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(strings.TrimSpace(line), ","); len(f) == 6 {
			pmacct[f[1]] = fmt.Sprintf("%s, ports %s %s, out %s, %s bytes", f[1], f[2], f[3], f[0], f[5])
		}
	}
	expect("flows in nfdump", fmt.Sprint(len(order)), fmt.Sprint(len(cases)))
	for i, one := range cases {
		ip := fmt.Sprintf("10.0.0.%d", i)
		if i == 7 {
			ip = "2001:db8::7"
		}
		expect(one.name+", goflow2", goflow(datagrams[i]), one.goflow)
		expect(one.name+", nfdump", order[i], one.nfdump)
		expect(one.name+", sfacctd", pmacct[ip], one.sfacctd)
	}
	if !same {
		fmt.Println("one of the collectors behaves differently from what is stated here")
		syscall.Kill(-sfacctd.Process.Pid, syscall.SIGKILL)
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
go run .
