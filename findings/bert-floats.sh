#!/usr/bin/env bash
# The Ruby package bert reads no float that Erlang writes, and cuts the last digits of those that it writes.
#
# Expected: BERT is Erlang's external term format with a few conventions, so that Ruby and Erlang call each other
# (BERT-RPC). A float of 64 bits is the same number on the other side. What one side cannot express is an error,
# and does not change what stands behind it.
# Seen, Debian's ruby-bert 1.1.6-2+b4 and erlang-base 1:25.2.3+dfsg-1+deb12u4:
# - term_to_binary writes each float in its eight bytes, NEW_FLOAT_EXT, as it has done by default since OTP 17. Ruby raises "Unknown term
#   tag: 70", and the whole message is lost: {ok,1.5} as well as a list in which one of a hundred values is a float.
#   Maps, bit strings and atoms beyond Latin-1 are unknown, too.
# - Ruby writes a float with 15 digits behind the point. 0.1 + 0.2 and 0.3 are one number in Erlang, 0.3, and Float::MAX is rounded
#   up beyond what a float holds: binary_to_term fails with badarg.
# - An improper list at the end of a message, {log,[1|2]}, loses its tail without an error: it is [1]. In other places it is an
#   error, since one byte of the tail has been read and the rest is taken for a value.
# Integers of any size, binaries, atoms, tuples, lists and dictionaries pass in both directions.
# Consequence: in Erlang use term_to_binary(Term, [{minor_version, 0}]), which writes floats as text. In Ruby send a float as
# a string, '%.17g'.
# Sources: bert's decode.rb (knows no 70, 77, 116 or 119; read_list reads one byte and does not look at it), encode.rb ("%15.15e"); Erlang's
# documentation of term_to_binary/2 and of the external term format.
set -eu
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download ruby-bert=1.1.6-2+b4 erlang-base=1:25.2.3+dfsg-1+deb12u4 ruby3.1=3.1.7+really3.1.2-0+deb12u1 \
  libruby3.1=3.1.7+really3.1.2-0+deb12u1 libyaml-0-2=0.2.5-1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls ruby-bert*.deb erlang-base*.deb
arch=$(uname -m)-linux-gnu
export RUBYLIB=$dir/usr/lib/ruby/3.1.0:$dir/usr/lib/$arch/ruby/3.1.0:$dir/usr/lib/$arch/rubygems-integration/3.1.0/gems/bert-1.1.6/lib

# Both programs hand over lines: the value as its writer sees it, and the message in base64.
cat >finding.erl <<'EOF'
-module(finding).
-export([write/0, read/0]).

show(Value) -> re:replace(io_lib:format("~w", [Value]), "\\s", "", [global, {return, list}]).

write() ->
    Values = [{ok, 42}, {ok, -1}, 4294967296, {ok, <<"text">>}, "abc", {bert, dict, [{a, 1}]},
              {ok, 1.5}, [1, 2, 0.0], #{a => 1}, <<1:3>>, list_to_atom([16#263a]), {log, [1 | 2]}, {[1 | 2], 3}],
    [io:format("~s ~s~n", [show(V), base64:encode(term_to_binary(V))]) || V <- Values],
    io:format("~s,minor_version:0 ~s~n", [show({ok, 1.5}), base64:encode(term_to_binary({ok, 1.5}, [{minor_version, 0}]))]).

read() ->
    {ok, Text} = file:read_file("from-ruby"),
    [begin
         [Value, Message] = binary:split(Line, <<" ">>),
         Got = try show(binary_to_term(base64:decode(Message))) catch error:badarg -> "badarg" end,
         io:format("Ruby's ~s: ~s~n", [Value, Got])
     end || Line <- binary:split(Text, <<"\n">>, [global, trim])].
EOF
cat >main.rb <<'EOF'
require 'bert'

if ARGV == ['write']
  [42, -1, 2**40, 'text', :atom, [1, 2], { a: 1 }, 1.5, 0.3, 0.1 + 0.2, Float::MAX].each do |value|
    puts "#{value.inspect.delete(' ')} #{[BERT.encode(value)].pack('m0')}"
  end
else
  File.foreach('from-erlang', chomp: true) do |line|
    value, message = line.split
    begin
      puts "Erlang's #{value}: #{BERT.decode(message.unpack1('m0')).inspect}"
    rescue RuntimeError => e
      puts "Erlang's #{value}: #{e.message}"
    end
  end
end
EOF
cat >want <<'EOF'
Erlang's {ok,42}: t[:ok, 42]
Erlang's {ok,-1}: t[:ok, -1]
Erlang's 4294967296: 4294967296
Erlang's {ok,<<116,101,120,116>>}: t[:ok, "text"]
Erlang's [97,98,99]: [97, 98, 99]
Erlang's {bert,dict,[{a,1}]}: {:a=>1}
Erlang's {ok,1.5}: Unknown term tag: 70
Erlang's [1,2,0.0]: Unknown term tag: 70
Erlang's #{a=>1}: Unknown term tag: 116
Erlang's <<1:3>>: Unknown term tag: 77
Erlang's '\x{263A}': Unknown term tag: 119
Erlang's {log,[1|2]}: t[:log, [1]]
Erlang's {[1|2],3}: Unknown term tag: 2
Erlang's {ok,1.5},minor_version:0: t[:ok, 1.5]
Ruby's 42: 42
Ruby's -1: -1
Ruby's 1099511627776: 1099511627776
Ruby's "text": <<116,101,120,116>>
Ruby's :atom: atom
Ruby's [1,2]: [1,2]
Ruby's {:a=>1}: {bert,dict,[{a,1}]}
Ruby's 1.5: 1.5
Ruby's 0.3: 0.3
Ruby's 0.30000000000000004: 0.3
Ruby's 1.7976931348623157e+308: badarg
EOF
erlang() {
  local root=$dir/usr/lib/erlang
  timeout 60 env ROOTDIR="$root" BINDIR="$(echo "$root"/erts-*/bin)" EMU=beam PROGNAME=erl HOME="$dir" \
    "$root"/erts-*/bin/erlexec -noshell -eval "$1, halt()." </dev/null
}
ruby() { LD_LIBRARY_PATH=$dir/usr/lib/$arch timeout 60 usr/bin/ruby3.1 --disable-gems main.rb "$1"; }
erlang '{ok, _} = c:c(finding), finding:write()' >from-erlang
ruby write >from-ruby
{
  ruby read
  erlang 'finding:read()'
} | tee got
diff want got || { echo "bert or Erlang behaves differently from what is stated here"; exit 1; }
