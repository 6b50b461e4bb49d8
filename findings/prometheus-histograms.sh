#!/usr/bin/env bash
# parse-prometheus-text-format makes one histogram of all, without sum and labels, and fails at an empty help.
#
# Expected: a histogram or summary with labels has buckets or quantiles, a sum and a count for each set of labels.
# Between tokens there may be blanks and tabs. Help is text, and may be empty (Prometheus' exposition formats,
# text-based format). A parser that is to be "compatible with prom2json" returns one entry for each set of labels.
# Seen, the Node package parse-prometheus-text-format 1.1.1 with a page of Debian's python3-prometheus-client
# 0.16.0-0.1, whose own parser returns all of it:
# - A histogram with a label, as requests by path: one entry, in which each bucket is that of the last path.
#   Sum, count and label are missing. An alarm on the page sees the traffic of one path only, and a mean is NaN.
# - A summary with quantiles and a label is the same. Summaries without quantiles are right, as in the README.
# - A metric with an empty help throws "Encountered invalid line: # HELP up", so the whole page is lost.
# - A blank between a comma or a brace and what follows it throws, too; with tabs after HELP and TYPE, a
#   metric has no type, and its histogram is three metrics.
# Counters, gauges, and histograms without labels are right.
# Consequence: parse histograms in lines, and take out "# HELP" first.
# Sources: dist/parse-prometheus-text-format.cjs.js (flattenMetrics returns one element, and takes sum and count
# only without labels; line.trim() and indexOf(' ') for HELP; STATE_NEXTLABEL) and README.
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-prometheus-client=0.16.0-0.1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund parse-prometheus-text-format@1.1.1 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >page.py <<'END'
# Prints a page of metrics ("page"), one whose help is empty ("help"), or what the parser makes of a page.
import sys

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

registry = CollectorRegistry()
if sys.argv[1] == "page":
    Gauge("up", "Is it up.", registry=registry).set(1)
    seconds = Histogram("seconds", "Time of a request.", ["path"], buckets=(1,), registry=registry)
    for path, value in (("/a", 0.5), ("/a", 0.5), ("/a", 3), ("/b", 0.25)):
        seconds.labels(path).observe(value)
    page = generate_latest(registry).decode()
    print("\n".join(line for line in page.splitlines() if "_created" not in line))
elif sys.argv[1] == "help":
    Gauge("up", "", registry=registry).set(1)
    print(generate_latest(registry).decode(), end="")
else:
    for family in text_string_to_metric_families(sys.stdin.read()):
        for s in family.samples:
            print(family.type, s.name, ",".join(f"{k}={v}" for k, v in s.labels.items()), f"{s.value:g}", end="; ")
END
cat >main.js <<'END'
const { execFileSync } = require('child_process')
const parse = require('parse-prometheus-text-format')

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const python = (args, input) => execFileSync('/usr/bin/python3', ['page.py', ...args],
  { encoding: 'utf8', input, env: { ...process.env, PYTHONPATH: 'usr/lib/python3/dist-packages' } })
const byPython = (page) => python(['read'], page).replace(/; $/, '')
function byNode(page) {
  try {
    return parse(page).map(({ name, type, metrics }) => `${name} ${type} ${JSON.stringify(metrics)}`).join('; ')
  } catch (err) {
    return err.message
  }
}

const page = python(['page'])
console.log(page)
check('the page, its own parser', byPython(page), 'gauge up  1; ' +
  'histogram seconds_bucket le=1.0,path=/a 2; histogram seconds_bucket le=+Inf,path=/a 3; ' +
  'histogram seconds_count path=/a 3; histogram seconds_sum path=/a 4; ' +
  'histogram seconds_bucket le=1.0,path=/b 1; histogram seconds_bucket le=+Inf,path=/b 1; ' +
  'histogram seconds_count path=/b 1; histogram seconds_sum path=/b 0.25')
check('the page, parse-prometheus-text-format', byNode(page), 'up GAUGE [{"value":"1.0"}]; ' +
  'seconds HISTOGRAM [{"buckets":{"1.0":"1.0","+Inf":"1.0"}}]')

const one = page.split('\n').filter((line) => !line.includes('/b')).join('\n')
check('the same with one path', byNode(one), 'up GAUGE [{"value":"1.0"}]; seconds HISTOGRAM [{"buckets":{"1.0":"2.0","+Inf":"3.0"}}]')
const none = one.replaceAll(',path="/a"', '').replaceAll('{path="/a"}', '')
check('the same without labels', byNode(none), 'up GAUGE [{"value":"1.0"}]; ' +
  'seconds HISTOGRAM [{"buckets":{"1.0":"2.0","+Inf":"3.0"},"count":"3.0","sum":"4.0"}]')

const summary = '# TYPE wait summary\nwait{quantile="0.5",path="/a"} 1\nwait_sum{path="/a"} 4\nwait_count{path="/a"} 3\n' +
  'wait{quantile="0.5",path="/b"} 2\nwait_sum{path="/b"} 5\nwait_count{path="/b"} 2\n'
check('a summary, the Python parser', byPython(summary), 'summary wait quantile=0.5,path=/a 1; summary wait_sum path=/a 4; ' +
  'summary wait_count path=/a 3; summary wait quantile=0.5,path=/b 2; summary wait_sum path=/b 5; summary wait_count path=/b 2')
check('a summary', byNode(summary), 'wait SUMMARY [{"quantiles":{"0.5":"2"}}]')
const plain = summary.split('\n').filter((line) => !line.includes('quantile')).join('\n')
check('a summary without quantiles', byNode(plain),
  'wait SUMMARY [{"labels":{"path":"/a"},"sum":"4","count":"3"},{"labels":{"path":"/b"},"sum":"5","count":"2"}]')

const help = python(['help'])
check('an empty help, the Python parser', byPython(help), 'gauge up  1')
check('an empty help', byNode(help), 'Encountered invalid line: # HELP up')
const blanks = 'up{ a="1", b="2" } 1\n'
check('blanks between labels, the Python parser', byPython(blanks), 'unknown up a=1,b=2 1')
check('blanks between labels', byNode(blanks), 'Encountered invalid line: up{ a="1", b="2" } 1')
const tabs = none.replaceAll('# TYPE ', '# TYPE\t').replaceAll('# HELP ', '# HELP\t')
check('tabs, the Python parser', byPython(tabs), 'gauge up  1; histogram seconds_bucket le=1.0 2; ' +
  'histogram seconds_bucket le=+Inf 3; histogram seconds_count  3; histogram seconds_sum  4')
check('tabs', byNode(tabs), 'up UNTYPED [{"value":"1.0"}]; ' +
  'seconds_bucket UNTYPED [{"value":"2.0","labels":{"le":"1.0"}},{"value":"3.0","labels":{"le":"+Inf"}}]; ' +
  'seconds_count UNTYPED [{"value":"3.0"}]; seconds_sum UNTYPED [{"value":"4.0"}]')

if (!same) {
  console.log('the package behaves differently from what is stated here')
  process.exit(1)
}
END
node --no-deprecation main.js
