#!/usr/bin/env bash
# A closed listener of Java NIO takes one more client, and resets it.
#
# Expected: ServerSocketChannel.close() closes the port: clients are refused and the
# port can be bound again. A thread that waits in select() wakes up, as a thread in
# accept() does.
# Seen, OpenJDK 17: a channel that is registered with a Selector keeps its socket
# until that selector's next selection, and close() does not wake a thread in
# select(). So isOpen() is false, but the port is in use, and the next client
# connects. That wakes the thread: select() returns 0, closes the port, and the
# client that has connected is reset. Only the second client is refused. If the
# thread is busy elsewhere instead, clients queue up until it selects again.
# So in a restart one client sees a reset, perhaps hours after the close, and a new
# process cannot bind the port before that.
# Consequence: call wakeup() after close(), and let the loop select once more.
# Sources: SelectableChannel's documentation (a closed channel is deregistered at the
# next selection); sun.nio.ch.ServerSocketChannelImpl, implCloseNonBlockingMode.
set -eu
command -v java >/dev/null || { echo "this finding needs java, version 11 or later"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >Finding.java <<'EOF'
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.atomic.AtomicInteger;

public class Finding {
    static boolean same = true;

    static void check(String what, String got, String want) {
        System.out.println(what + ": " + got);
        same = same && got.equals(want);
    }

    static Socket dial(InetSocketAddress address) throws IOException {
        Socket s = new Socket();
        s.connect(address, 10_000);
        return s;
    }

    static String dialed(InetSocketAddress address) throws IOException {
        try (Socket s = dial(address)) {
            return "connected";
        } catch (ConnectException e) {
            return "refused";
        }
    }

    static ServerSocketChannel listen(int port) throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
    }

    public static void main(String[] args) throws Exception {
        Thread late = new Thread(() -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                return;
            }
            System.out.println("gave up after a minute");
            Runtime.getRuntime().halt(1);
        });
        late.setDaemon(true);
        late.start();

        ServerSocketChannel plain = listen(0);
        InetSocketAddress address = (InetSocketAddress) plain.getLocalAddress();
        plain.close();
        check("not registered, closed, dial", dialed(address), "refused");

        Selector selector = Selector.open();
        ServerSocketChannel listener = listen(0);
        address = (InetSocketAddress) listener.getLocalAddress();
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
        AtomicInteger returned = new AtomicInteger(-1); // what select returned
        Thread loop = new Thread(() -> {
            try {
                returned.set(selector.select());
            } catch (IOException e) {
                System.out.println(e);
            }
        });
        loop.start();
        Thread.sleep(1000); // for the thread to block in select
        listener.close();
        Thread.sleep(1000); // for the thread to wake, if it did
        check("registered, closed, isOpen", "" + listener.isOpen(), "false");
        check("registered, closed, select", returned.get() < 0 ? "waits" : "returned", "waits");
        String bound;
        try (ServerSocketChannel again = listen(address.getPort())) {
            bound = "bound";
        } catch (IOException e) {
            bound = "in use";
        }
        check("registered, closed, bind the port again", bound, "in use");

        String read;
        try (Socket client = dial(address)) {
            client.setSoTimeout(10_000);
            read = "connected, then read " + client.getInputStream().read();
        } catch (ConnectException e) {
            read = "refused";
        } catch (SocketTimeoutException e) {
            read = "connected, then waits";
        } catch (SocketException e) {
            read = "connected, then reset";
        }
        check("registered, closed, first client", read, "connected, then reset");
        loop.join();
        check("registered, closed, select", "returned " + returned, "returned 0");
        check("registered, closed, second client", dialed(address), "refused");
        if (!same) {
            System.out.println("Java behaves differently from what is stated here");
            System.exit(1);
        }
    }
}
EOF
java Finding.java
