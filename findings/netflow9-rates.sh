#!/usr/bin/env bash
# Each of three NetFlow 9 collectors applies another sampling rate, and two are 49.7 days off when the uptime wraps.
#
# Expected: an exporter that samples announces its rate in options data: SAMPLING_INTERVAL, mostly with
# SAMPLING_ALGORITHM, or for each of several samplers FLOW_SAMPLER_ID, _MODE and _RANDOM_INTERVAL; a flow
# names its sampler (RFC 3954 sections 6.1 and 8). A source ID is an exporter of its own (5.1). Times are
# milliseconds of uptime in 32 bits, which begin again at 0 after 49.7 days.
# Seen, with flows of 1500 bytes, in Debian's nfdump 1.7.1-2+deb12u1 (nfcapd), pmacct 1.7.7-1+b1 (nfacctd, with
# nfacctd_renormalize) and github.com/netsampler/goflow2/v2 v2.2.6:
# - nfdump multiplies by the rate only if SAMPLING_INTERVAL comes without SAMPLING_ALGORITHM. With it, and with samplers,
#   1500 bytes stay 1500, though its manual says that an announced rate is applied.
# - goflow2 reports for a flow of the sampler with 1:1000 the rate of another sampler, 1:100.
# - nfacctd multiplies flows of a source ID that does not sample by the rate of another source ID, 1500 to 150000. So
#   a router of which one line card samples is counted wrong.
# - A flow that ended before the uptime began again, in a packet that is sent after that, is 49.7 days late in nfdump and
#   goflow2. For one that had begun before and ended after, goflow2 has a beginning that is 49.7 days after the end.
# - nfacctd has whole seconds, up to one too late.
# Nothing reports an error. One sampler, one source ID and an uptime of less than 49 days show only the first and the last.
# Consequence: set the rate of such exporters in nfcapd, with -s. Let source IDs of different rates export to different
# ports, each with its own nfacctd or goflow2. Do not trust flows whose times are in the future.
# Sources: nfcapd(1), -s; goflow2's producer/proto/producer_nf.go (the first rate of a message is that of its
# source ID; the base time is added to an uptime without a look at the wrap).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download nfdump=1.7.1-2+deb12u1 pmacct=1.7.7-1+b1 &&
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

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/producer"
	flows "github.com/netsampler/goflow2/v2/producer/proto"
)

const begin = 1795773600 // 2026-11-27 10:00:00

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

func set(id int, data []byte) []byte {
	data = append(bytes.Clone(data), make([]byte, (4-len(data)%4)%4)...)
	return pack(uint16(id), uint16(4+len(data)), data)
}

// options announces values, each in the fields of the system.
func options(source int, fields []field, records ...[]byte) []byte {
	template := set(1, pack(uint16(400+source), uint16(4), uint16(4*len(fields)), field{1, 4}, fields))
	return packet(source, 5020000, 1+len(records), append(template, set(400+source, bytes.Join(records, nil))...))
}

var sequence uint32

func packet(source int, uptime uint32, count int, sets []byte) []byte {
	sequence++
	return pack(uint16(9), uint16(count), uptime, uint32(begin+20), sequence, uint32(source), sets)
}

// flow makes a packet with a template and a flow from 10.0.0.n, sent 20 s after begin.
func flow(n, source int, uptime, first, last uint32, sampler ...byte) []byte {
	fields := []field{{8, 4}, {12, 4}, {7, 2}, {11, 2}, {4, 1}, {1, 4}, {2, 4}, {22, 4}, {21, 4}}
	if len(sampler) == 1 {
		fields = append(fields, field{48, 1})
	}
	template := set(0, pack(uint16(300+n), uint16(len(fields)), fields))
	record := pack([]byte{10, 0, 0, byte(n), 10, 9, 9, 9, 4, 0, 0, 53, 17}, uint32(1500), uint32(3), first, last, sampler)
	return packet(source, uptime, 2, append(template, set(300+n, record)...))
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
	const up, first, last = 5020000, 5000250, 5001750
	usual := func(n, source int, sampler ...byte) []byte { return flow(n, source, up, first, last, sampler...) }
	interval, algorithm := field{34, 4}, field{35, 1}
	samplers := []field{{48, 1}, {49, 1}, {50, 4}}
	messages := [][]byte{
		options(1, []field{interval}, pack(uint32(0), uint32(100))), usual(1, 1),
		options(2, []field{interval, algorithm}, pack(uint32(0), uint32(100), byte(2))), usual(2, 2),
		options(3, samplers, pack(uint32(0), byte(1), byte(2), uint32(100)), pack(uint32(0), byte(2), byte(2), uint32(1000))),
		usual(3, 3, 1), usual(4, 3, 2),
		usual(5, 4),
		flow(6, 5, 19000, 1<<32-750, 750),
		flow(7, 5, 19000, 1<<32-1750, 1<<32-250),
	}
	const millis, seconds = "11-27 10:00:00.250 to 11-27 10:00:01.750", "11-27 10:00:01.000 to 11-27 10:00:02.000"
	const before = "11-27 10:00:00.000 to 11-27 10:00:01.000"
	cases := []struct{ name, nfdump, goflow, nfacctd string }{
		{"1:100", millis + ", 150000 bytes", millis + ", 150000 bytes", seconds + ", 150000 bytes"},
		{"1:100 with the algorithm", millis + ", 1500 bytes", millis + ", 150000 bytes", seconds + ", 150000 bytes"},
		{"the sampler with 1:100", millis + ", 1500 bytes", millis + ", 150000 bytes", seconds + ", 150000 bytes"},
		{"the sampler with 1:1000", millis + ", 1500 bytes", millis + ", 150000 bytes", seconds + ", 1500000 bytes"},
		{"a source ID that does not sample", millis + ", 1500 bytes", millis + ", 1500 bytes", seconds + ", 150000 bytes"},
		{"begun before the wrap", millis + ", 1500 bytes", "01-16 03:02:47.546 to 11-27 10:00:01.750, 1500 bytes", seconds + ", 150000 bytes"},
		{"ended before the wrap", "01-16 03:02:46.546 to 01-16 03:02:48.046, 1500 bytes", "01-16 03:02:46.546 to 01-16 03:02:48.046, 1500 bytes", before + ", 150000 bytes"},
	}

	config, err := (&flows.ProducerConfig{}).Compile()
	check(err)
	p, err := flows.CreateProtoProducer(config, flows.CreateSamplingSystem)
	check(err)
	templates := netflow.CreateTemplateSystem()
	got := map[string]string{}
	for _, message := range messages {
		var v9 netflow.NFv9Packet
		var ipfix netflow.IPFIXPacket
		check(netflow.DecodeMessageVersion(bytes.NewBuffer(message), templates, &v9, &ipfix))
		found, err := p.Produce(&v9, &producer.ProduceArgs{SamplerAddress: netip.MustParseAddr("127.0.0.1"), TimeReceived: time.Now()})
		check(err)
		for _, one := range found {
			flow := one.(*flows.ProtoProducerMessage)
			clock := func(ns uint64) string { return time.Unix(0, int64(ns)).UTC().Format("01-02 15:04:05.000") }
			from, _ := netip.AddrFromSlice(flow.SrcAddr)
			got["goflow2 "+from.String()] = fmt.Sprintf("%s to %s, %d bytes", clock(flow.TimeFlowStartNs), clock(flow.TimeFlowEndNs), flow.Bytes*max(flow.SamplingRate, 1))
		}
	}

	port1, port2 := freePort(), freePort()
	check(os.Mkdir("flows", 0o700))
	nfcapd := start("nfcapd", "-b", "127.0.0.1", "-p", fmt.Sprint(port1), "-l", "flows", "-t", "3600")
	defer syscall.Kill(-nfcapd.Process.Pid, syscall.SIGKILL)
	check(os.WriteFile("nfacctd.conf", fmt.Appendf(nil, "daemonize: false\nnfacctd_ip: 127.0.0.1\nnfacctd_port: %d\nplugins: print\n"+
		"aggregate: src_host, timestamp_start, timestamp_end\nprint_output: csv\nprint_refresh_time: 3\nprint_output_file: nfacctd.csv\n"+
		"print_output_file_append: true\nnfacctd_time_new: true\nnfacctd_renormalize: true\n", port2), 0o600))
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
		for _, message := range messages {
			_, err := c.Write(message)
			check(err)
			waitFor("a message to be read", func() bool { return strings.Trim(queue(port), "0") == "" })
		}
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
	for line := range strings.Lines(string(dump) + string(text)) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if len(f) != 5 || !strings.Contains(f[0], "10.") {
			continue
		}
		name := "nfdump "
		if len(f[1]) > 23 {
			name = "nfacctd "
		}
		got[name+f[0]] = fmt.Sprintf("%s to %s, %s bytes", f[1][5:23], f[2][5:23], strings.TrimSpace(f[4]))
	}
	for i, one := range cases {
		ip := fmt.Sprintf("10.0.0.%d", i+1)
		expect(one.name+", nfdump", got["nfdump "+ip], one.nfdump)
		expect(one.name+", goflow2", got["goflow2 "+ip], one.goflow)
		expect(one.name+", nfacctd", got["nfacctd "+ip], one.nfacctd)
	}
	if !same {
		fmt.Println("one of the collectors behaves differently from what is stated here")
		syscall.Kill(-nfacctd.Process.Pid, syscall.SIGKILL)
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
go run .
