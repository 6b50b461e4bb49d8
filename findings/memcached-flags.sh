#!/usr/bin/env bash
# Perl and Ruby find no number in memcached that Python has stored, and nobody reads another's long texts.
#
# Expected: programs in several languages share a cache. memcached keeps 32 bits of flags beside each value, which mean
# what the client wants (protocol.txt). A number, a short text and a long one are the simplest values, so each client
# reads those of the others, or says that it does not know the flags.
# Seen, memcached 1.6.18-1+deb12u1 with four of Debian's clients: python3-memcache 1.59-5, python3-pymemcache 3.5.2-1 (with its
# pickle_serde), libcache-memcached-perl 1.30-1.1 (Cache::Memcached, compress_threshold 10000) and ruby-dalli 3.0.6-1.1:
# - Bit 2 is "a number" in Python, "compressed" in Perl and Ruby. So 42 from Python is no value at all in Perl, without an
#   error, and an exception in Ruby.
# - A long text of Perl or Ruby is compressed, bit 2, and an exception in Python: "invalid literal for int()". One that
#   python3-memcache compresses is bit 8, so Perl and Ruby hand out the 71 compressed bytes as the value.
#   pymemcache, which otherwise has the same flags, does not know bit 8 either: UnicodeDecodeError.
# - Ruby stores each value with Marshal, bit 1, also 42 and "hello"; bit 1 is "pickle" in Python and "Storable" in
#   Perl. Perl and Python find no value, without an error. True from Python is nothing in Perl, too.
# - Perl's 42 and "hello" are bytes in Python, not an int and a str.
# Each pair agrees about "hello" from Python, so a first test passes; and a miss of a cache looks like no error at all.
# Consequence: between languages store bytes only: in Python bytes, in Ruby with raw: true and compress: false, in Perl text
# without a threshold; write numbers as text.
# Sources: memcache.py (_FLAG_INTEGER = 1 << 1, _FLAG_COMPRESSED = 1 << 3), Cache/Memcached.pm (F_COMPRESS => 2),
# dalli's value_compressor.rb (FLAG_COMPRESSED = 0x2) and value_serializer.rb (FLAG_SERIALIZED = 0x1).
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill "$pid" || true; wait "$pid" || true; fi 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download memcached=1.6.18-1+deb12u1 libevent-2.1-7=2.1.12-stable-8+deb12u1 python3-memcache=1.59-5 python3-pymemcache=3.5.2-1 \
  python3-six=1.16.0-4 libcache-memcached-perl=1.30-1.1 libstring-crc32-perl=2.100-2 ruby-dalli=3.0.6-1.1 libyaml-0-2=0.2.5-1 \
  ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls memcached*.deb python3-*mem*.deb libcache*.deb ruby-dalli*.deb
arch=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$dir/usr/lib/$arch PYTHONPATH=$dir/usr/lib/python3/dist-packages PERL5LIB=$dir/usr/share/perl5:$dir/usr/lib/$arch/perl5/5.36
export RUBYLIB=$dir/usr/lib/ruby/3.1.0:$dir/usr/lib/$arch/ruby/3.1.0:$dir/usr/share/rubygems-integration/all/gems/dalli-3.0.6/lib:$dir/usr/lib/ruby/vendor_ruby

cat >main.py <<'EOF'
import sys

import memcache
from pymemcache import Client, serde

port = int(sys.argv[2])
mem = memcache.Client([f'127.0.0.1:{port}'])
py = Client(('127.0.0.1', port), serde=serde.pickle_serde)
if sys.argv[1] == 'set':
    for name, client in ('memcache', mem), ('pymemcache', py):
        client.set(name + '.int', 42)
        client.set(name + '.text', 'hello')
        client.set(name + '.true', True)
    mem.set('memcache.long', 'x' * 50000, min_compress_len=10000)


def show(get, key):
    try:
        value = get(key)
    except ValueError as e:
        return type(e).__name__ + ('' if isinstance(e, UnicodeError) else ', ' + str(e).partition(' with')[0])
    if isinstance(value, (str, bytes)) and len(value) > 20:
        return f'{type(value).__name__} of {len(value)}'
    return repr(value)


for key in sys.argv[3:]:
    print(f'{key}: memcache {show(mem.get, key)}; pymemcache {show(py.get, key)}')
EOF
cat >main.pl <<'EOF'
use strict;
use warnings;
use Cache::Memcached;

my ($verb, $port, @keys) = @ARGV;
my $cache = Cache::Memcached->new(servers => ["127.0.0.1:$port"], compress_threshold => 10_000);
if ($verb eq 'set') {
    $cache->set('perl.int', 42);
    $cache->set('perl.text', 'hello');
    $cache->set('perl.long', 'x' x 50000);
}
for my $key (@keys) {
    my $value = $cache->get($key);
    $value = 'undef' if !defined $value;
    $value = length($value) . ' bytes' if length $value > 20;
    print "$key: Perl $value\n";
}
EOF
cat >main.rb <<'EOF'
require 'dalli'

Dalli.logger.level = Logger::FATAL
verb, port, *keys = ARGV
cache = Dalli::Client.new("127.0.0.1:#{port}")
if verb == 'set'
  cache.set('ruby.int', 42)
  cache.set('ruby.text', 'hello')
  cache.set('ruby.long', 'x' * 50_000)
  cache.set('ruby-raw.int', 42, nil, raw: true)
end
keys.each do |key|
  begin
    value = cache.get(key)
    puts "#{key}: Ruby #{value.to_s.size > 20 ? "#{value.size} bytes" : value.inspect}"
  rescue Dalli::DalliError => e
    puts "#{key}: Ruby #{e.class}"
  end
end
EOF
cat >want <<'EOF'
memcache.int: memcache 42; pymemcache 42
memcache.text: memcache 'hello'; pymemcache 'hello'
memcache.true: memcache True; pymemcache True
memcache.long: memcache str of 50000; pymemcache UnicodeDecodeError
perl.int: memcache b'42'; pymemcache b'42'
perl.text: memcache b'hello'; pymemcache b'hello'
perl.long: memcache ValueError, invalid literal for int(); pymemcache ValueError, invalid literal for int()
ruby.int: memcache None; pymemcache None
ruby.text: memcache None; pymemcache None
ruby.long: memcache ValueError, invalid literal for int(); pymemcache ValueError, invalid literal for int()
ruby-raw.int: memcache b'42'; pymemcache b'42'
memcache.int: Perl undef
memcache.text: Perl hello
memcache.true: Perl undef
memcache.long: Perl 71 bytes
pymemcache.int: Perl undef
pymemcache.text: Perl hello
perl.int: Perl 42
perl.text: Perl hello
perl.long: Perl 50000 bytes
ruby.int: Perl undef
ruby.text: Perl undef
ruby.long: Perl undef
ruby-raw.int: Perl 42
memcache.int: Ruby Dalli::UnmarshalError
memcache.text: Ruby "hello"
memcache.true: Ruby Dalli::UnmarshalError
memcache.long: Ruby 71 bytes
pymemcache.int: Ruby Dalli::UnmarshalError
pymemcache.text: Ruby "hello"
perl.int: Ruby "42"
perl.text: Ruby "hello"
perl.long: Ruby Dalli::UnmarshalError
ruby.int: Ruby 42
ruby.text: Ruby "hello"
ruby.long: Ruby 50000 bytes
ruby-raw.int: Ruby "42"
EOF
port=$(/usr/bin/python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
user=()
[ "$(id -u)" != 0 ] || user=(-u nobody)
usr/bin/memcached "${user[@]}" -l 127.0.0.1 -p "$port" -U 0 >memcached.log 2>&1 &
pid=$!
/usr/bin/python3 - "$port" <<'EOF'
import socket
import sys
import time

for _ in range(300):
    try:
        socket.create_connection(('127.0.0.1', int(sys.argv[1]))).close()
        sys.exit()
    except ConnectionRefusedError:
        time.sleep(0.1)
sys.exit('memcached does not listen')
EOF
ruby=(usr/bin/ruby3.1 --disable-gems -rsocket)
python=(memcache.int memcache.text memcache.true memcache.long)
others=(perl.int perl.text perl.long ruby.int ruby.text ruby.long ruby-raw.int)
timeout 60 /usr/bin/python3 main.py set "$port"
timeout 60 /usr/bin/perl main.pl set "$port"
timeout 60 "${ruby[@]}" main.rb set "$port"
{
  timeout 60 /usr/bin/python3 main.py get "$port" "${python[@]}" "${others[@]}"
  timeout 60 /usr/bin/perl main.pl get "$port" "${python[@]}" pymemcache.int pymemcache.text "${others[@]}"
  timeout 60 "${ruby[@]}" main.rb get "$port" "${python[@]}" pymemcache.int pymemcache.text "${others[@]}"
} 2>&1 | tee got
diff want got || { echo "one of the clients behaves differently from what is stated here"; exit 1; }
