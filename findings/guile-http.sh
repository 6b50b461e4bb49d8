#!/usr/bin/env bash
# After a chunked answer Guile's http-get reads no second one from the conn, and Guile's web server has no body for a chunked request.
#
# Expected: a client that keeps a conn reads one answer after the other from it, whichever way their ends are marked. It skips
# informational answers, 1xx, and knows that 304 has no content, whatever its Content-Length (RFC 9110 sections 15.2 and 8.6). A
# server gets the content of a chunked request, as it does with Content-Length (RFC 9112 section 7.1), and a
# method that it does not know is for the program to answer.
# Seen, Debian's guile-3.0 3.0.8-2, modules (web client) and (web server), with Python's http.client and a server on a socket:
# - http-get with #:keep-alive? #t leaves the end of the last chunk in the conn. The next answer is an error, "Bad Response-Line".
#   Trailers are left, too, and are then in that error. One answer for each conn is right.
# - 103 (Early Hints) is the answer for http-get, without a body; the real one is left in the conn.
# - A 304 with a Content-Length is an error: "EOF while reading response body". So is each 401 with "WWW-Authenticate: Negotiate".
# - The web server calls its handler with the body #f for a chunked request, and serves no other request on that conn. curl -T -, and
#   whatever does not know the length before it begins, sends such requests.
# - PROPFIND and REPORT, the methods of WebDAV, are answered with 400 before a handler is called.
# - string->uri, and so http-get, takes neither my_service, a usual name between containers, nor "localhost.".
# GET, POST with a Content-Length and pipelining are right.
# Consequence: give each request a conn of its own. Put a proxy that buffers requests in front of the server, such as nginx.
# Sources: Guile's web/http.scm (make-chunked-input-port reads no line behind the last chunk's size; parse-http-method has a list),
# request.scm (read-request-body looks at the Content-Length only), uri.scm (domain-label-regexp).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do
    kill "$pid" || true
    wait "$pid" || true
  done 2>/dev/null
  rm -rf "$dir"
}
trap finish EXIT
cd "$dir"
{ apt-get download guile-3.0=3.0.8-2 guile-3.0-libs=3.0.8-2 && apt-get download libgc1 libunistring2 libffi8 libgmp10; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls guile*.deb
arch=$(uname -m)-linux-gnu
guile() {
  exec env LD_LIBRARY_PATH="$dir/usr/lib/$arch:$dir/lib/$arch" GUILE_LOAD_PATH="$dir/usr/share/guile/3.0" GUILE_AUTO_COMPILE=0 \
    GUILE_LOAD_COMPILED_PATH="$dir/usr/lib/$arch/guile/3.0/ccache" timeout 120 "usr/lib/$arch/guile/3.0/bin/guile" -q --no-auto-compile "$@"
}
cat >server.py <<'EOF'
import socket
import threading

OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n'
ANSWERS = {
    '/plain': OK + 'Content-Length: 5\r\n\r\nplain',
    '/chunked': OK + 'Transfer-Encoding: chunked\r\n\r\n7\r\nchunked\r\n0\r\n\r\n',
    '/trailer': OK + 'Transfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n7\r\ntrailer\r\n0\r\nSum: 5\r\n\r\n',
    '/hints': 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n' + OK + 'Content-Length: 5\r\n\r\nhints',
    '/unchanged': 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    '/negotiate': 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n',
}


def serve(conn):
    with conn, conn.makefile('rb') as file:
        try:
            while line := file.readline():
                close = False
                while (field := file.readline()) not in (b'\r\n', b''):
                    close = close or field.lower().split() == [b'connection:', b'close']
                conn.sendall(ANSWERS[line.decode().split()[1]].encode())
                if close:
                    return
        except ConnectionError:
            pass


listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
EOF
cat >client.scm <<'EOF'
(use-modules (web client) (web response) (web uri) (ice-9 format))
(define base (string-append "http://127.0.0.1:" (cadr (command-line))))
;; tell shows what a body returns, or the error.
(define-syntax-rule (tell what body ...)
  (begin
    (format #t "~a: ~s~%" what
            (catch #t (lambda () body ...)
              (lambda (key . args) (cons key args))))
    (force-output)))
(define (get uri . options)
  (call-with-values (lambda () (apply http-get uri options))
    (lambda (response body) (list (response-code response) body))))
(for-each (lambda (path) (tell path (get (string-append base path))))
          '("/plain" "/chunked" "/trailer" "/hints" "/unchanged" "/negotiate"))
(for-each
 (lambda (path)
   (let ((port (open-socket-for-uri (string->uri base))))
     (tell (string-append path " and then /plain")
           (get (string-append base path) #:port port #:keep-alive? #t)
           (get (string-append base "/plain") #:port port #:keep-alive? #t))))
 '("/plain" "/chunked" "/trailer"))
(for-each (lambda (host) (tell host (and (string->uri (string-append "http://" host ":80/")) #t)))
          '("my-service" "my_service" "localhost" "localhost."))
EOF
cat >server.scm <<'EOF'
(use-modules (web server) (web request) (rnrs bytevectors) (ice-9 format))
(define listener (socket PF_INET SOCK_STREAM 0))
(bind listener AF_INET INADDR_LOOPBACK 0)
(format #t "~a~%" (sockaddr:port (getsockname listener)))
(force-output)
(run-server
 (lambda (request body)
   (values '((content-type . (text/plain)))
           (format #f "~a ~a" (request-method request) (if (bytevector? body) (utf8->string body) body))))
 'http (list #:socket listener))
EOF
cat >client.py <<'EOF'
import http.client
import sys

conn = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=60)


def ask(method, body=None):
    try:
        conn.request(method, '/', body=body)
        response = conn.getresponse()
        return f'{response.status} {response.read().decode()}'.rstrip()
    except (http.client.HTTPException, ConnectionError) as e:
        conn.close()
        return type(e).__name__


print('GET:', ask('GET'))
print('POST with a length:', ask('POST', b'hello'))
print('the next request on that conn:', 'is served' if ask('GET').startswith('200') else 'fails')
print('POST in chunks:', ask('POST', iter([b'hello'])))
print('the next request on that conn:', 'is served' if ask('GET').startswith('200') else 'fails')
conn.close()
print('PROPFIND:', ask('PROPFIND'))
conn.close()
print('REPORT:', ask('REPORT'))
EOF
cat >want <<'EOF'
/plain: (200 "plain")
/chunked: (200 "chunked")
/trailer: (200 "trailer")
/hints: (103 #f)
/unchanged: (bad-response "EOF while reading response body: ~a bytes of ~a" (0 5))
/negotiate: (bad-header-component challenge "Negotiate")
/plain and then /plain: (200 "plain")
/chunked and then /plain: (bad-response "Bad Response-Line: ~s" (""))
/trailer and then /plain: (bad-response "Bad Response-Line: ~s" ("Sum: 5"))
my-service: #t
my_service: #f
localhost: #t
localhost.: #f
GET: 200 GET #f
POST with a length: 200 POST hello
the next request on that conn: is served
POST in chunks: 200 POST #f
the next request on that conn: fails
PROPFIND: 400
REPORT: 400
EOF
# port_in FILE waits until a server has written its port.
port_in() {
  for _ in $(seq 300); do
    [ ! -s "$1" ] || break
    sleep 0.1
  done
  cat "$1"
}
/usr/bin/python3 server.py >port1 2>server1.log &
pids+=($!)
guile server.scm >port2 2>server2.log &
pids+=($!)
{
  (guile client.scm "$(port_in port1)")
  timeout 120 /usr/bin/python3 client.py "$(port_in port2)"
} 2>err | tee got
diff want got || { cat err server2.log; echo "Guile behaves differently from what is stated here"; exit 1; }
