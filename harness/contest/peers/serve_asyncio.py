# An echo server of asyncio. All conns share one receive buffer of 64 KiB: for
# data_received, asyncio allocates 256 KiB for each message.
import asyncio
import os
import platform
import sys
import threading


class Echo(asyncio.BufferedProtocol):
    buffer = bytearray(64 * 1024)

    def connection_made(self, transport):
        self.transport = transport

    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, n):
        self.transport.write(bytes(self.buffer[:n]))


async def main():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0, backlog=1024)
    print("127.0.0.1:%d Python %s" % (server.sockets[0].getsockname()[1], platform.python_version()), flush=True)
    await server.serve_forever()


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
asyncio.run(main())
