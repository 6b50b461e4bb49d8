#!/usr/bin/env bash
# InfluxDB::LineProtocol of Perl writes the texts 007, 5i and t as numbers and a boolean.
#
# Expected: InfluxDB takes a point as a line: measurement, tags, fields, time. A text is in quotes, an integer ends with i,
# and a field keeps the type of its first point, so another type is refused ("field type conflict"). A client writes a
# text as a text. It leaves out a field without a value and an empty tag, which the line cannot express.
# Seen, Debian's libinfluxdb-lineprotocol-perl 1.015-1, ruby-influxdb 0.8.1-2 and python3-influxdb 5.3.1-3, whose lines were read by
# InfluxDB's own parser in Go (golang-github-influxdb-influxdb-dev 1.6.7~rc0-1):
# - Perl looks at the text alone. The serial number "007" is the integer 7, the version "1.10" is 1.1, the name "1e3" is 1000, "5i" is
#   5, "t" and "T" are true. "hello" in the same field is a text, so one of the two points is refused.
# - line2data of Perl, which is there to add tags to a line of another program, needs the time, which is optional.
#   Without it a line is read as nothing, or, if a text has a space, what follows that space is the time.
# - An empty tag is left out by Ruby and Python; Perl writes it, and the line is refused. A field without a value is left out by
#   Python and a text without a byte in Perl; Ruby writes "v=,w=1i", which is refused with the field beside it.
# - A line break in a text is the two characters \ and n after Python. Perl and Ruby write it as it is.
# - If a tag ends with a backslash, the line is refused after Perl and Python, and the tag ends with a space after Ruby.
# Words as texts and numbers as numbers are right in all three.
# Consequence: in Perl write the line yourself where a field is text; filter nil in Ruby; do not let a tag end with a backslash.
# Sources: InfluxDB/LineProtocol.pm (_format_field_value asks only regular expressions; line2data wants two spaces), point_value.rb
# (value.to_s), line_protocol.py (replaces "\n" by "\\n"); InfluxDB's documentation of the line protocol.
set -eu
for tool in apt-get go; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, and go"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download libinfluxdb-lineprotocol-perl=1.015-1 ruby-influxdb=0.8.1-2 python3-influxdb=5.3.1-3 libyaml-0-2=0.2.5-1 \
  golang-github-influxdb-influxdb-dev=1.6.7~rc0-1 ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 &&
  apt-get download python3-msgpack python3-requests python3-urllib3 python3-chardet python3-charset-normalizer python3-certifi python3-idna \
    python3-dateutil python3-six python3-tz; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls ./*influx*.deb
arch=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$dir/usr/lib/$arch PYTHONPATH=$dir/usr/lib/python3/dist-packages PERL5LIB=$dir/usr/share/perl5
export RUBYLIB=$dir/usr/lib/ruby/3.1.0:$dir/usr/lib/$arch/ruby/3.1.0:$dir/usr/share/rubygems-integration/all/gems/influxdb-0.8.1/lib

# Each program prints for each point its name, a tab, and the line, in which ␤ stands for a line break.
cat >main.pl <<'EOF'
use strict;
use warnings;
use InfluxDB::LineProtocol qw(data2line line2data);

sub point {
    my ($name, $fields, $tags) = @_;
    my $line = data2line('m', $fields, $tags || {}, 1795773600000000000);
    $line =~ s/\n/␤/g;
    print "Perl, $name\t$line\n";
}
point("text $_", { v => $_ }) for qw(hello 007 1.10 1e3 5i t T);
point('number 7', { v => 7 });
point('two lines', { v => "a\nb" });
point('empty text', { v => '' });
point('empty tag', { v => 1 }, { k => '' });
point('tag c:\\', { v => 1 }, { k => 'c:\\' });
for my $line ('m v="a b" 1', 'm v=1', 'm v="a b"') {
    my ($name, $fields, $tags, $time) = line2data($line);
    my $got = $fields ? "v is $fields->{v}, time is $time" : 'nothing';
    print "Perl reads $line: $got\n";
}
EOF
cat >main.rb <<'EOF'
require 'influxdb/point_value'

def point(name, values, tags = nil)
  puts "Ruby, #{name}\t#{InfluxDB::PointValue.new(series: 'm', values: values, tags: tags).dump.gsub("\n", '␤')}"
end
%w[hello 007 1.10 1e3 5i t T].each { |text| point("text #{text}", { v: text }) }
point('number 7', { v: 7 })
point('two lines', { v: "a\nb" })
point('no value', { v: nil, w: 1 })
point('empty tag', { v: 1 }, { k: '' })
point('tag c:\\', { v: 1 }, { k: 'c:\\' })
EOF
cat >main.py <<'EOF'
from influxdb.line_protocol import make_lines


def point(name, fields, tags=None):
    line = make_lines({'points': [{'measurement': 'm', 'fields': fields, 'tags': tags or {}}]})
    print(f'Python, {name}\t{line.rstrip()}'.replace('\n', '␤'))


for text in 'hello', '007', '1.10', '1e3', '5i', 't', 'T':
    point('text ' + text, {'v': text})
point('number 7', {'v': 7})
point('two lines', {'v': 'a\nb'})
point('no value', {'v': None, 'w': 1})
point('empty tag', {'v': 1}, {'k': ''})
point('tag c:\\', {'v': 1}, {'k': 'c:\\'})
EOF
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/influxdata/influxdb/models"
)

func read(line string) string {
	points, err := models.ParsePointsString(strings.ReplaceAll(line, "␤", "\n"))
	if err != nil {
		return "refused"
	}
	fields, err := points[0].Fields()
	if err != nil {
		return err.Error()
	}
	text := ""
	for _, tag := range points[0].Tags() {
		text += fmt.Sprintf("tag %q, ", tag.Value)
	}
	return text + strings.TrimPrefix(fmt.Sprintf("%#v", fields), "models.Fields")
}

func main() {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		name, line, found := strings.Cut(in.Text(), "\t")
		if found {
			name += ": " + read(line)
		}
		fmt.Println(name)
	}
}
EOF
cat >want <<'EOF'
Perl, text hello: {"v":"hello"}
Perl, text 007: {"v":7}
Perl, text 1.10: {"v":1.1}
Perl, text 1e3: {"v":1000}
Perl, text 5i: {"v":5}
Perl, text t: {"v":true}
Perl, text T: {"v":true}
Perl, number 7: {"v":7}
Perl, two lines: {"v":"a\nb"}
Perl, empty text: {"v":""}
Perl, empty tag: refused
Perl, tag c:\: refused
Perl reads m v="a b" 1: v is a b, time is 1
Perl reads m v=1: nothing
Perl reads m v="a b": v is "a, time is b"
Ruby, text hello: {"v":"hello"}
Ruby, text 007: {"v":"007"}
Ruby, text 1.10: {"v":"1.10"}
Ruby, text 1e3: {"v":"1e3"}
Ruby, text 5i: {"v":"5i"}
Ruby, text t: {"v":"t"}
Ruby, text T: {"v":"T"}
Ruby, number 7: {"v":7}
Ruby, two lines: {"v":"a\nb"}
Ruby, no value: refused
Ruby, empty tag: {"v":1}
Ruby, tag c:\: tag "c: ", {"v":1}
Python, text hello: {"v":"hello"}
Python, text 007: {"v":"007"}
Python, text 1.10: {"v":"1.10"}
Python, text 1e3: {"v":"1e3"}
Python, text 5i: {"v":"5i"}
Python, text t: {"v":"t"}
Python, text T: {"v":"T"}
Python, number 7: {"v":7}
Python, two lines: {"v":"a\\nb"}
Python, no value: {"w":1}
Python, empty tag: {"v":1}
Python, tag c:\: refused
EOF
mkdir src
cp -r usr/share/gocode/src/github.com src/
GO111MODULE=off GOFLAGS='' GOPATH=$dir go build -o reader main.go
{
  timeout 60 /usr/bin/perl main.pl
  timeout 60 usr/bin/ruby3.1 --disable-gems -EUTF-8:UTF-8 main.rb
  PYTHONIOENCODING=utf-8 timeout 60 /usr/bin/python3 main.py
} 2>err | ./reader | tee got
diff want got || { cat err; echo "one of the packages behaves differently from what is stated here"; exit 1; }
