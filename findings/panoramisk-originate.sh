#!/usr/bin/env bash
# After a reconnect panoramisk places a call again that has already been placed.
#
# Expected: a client of Asterisk's manager interface cannot know whether an action was
# carried out whose answer is missing. So its future fails, or is canceled, and the program
# decides. A character that is cut by a segment's border is put together again.
# Seen, Debian's python3-panoramisk 1.4-2:
# - Asterisk gets an Originate, places the call, and is restarted before it answers. After
#   the reconnect, at the event FullyBooted, panoramisk sends the Originate once more:
#   the customer's phone rings twice. No error says so, and the future gets the second answer.
#   Only Ping and Login are not repeated, unless forgetable_actions names more.
# - An action that got its first answer, but not the events that belong to it, is treated
#   the other way: its future is never done.
# - Each segment is decoded by itself, and what is no whole character is dropped: a caller's
#   name with an accent loses a letter if a border falls into it.
# Consequence: put all actions that change something into forgetable_actions, in lower case,
# and await each with asyncio.wait_for.
# Sources: panoramisk/ami_protocol.py (close moves what has no answer to awaiting_actions;
# data_received decodes with "ignore") and manager.py (send_awaiting_actions).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-panoramisk=1.4-2 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get offers no python3-panoramisk 1.4-2, the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
cat >main.py <<'EOF'
import asyncio
import logging
import os

import panoramisk

logging.disable(logging.CRITICAL)
EVENT = "Event: Newchannel\r\nCallerIDName: José\r\n\r\n".encode()
conns, calls = 0, []


async def serve(reader, writer):
    """An Asterisk that is restarted when it has placed the first call, and when it has begun a list."""
    global conns
    conns += 1
    writer.write(b"Asterisk Call Manager/5.0.2\r\n")
    while True:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            break
        fields = dict(line.split(": ", 1) for line in head.strip().split("\r\n"))
        action = fields["Action"].lower()
        answer = f"Response: Success\r\nActionID: {fields['ActionID']}\r\n"
        if action == "originate":
            calls.append(fields["Channel"])
            if len(calls) == 1:
                break
            answer += "Message: placed\r\n"
        if action == "coreshowchannels":
            writer.write((answer + "EventList: start\r\nMessage: Channels will follow\r\n\r\n").encode())
            await asyncio.sleep(0.2)
            break
        writer.write((answer + "\r\n").encode())
        if action == "login":
            writer.write(b"Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n")
            cut = EVENT.index("é".encode()) + 1
            await asyncio.sleep(0.2)
            writer.write(EVENT[:cut])
            await asyncio.sleep(0.2)
            writer.write(EVENT[cut:])
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    names = []
    loop = asyncio.get_running_loop()
    manager = panoramisk.Manager(loop=loop, host="127.0.0.1", port=server.sockets[0].getsockname()[1],
                                 username="user", secret="secret", reconnect_timeout=1)
    manager.register_event("Newchannel", lambda m, event: names.append(event.CallerIDName))
    booted = asyncio.Event()
    manager.register_event("FullyBooted", lambda m, event: booted.set())
    manager.connect()
    await booted.wait()
    future = manager.send_action({"Action": "Originate", "Channel": "PJSIP/customer"})
    answer = await asyncio.wait_for(future, 20)
    print(f"conns: {conns}; calls that Asterisk placed: {calls}; answer: {answer.response}")

    booted.clear()
    future = manager.send_action({"Action": "CoreShowChannels"})
    await booted.wait()
    await asyncio.sleep(1)
    print(f"future of the list that was cut off, after a reconnect: done is {future.done()}")
    print(f"callers' names: {sorted(set(names))}")
    return calls == ["PJSIP/customer"] * 2 and answer.success and not future.done() and set(names) == {"Jos"}


async def limited():
    return await asyncio.wait_for(main(), 60)

same = asyncio.run(limited())
if not same:
    print("panoramisk behaves differently from what is stated here")
os._exit(0 if same else 1)
EOF
PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -u main.py
