#!/usr/bin/env bash
# Tinyproxy passes on the first Set-Cookie of a response, and no answer before the whole request.
#
# Expected of an HTTP proxy: a header that occurs twice arrives twice, or as one with a comma, which
# Set-Cookie must not become (RFC 9110 section 5.3). A server may answer before it has the
# whole body: with 100 if the client waits for that (Expect: 100-continue), with 413 if the body
# is too large. After CONNECT each end of one side becomes the same end of the other.
# Seen, Debian's tinyproxy-bin 1.11.1-2.1+deb12u1:
# - Of two headers with one name, the second is dropped, in requests and in responses. A site that
#   sets two cookies with a response sets one; a login through this proxy then fails.
# - Nothing of the response passes before the whole request has. A client that waits for 100
#   sends its body when it is tired of waiting, curl after a second. A client whose upload is
#   refused learns that when it has sent all of it.
# - After CONNECT the client's FIN closes both conns, and a reset of the server is a clean end
#   for the client.
# Most sites that are tried first, and TLS, show none of the first two.
# Consequence: send cookies in separate responses, or use another version; send no Expect.
# Sources: src/reqs.c (the headers are kept in a map with one value for each name; pull_client_data
# sends the body before process_server_headers) and relay_connection; RFC 9110 section 10.1.1.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download tinyproxy-bin=1.11.1-2.1+deb12u1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no tinyproxy-bin 1.11.1-2.1+deb12u1, a version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
cat >main.py <<'EOF'
import os
import socket
import struct
import subprocess
import threading
import time

threading.Timer(60, lambda: (print("gave up after 60 s"), os._exit(1))).start()
same = True


def check(what, got, want):
    global same
    print(f"{what}: {got}")
    same = same and got == want


with socket.create_server(("127.0.0.1", 0)) as s:
    PROXY = s.getsockname()[1]
with open("tinyproxy.conf", "w") as f:
    f.write(f"Port {PROXY}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nLogFile \"log\"\n")
proxy = subprocess.Popen(["timeout", "90", "usr/bin/tinyproxy", "-d", "-c", "tinyproxy.conf"], stdout=subprocess.DEVNULL)


def head(conn):
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = conn.recv(1)
        if not chunk:
            break
        data += chunk
    return data


def rest(conn, seconds=10.0):
    """What comes until the end, and how it ends."""
    conn.settimeout(seconds)
    data = b""
    try:
        while chunk := conn.recv(4096):
            data += chunk
    except socket.timeout:
        return data, "open"
    except ConnectionResetError:
        return data, "reset"
    return data, "EOF"


def serve(handle):
    """The port of a server whose one conn is handled by handle, and what that returns."""
    listener, results = socket.create_server(("127.0.0.1", 0)), []

    def run():
        conn, _ = listener.accept()
        try:
            results.append(handle(conn))
        except OSError as err:
            results.append(type(err).__name__)
        conn.close()
    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1], results


def connect():
    while True:
        try:
            return socket.create_connection(("127.0.0.1", PROXY))
        except ConnectionRefusedError:
            time.sleep(0.1)


def names(data, prefix):
    """The headers of a head whose name begins with prefix."""
    return [line.decode() for line in data.split(b"\r\n") if line.startswith(prefix)]


def two_cookies(conn):
    request = head(conn)
    conn.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: session=1\r\nSet-Cookie: user=2\r\nContent-Length: 2\r\n\r\nok")
    return names(request, b"X-Tag")


port, results = serve(two_cookies)
client = connect()
client.sendall(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tag: a\r\nX-Tag: b\r\n\r\n" % port)
response, _ = rest(client)
check("a response with two cookies", names(response, b"Set-Cookie"), ["Set-Cookie: session=1"])
check("a request with two X-Tag", results[0], ["X-Tag: a"])


def expects(conn):
    head(conn)
    conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = conn.recv(4, socket.MSG_WAITALL)
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    return body


port, results = serve(expects)
client = connect()
client.sendall(b"PUT http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n"
               b"Expect: 100-continue\r\n\r\n" % port)
check("Expect: 100-continue, in 3 s", rest(client, 3)[0], b"")
client.sendall(b"body")
response, _ = rest(client)
check("once the body is sent", [line.decode() for line in response.split(b"\r\n") if line.startswith(b"HTTP/")],
      ["HTTP/1.1 100 Continue", "HTTP/1.1 200 OK"])


def refuses(conn):
    head(conn)
    conn.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
    return rest(conn)


port, results = serve(refuses)
client = connect()
client.sendall(b"PUT http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\nbo" % port)
check("413 before the end of the body, in 3 s", rest(client, 3)[0], b"")


def tunnel(port):
    client = connect()
    client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % port)
    head(client)
    return client


def answers(conn):
    request = rest(conn)
    conn.sendall(b"answer")
    return request


port, results = serve(answers)
client = tunnel(port)
client.sendall(b"request")
client.shutdown(socket.SHUT_WR)
check("CONNECT, half-close after the request", rest(client), (b"", "EOF"))
while not results:
    time.sleep(0.1)
check("the server got", results[0], (b"request", "EOF"))


def resets(conn):
    conn.recv(7)
    conn.sendall(b"half an ")
    time.sleep(0.3)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


client = tunnel(serve(resets)[0])
client.sendall(b"request")
check("CONNECT, the server resets", rest(client), (b"half an ", "EOF"))
proxy.terminate()
proxy.wait()
if not same:
    print("tinyproxy behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
/usr/bin/python3 -u main.py
