#!/usr/bin/env bash
# nfdump swaps the first and the last time of softflowd's IPFIX flows, and each of three collectors loses some values.
#
# Expected: IPFIX has six ways to state when a flow began and ended: seconds, milliseconds, microseconds and
# nanoseconds since an epoch, microseconds before the export, and the exporter's uptime together with
# the time at which it started (RFC 7011 section 6.1; RFC 7012). A number may have fewer bytes than its
# type (RFC 7011 section 6.2). A collector reads all of these, or reports what it does not support.
# Seen, with one UDP flow of 1.5 s, three packets and 1500 bytes, in Debian's nfdump 1.7.1-2+deb12u1 (nfcapd) and
# pmacct 1.7.7-1+b1 (nfacctd), and in github.com/netsampler/goflow2/v2 v2.2.6:
# - Uptimes (elements 22, 21 and 160), which Debian's softflowd 1.1.0-1+b1 sends: nfdump swaps the two
#   times, so each flow ends before it begins. goflow2 takes the time of the export for both. nfacctd
#   cuts off the milliseconds.
# - Seconds: nfdump says 1970. Microseconds and nanoseconds: nfdump says 1970; nfacctd takes the time of the
#   export for the first and has no last.
# - Microseconds before the export: nfdump says 1970, in the wrong order.
# - A count of packets in two bytes: 0 in nfacctd. Bytes as octetTotalCount (85): 0 in goflow2, also for packets.
# Nothing reports an error. Milliseconds, and counts of eight or four bytes, are right in all three.
# - softflowd -r, which reads a capture file, sends uptimes below zero in NetFlow 9 and IPFIX, since the packets are
#   older than its start. In nfdump the flow is then 49.7 days later. With NetFlow 5 it is right.
# Consequence: let exporters send milliseconds (softflowd: -v 10 -A milli, also with -r) and counts of eight bytes.
# Sources: goflow2's producer/proto/producer_nf.go (ConvertNetFlowDataSet); RFC 7012, and IANA's registry of IPFIX
# elements, flowStartSysUpTime and flowStartDeltaMicroseconds; softflowd(8), -A.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download nfdump=1.7.1-2+deb12u1 pmacct=1.7.7-1+b1 softflowd=1.1.0-1+b1 &&
  apt-get download libjansson4 liblz4-1 libmariadb3 libmaxminddb0 libnorm1 libpcap0.8 libpgm-5.3-0 libpq5 librabbitmq4 \
    librdkafka1 libsodium23 libsqlite3-0 libzmq5 libdbus-1-3 libldap-2.5-0 libsasl2-2 libbsd0 libmd0; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls nfdump*.deb pmacct*.deb softflowd*.deb
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

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/producer"
	flows "github.com/netsampler/goflow2/v2/producer/proto"
)

const (
	begin  = 1795773600 // 2026-11-27 10:00:00
	export = begin + 20
	booted = (begin - 5000) * 1000
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

type field struct{ id, size uint16 }

// message makes an IPFIX message with a template and one flow from 10.0.0.n.
func message(n int, fields []field, values []byte) []byte {
	fields = append([]field{{8, 4}, {12, 4}, {7, 2}, {11, 2}, {4, 1}}, fields...)
	id := uint16(300 + n)
	template := pack(id, uint16(len(fields)), fields)
	record := append([]byte{10, 0, 0, byte(n), 10, 9, 9, 9, 4, 0, 0, 53, 17}, values...)
	sets := append(pack(uint16(2), uint16(4+len(template)), template), pack(id, uint16(4+len(record)), record)...)
	return pack(uint16(10), uint16(16+len(sets)), uint32(export), uint32(n), uint32(1), sets)
}

func ntp(ms uint64) uint64 { return (begin+2208988800+ms/1000)<<32 + (ms%1000)<<32/1000 }

func goflow(message []byte) string {
	config, err := (&flows.ProducerConfig{}).Compile()
	check(err)
	p, err := flows.CreateProtoProducer(config, flows.CreateSamplingSystem)
	check(err)
	var v9 netflow.NFv9Packet
	var ipfix netflow.IPFIXPacket
	check(netflow.DecodeMessageVersion(bytes.NewBuffer(message), netflow.CreateTemplateSystem(), &v9, &ipfix))
	found, err := p.Produce(&ipfix, &producer.ProduceArgs{SamplerAddress: netip.MustParseAddr("127.0.0.1"), TimeReceived: time.Now()})
	check(err)
	flow := found[0].(*flows.ProtoProducerMessage)
	clock := func(ns uint64) string { return time.Unix(0, int64(ns)).UTC().Format("01-02 15:04:05.000") }
	return fmt.Sprintf("%s to %s, %d packets, %d bytes", clock(flow.TimeFlowStartNs), clock(flow.TimeFlowEndNs), flow.Packets, flow.Bytes)
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

// capture makes a file with two packets of a UDP flow, 1.5 s apart.
func capture(name string) {
	ip := append([]byte{0x45, 0, 0, 128, 0, 1, 0, 0, 64, 17, 0, 0, 10, 1, 0, 1, 10, 9, 9, 9, 4, 0, 0, 53, 0, 108, 0, 0}, make([]byte, 100)...)
	frame := append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0}, ip...)
	size := uint32(len(frame))
	check(os.WriteFile(name, pack(uint32(0xa1b2c3d4), uint16(2), uint16(4), uint64(0), uint32(65535), uint32(1),
		uint32(begin), uint32(250000), size, size, frame, uint32(begin+1), uint32(750000), size, size, frame), 0o600))
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	counts, six := []field{{1, 8}, {2, 8}}, pack(uint64(1500), uint64(3))
	millis, times := []field{{152, 8}, {153, 8}}, pack(uint64(begin*1000+250), uint64(begin*1000+1750))
	with := func(fields []field, more ...field) []field { return append(append([]field{}, fields...), more...) }
	const right, ends = "11-27 10:00:00.250 to 11-27 10:00:01.750", ", 3 packets, 1500 bytes"
	const never = "01-01 00:00:00.000 to 01-01 00:00:00.000"
	cases := []struct {
		name                    string
		fields                  []field
		values                  []byte
		nfdump, goflow, nfacctd string
	}{
		{"milliseconds", with(counts, millis...), pack(six, times), right + ends, right + ends, right + ends},
		{"uptimes and start", with(counts, field{160, 8}, field{22, 4}, field{21, 4}), pack(six, uint64(booted), uint32(5000250), uint32(5001750)),
			"11-27 10:00:01.750 to 11-27 10:00:00.250" + ends, "11-27 10:00:20.000 to 11-27 10:00:20.000" + ends, "11-27 10:00:00.000 to 11-27 10:00:01.000" + ends},
		{"seconds", with(counts, field{150, 4}, field{151, 4}), pack(six, uint32(begin), uint32(begin+2)),
			never + ends, "11-27 10:00:00.000 to 11-27 10:00:02.000" + ends, "11-27 10:00:00.000 to 11-27 10:00:02.000" + ends},
		{"microseconds", with(counts, field{154, 8}, field{155, 8}), pack(six, ntp(250), ntp(1750)),
			never + ends, right + ends, "11-27 10:00:20.000 to 00-00 00:00:00.000" + ends},
		{"nanoseconds", with(counts, field{156, 8}, field{157, 8}), pack(six, ntp(250), ntp(1750)),
			never + ends, right + ends, "11-27 10:00:20.000 to 00-00 00:00:00.000" + ends},
		{"microseconds before the export", with(counts, field{158, 4}, field{159, 4}), pack(six, uint32(19750000), uint32(18250000)),
			"01-01 05:29:10.000 to 01-01 05:04:10.000" + ends, right + ends, right + ends},
		{"bytes in 4 bytes, packets in 2", with(millis, field{1, 4}, field{2, 2}), pack(times, uint32(1500), uint16(3)),
			right + ends, right + ends, right + ", 0 packets, 1500 bytes"},
		{"total counts", with(millis, field{85, 8}, field{86, 8}), pack(times, six),
			right + ends, right + ", 0 packets, 0 bytes", right + ends},
	}

	port1, port2 := freePort(), freePort()
	check(os.Mkdir("flows", 0o700))
	nfcapd := start("nfcapd", "-b", "127.0.0.1", "-p", fmt.Sprint(port1), "-l", "flows", "-t", "3600")
	defer syscall.Kill(-nfcapd.Process.Pid, syscall.SIGKILL)
	check(os.WriteFile("nfacctd.conf", fmt.Appendf(nil, "daemonize: false\nnfacctd_ip: 127.0.0.1\nnfacctd_port: %d\nplugins: print\n"+
		"aggregate: src_host, timestamp_start, timestamp_end\nprint_output: csv\nprint_refresh_time: 3\nprint_output_file: nfacctd.csv\n"+
		"print_output_file_append: true\nnfacctd_time_new: true\n", port2), 0o600))
	nfacctd := start("stdbuf", "-oL", "nfacctd", "-f", "nfacctd.conf") // its log is to be read at once
	defer syscall.Kill(-nfacctd.Process.Pid, syscall.SIGKILL)
	waitFor("nfacctd's plugin", func() bool {
		log, _ := os.ReadFile("stdbuf.log")
		return strings.Contains(string(log), "cache entries")
	})
	for _, port := range []int{port1, port2} {
		waitFor("a collector", func() bool { return queue(port) != "" })
		c, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", port))
		check(err)
		for i, one := range cases {
			_, err := c.Write(message(i, one.fields, one.values))
			check(err)
			waitFor("a message to be read", func() bool { return strings.Trim(queue(port), "0") == "" })
		}
	}

	capture("old.pcap")
	sent, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(err)
	replay := func(version, port int) {
		out, err := exec.Command("softflowd", "-d", "-r", "old.pcap", "-v", fmt.Sprint(version), "-n", fmt.Sprintf("127.0.0.1:%d", port)).CombinedOutput()
		if err != nil {
			panic(string(out))
		}
		time.Sleep(300 * time.Millisecond)
	}
	replay(9, port1)
	replay(5, port1)
	replay(10, sent.LocalAddr().(*net.UDPAddr).Port)
	check(sent.SetReadDeadline(time.Now().Add(10 * time.Second)))
	b := make([]byte, 65536)
	n, err := sent.Read(b)
	check(err)
	for id, size := range map[uint16]uint16{22: 4, 21: 4, 160: 8} {
		expect(fmt.Sprintf("softflowd's message has element %d", id), fmt.Sprint(bytes.Contains(b[:n], pack(id, size))), "true")
	}

	waitFor("nfacctd's file", func() bool {
		text, _ := os.ReadFile("nfacctd.csv")
		return strings.Count(string(text), "10.0.0.") == len(cases)
	})
	text, err := os.ReadFile("nfacctd.csv")
	check(err)
	syscall.Kill(nfcapd.Process.Pid, syscall.SIGTERM)
	nfcapd.Wait()
	dump, err := exec.Command("nfdump", "-q", "-N", "-R", "flows", "-o", "fmt:%sa,%ts,%te,%pkt,%byt").CombinedOutput()
	check(err)
	var replayed []string
	got := map[string]string{}
	for line := range strings.Lines(string(dump) + string(text)) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if len(f) != 5 || !strings.Contains(f[0], "10.") {
			continue
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		clock := func(s string) string { return s[5:23] }
		key := f[0]
		if len(f[1]) > 23 {
			key += " nfacctd"
		}
		value := fmt.Sprintf("%s to %s, %s packets, %s bytes", clock(f[1]), clock(f[2]), f[3], f[4])
		if f[0] == "10.1.0.1" {
			replayed = append(replayed, f[1][:16])
		}
		got[key] = value
	}
	for i, one := range cases {
		ip := fmt.Sprintf("10.0.0.%d", i)
		expect(one.name+", nfdump", got[ip], one.nfdump)
		expect(one.name+", goflow2", goflow(message(i, one.fields, one.values)), one.goflow)
		expect(one.name+", nfacctd", got[ip+" nfacctd"], one.nfacctd)
	}
	expect("softflowd -r with NetFlow 9 and 5, nfdump", strings.Join(replayed, " and "), "2027-01-16 03:02 and 2026-11-27 10:00")
	if !same {
		fmt.Println("one of the collectors behaves differently from what is stated here")
		syscall.Kill(-nfacctd.Process.Pid, syscall.SIGKILL)
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
go run .
