# An echo server of socketserver: one thread for each conn. Its own backlog of 5
# would make clients that come at once wait for seconds.
import os
import platform
import socketserver
import sys
import threading


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(64 * 1024):
                self.request.sendall(data)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 1024
    daemon_threads = True


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


try:
    import resource
except ImportError:
    pass  # Windows has no such limit
else:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
threading.Thread(target=end_with_stdin, daemon=True).start()
with Server(("127.0.0.1", 0), Echo) as server:
    print("127.0.0.1:%d Python %s" % (server.server_address[1], platform.python_version()), flush=True)
    server.serve_forever()
