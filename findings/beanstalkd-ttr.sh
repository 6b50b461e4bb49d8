#!/usr/bin/env bash
# beanstalkd keeps many jobs reserved whose time to run is over.
#
# Expected: a job has a time to run. If the worker that has reserved it does not delete, release or touch
# it within that time, beanstalkd makes the job ready again, and the next worker gets it. That is
# what the time is for (protocol.txt, put).
# Seen, Debian's beanstalkd 1.12-2+b1, with workers that keep their conns open and send nothing:
# - Of 60 jobs 38 to 57 are not released, in five runs. If each worker has a server for itself, it is a
#   third of the jobs. Seconds later stats-job still says "state: reserved", with a time-left below
#   zero, and no timeout is counted. A worker that waits for such a job gets TIMED_OUT.
# - The job is released when its worker sends a command, any command, or when its conn ends. So the job
#   of a worker that has exited is safe. That of one that is stuck, or that has lost its network
#   without a FIN, stays where it is.
# It is a matter of one microsecond which jobs are kept, so a test with one job often passes.
# Consequence: set TCP keep-alive, let workers exit when they are stuck, and watch for jobs whose
# time-left is below zero (stats-job).
# Sources: prot.c (prottick takes a conn out of its list when the deadline has been reached, and conn_timeout
# does nothing if it has not been passed; both look at a clock that counts microseconds); the
# project's issues 262 and 380, closed because nobody could reproduce it.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill "$pid" || true; wait "$pid" || true; fi 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download beanstalkd=1.12-2+b1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
dpkg -x ./beanstalkd_*.deb .
cat >main.py <<'EOF'
import socket
import sys
import time

PORT = int(sys.argv[1])
WORKERS = 60


class Client:
    def __init__(self):
        while True:
            try:
                self.sock = socket.create_connection(('127.0.0.1', PORT))
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        self.sock.settimeout(20)
        self.file = self.sock.makefile('rb')

    def call(self, text):
        self.sock.sendall(text.encode() + b'\r\n')
        words = self.file.readline().decode().split()
        if words[0] in ('OK', 'RESERVED'):
            words.append(self.file.read(int(words[-1]) + 2).decode())
        return words

    def stats(self, job):
        pairs = [line.split(': ') for line in self.call(f'stats-job {job}')[-1].split('\n') if ': ' in line]
        return dict(pairs)


same = True


def expect(what, got, ok):
    global same
    print(f'{what}: {got}')
    same = same and ok


boss = Client()
workers = {}
tubes = {}
for i in range(WORKERS):
    worker = Client()
    worker.call(f'use tube{i}')
    worker.call(f'watch tube{i}')
    worker.call('ignore default')
    job = int(worker.call('put 1 0 2 4\r\nwork')[1])
    workers[job] = worker
    tubes[job] = f'tube{i}'
for worker in workers.values():  # at different times
    worker.call('reserve-with-timeout 5')
    time.sleep(0.013)
time.sleep(4)  # twice the time to run


def kept():
    stats = {job: boss.stats(job) for job in workers}
    return [job for job, s in stats.items() if s['state'] == 'reserved' and int(s['time-left']) < 0 and s['timeouts'] == '0']


stuck = kept()
expect(f'of {WORKERS} jobs with 2 s to run, still reserved 2 s after that', len(stuck), len(stuck) > 0)
time.sleep(2)
expect('the same 2 s later', kept() == stuck, kept() == stuck)
if stuck:
    job = stuck[0]
    other = Client()
    other.call(f'watch {tubes[job]}')
    answer = other.call('reserve-with-timeout 1')[0]
    expect('another worker that waits for one of them gets', answer, answer == 'TIMED_OUT')
    workers[job].call('list-tube-used')
    answer = other.call('reserve-with-timeout 1')[0]
    expect('  after any command of the first worker', answer, answer == 'RESERVED')
if len(stuck) > 1:
    job = stuck[1]
    workers[job].file.close()
    workers[job].sock.close()
    state = 'reserved'
    for _ in range(20):
        state = boss.stats(job)['state']
        if state == 'ready':
            break
        time.sleep(0.1)
    expect('the state of one after the end of its conn', state, state == 'ready')
if not same:
    print('beanstalkd behaves differently from what is stated here')
    sys.exit(1)
EOF
port=$(/usr/bin/python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
usr/bin/beanstalkd -l 127.0.0.1 -p "$port" >beanstalkd.log 2>&1 &
pid=$!
/usr/bin/python3 main.py "$port"
