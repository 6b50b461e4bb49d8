#!/usr/bin/env bash
# tcl-xmlrpc returns a fault as a result and writes & as it is; mattn's go-xmlrpc loses faults, and texts without a type.
#
# Expected: a call that fails is answered with a fault of a code and a text, which a client reports as an error with both. A
# value without a type is a string, also in an array or a struct, and a boolean is 1 or 0. In a string, & and <
# are written as &amp; and &lt; (the XML-RPC specification). An element without content may be written as <string/> (XML 1.0).
# Seen, Debian's golang-github-mattn-go-xmlrpc-dev 0.0.3-2 and tcl-xmlrpc 0.3-3 with a server on Python's xmlrpc.client, whose own
# client reads and writes all of it as expected:
# - go-xmlrpc says "invalid response: missing params" to every fault. Neither code nor text are to be had.
# - go-xmlrpc writes true as <boolean>true</boolean>. Python answers with a fault, of which see above.
# - go-xmlrpc takes a value without a type for an error, EOF; an array of such values is empty, and a struct, too, without an error.
# - xmlrpc::call of Tcl returns a fault as it returns a struct: the call has succeeded, with {faultCode 4} and {faultString ...}.
# - Tcl writes a<&b as it is, which is no XML, so Python answers with a fault. What Tcl reads stays escaped: "a &amp; b".
# - Tcl refuses <string/>, another way to write an empty text.
# Numbers, words and Tcl's booleans are right.
# Consequence: in Tcl look for faultCode in each result, and escape texts before a call and after it. For Go take another client.
# Sources: go-xmlrpc's xmlrpc.go (Call returns that error unless the first element is params), tcl-xmlrpc's xmlrpc.tcl (knows no entities).
set -eu
for tool in apt-get go tclsh; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, go and tclsh"; exit 1; }
done
dir=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill "$pid" || true; wait "$pid" || true; fi 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download golang-github-mattn-go-xmlrpc-dev=0.0.3-2 tcl-xmlrpc=0.3-3 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls ./*xmlrpc*.deb
cat >server.py <<'EOF'
import xmlrpc.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OTHERS = {
    'untyped': '<value>text</value>',
    'array': '<value><array><data><value>a</value><value>b</value></data></array></value>',
    'struct': '<value><struct><member><name>a</name><value>x</value></member></struct></value>',
    'empty': '<value><string/></value>',
}
RESULTS = {'number': 42, 'typed': 'text', 'ampersand': 'a & b'}


def answer(request):
    try:
        arguments, name = xmlrpc.client.loads(request)
    except Exception as e:  # not XML, or a value that is none
        return xmlrpc.client.dumps(xmlrpc.client.Fault(1, type(e).__name__))
    if name == 'fault':
        return xmlrpc.client.dumps(xmlrpc.client.Fault(4, 'too many parameters'))
    if name in OTHERS:
        return f'<?xml version="1.0"?><methodResponse><params><param>{OTHERS[name]}</param></params></methodResponse>'
    return xmlrpc.client.dumps((repr(arguments[0]) if name == 'show' else RESULTS[name],), methodresponse=True)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        text = answer(self.rfile.read(int(self.headers['Content-Length']))).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'text/xml')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"

	"github.com/mattn/go-xmlrpc"
)

func call(what, name string, args ...any) {
	got, err := xmlrpc.Call("http://127.0.0.1:"+os.Args[1]+"/RPC2", name, args...)
	if err != nil {
		fmt.Printf("Go, %s: error, %v\n", what, err)
		return
	}
	fmt.Printf("Go, %s: %v\n", what, got)
}

func main() {
	for _, name := range []string{"number", "typed", "ampersand", "fault", "untyped", "array", "struct", "empty"} {
		call(name, name)
	}
	call("sent a<&b", "show", "a<&b")
	call("sent true", "show", true)
}
EOF
cat >main.tcl <<'EOF'
package require xmlrpc

# The package writes what it does not understand to standard output.
rename puts print
proc puts args {
    if {[llength $args] > 1} {
        print {*}$args
    }
}
proc call {what name arguments} {
    set failed [catch {xmlrpc::call "http://127.0.0.1:[lindex $::argv 0]" RPC2 $name $arguments} result]
    print "Tcl, $what: [expr {$failed ? {error} : [lindex $result 1]}]"
}
foreach name {number typed ampersand fault untyped array struct empty} {
    call $name $name {}
}
call {sent a<&b} show {{string a<&b}}
call {sent true} show {{boolean 1}}
EOF
cat >main.py <<'EOF'
import sys
import xmlrpc.client

server = xmlrpc.client.ServerProxy(f'http://127.0.0.1:{sys.argv[1]}')


def call(what, name, *args):
    try:
        print(f'Python, {what}:', getattr(server, name)(*args))
    except xmlrpc.client.Fault as e:
        print(f'Python, {what}: fault {e.faultCode}, {e.faultString}')


for name in 'number', 'typed', 'ampersand', 'fault', 'untyped', 'array', 'struct', 'empty':
    call(name, name)
call('sent a<&b', 'show', 'a<&b')
call('sent true', 'show', True)
EOF
sed 's/_$/ /' >want <<'EOF'
Go, number: 42
Go, typed: text
Go, ampersand: a & b
Go, fault: error, invalid response: missing params
Go, untyped: error, EOF
Go, array: []
Go, struct: map[]
Go, empty:_
Go, sent a<&b: 'a<&b'
Go, sent true: error, invalid response: missing params
Tcl, number: 42
Tcl, typed: text
Tcl, ampersand: a &amp; b
Tcl, fault: {faultCode 4} {faultString {too many parameters}}
Tcl, untyped: text
Tcl, array: a b
Tcl, struct: {a x}
Tcl, empty: error
Tcl, sent a<&b: {faultCode 1} {faultString ExpatError}
Tcl, sent true: True
Python, number: 42
Python, typed: text
Python, ampersand: a & b
Python, fault: fault 4, too many parameters
Python, untyped: text
Python, array: ['a', 'b']
Python, struct: {'a': 'x'}
Python, empty:_
Python, sent a<&b: 'a<&b'
Python, sent true: True
EOF
/usr/bin/python3 server.py >port 2>server.log &
pid=$!
for _ in $(seq 300); do
  [ ! -s port ] || break
  sleep 0.1
done
port=$(cat port)
mkdir src
cp -r usr/share/gocode/src/github.com src/
{
  GO111MODULE=off GOFLAGS='' GOPATH=$dir go run main.go "$port"
  TCLLIBPATH="$dir/usr/share/tcltk" timeout 60 tclsh main.tcl "$port"
  timeout 60 /usr/bin/python3 main.py "$port"
} 2>err | tee got
diff want got || { cat err server.log; echo "one of the clients behaves differently from what is stated here"; exit 1; }
