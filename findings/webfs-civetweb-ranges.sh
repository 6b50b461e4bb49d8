#!/usr/bin/env bash
# CivetWeb announces a byte too many for a range that ends behind the file, and webfs refuses it.
#
# Expected: a client reads a file in pieces, as players and Go's range readers do, and asks for bytes
# 30-39 of 36, since it does not know the length. The server sends those that there are (RFC 9110
# section 14.1.2), and for a range that begins behind the end it answers 416, which tells a client
# that resumes that it has everything. If-Range with another date than the file's means: the
# whole file, for it has changed (section 13.1.5).
# Seen, Debian's civetweb 1.15+dfsg-4 and webfs 1.21+ds1-12+b1, with net/http and curl:
# - CivetWeb: "Content-Range: bytes 30-36/36" and "Content-Length: 7", followed by 6 bytes and the end of
#   the conn. Go reports io.ErrUnexpectedEOF, curl the error 18; so the last piece of each file
#   fails.
# - CivetWeb for bytes 40- of 36: 206 with "Content-Length: -4", which Go's client cannot read.
# - CivetWeb ignores If-Range. A download that is resumed after the file has changed consists of the
#   beginning of the old file and the end of the new one, without an error.
# - webfs: 400 for both ranges, with a text of 8 bytes. A client that does not look at the status takes
#   that text for the end of its file, as curl -r without -f does.
# A range within the file is right in both, and so is If-Range in webfs.
# Consequence: ask for the length first, with HEAD, and for no byte behind it. Compare Last-Modified
# yourself before you append to a file from CivetWeb.
# Sources: civetweb's src/civetweb.c (handle_static_file_request limits the end of a range to the file's
# size, where it is the last byte that counts); webfs's request.c (parse_ranges).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
command -v curl >/dev/null || { echo "this finding needs curl"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download civetweb=1.15+dfsg-4 libcivetweb1=1.15+dfsg-4 webfs=1.21+ds1-12+b1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
cat >main.go <<'EOF'
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

var (
	late    = time.AfterFunc(time.Minute, func() { fail("gave up after a minute") })
	started []*exec.Cmd
)

func stop() {
	for _, cmd := range started {
		cmd.Process.Kill()
		cmd.Wait()
	}
}

func fail(why any) {
	fmt.Println(why)
	stop()
	os.Exit(1)
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

// serve starts a server of the folder "files"; %s in its arguments becomes the port.
func serve(name string, args ...string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	addr := l.Addr().String()
	check(l.Close())
	_, port, _ := strings.Cut(addr, ":")
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "%s", port)
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+os.Args[1])
	check(cmd.Start())
	started = append(started, cmd)
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return "http://" + addr + "/file.txt"
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// get asks for a range and returns a description of the answer.
func get(url, bytes, ifRange string) string {
	req, err := http.NewRequest("GET", url, nil)
	check(err)
	req.Close = true
	req.Header.Set("Range", "bytes="+bytes)
	if ifRange != "" {
		req.Header.Set("If-Range", ifRange)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		_, text, _ := strings.Cut(err.Error(), "net/http: ")
		return "error: " + text
	}
	body, err := io.ReadAll(resp.Body)
	result := fmt.Sprintf("%d, %q, %d of %d bytes", resp.StatusCode, resp.Header.Get("Content-Range"), len(body), resp.ContentLength)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		result += ", io.ErrUnexpectedEOF"
	}
	return result
}

func curl(url string) string {
	out, err := exec.Command("curl", "-s", "-r", "30-39", url).Output()
	return fmt.Sprintf("%q, %v", strings.TrimSpace(string(out)), err)
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	check(os.Mkdir("files", 0o755))
	check(os.WriteFile("files/file.txt", []byte("0123456789abcdefghijklmnopqrstuvwxyz"), 0o644))
	changed := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	check(os.Chtimes("files/file.txt", changed, changed))
	now, before := changed.Format(http.TimeFormat), changed.Add(-time.Hour).Format(http.TimeFormat)
	dir, err := os.Getwd()
	check(err)

	url := serve("usr/bin/civetweb", "-document_root", dir+"/files", "-listening_ports", "127.0.0.1:%s")
	expect("CivetWeb, bytes 20-29 of 36", get(url, "20-29", ""), `206, "bytes 20-29/36", 10 of 10 bytes`)
	expect("  30-39", get(url, "30-39", ""), `206, "bytes 30-36/36", 6 of 7 bytes, io.ErrUnexpectedEOF`)
	expect("  30-39 with curl", curl(url), `"uvwxyz", exit status 18`)
	expect("  40-", get(url, "40-", ""), `error: HTTP/1.x transport connection broken: bad Content-Length "-4"`)
	expect("  30-35, if the file is the one of now", get(url, "30-35", now), `206, "bytes 30-35/36", 6 of 6 bytes`)
	expect("  30-35, if it is an older one", get(url, "30-35", before), `206, "bytes 30-35/36", 6 of 6 bytes`)

	url = serve("usr/bin/webfsd", "-F", "-i", "127.0.0.1", "-p", "%s", "-r", dir+"/files")
	expect("webfs, bytes 20-29 of 36", get(url, "20-29", ""), `206, "bytes 20-29/36", 10 of 10 bytes`)
	expect("  30-39", get(url, "30-39", ""), `400, "", 8 of 8 bytes`)
	expect("  30-39 with curl", curl(url), `"*PLONK*", <nil>`)
	expect("  40-", get(url, "40-", ""), `400, "", 8 of 8 bytes`)
	expect("  30-35, if the file is the one of now", get(url, "30-35", now), `206, "bytes 30-35/36", 6 of 6 bytes`)
	expect("  30-35, if it is an older one", get(url, "30-35", before), `200, "", 36 of 36 bytes`)
	stop()
	if !same {
		fmt.Println("CivetWeb or webfs behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
GOWORK=off go run main.go "$dir/usr/lib/$(uname -m)-linux-gnu"
