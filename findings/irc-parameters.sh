#!/usr/bin/env bash
# Three IRC packages of Perl ask for the topic where they should clear it, and Go's sorcix/irc takes an IPv6 address for text.
#
# Expected: the last parameter of an IRC message follows " :" if it is empty, has a space, or begins with a colon; a colon inside
# a parameter means nothing. "TOPIC #c :" clears a topic, "TOPIC #c" asks for it (RFC 2812 sections 2.3.1 and 3.2.4). Between
# two parameters there may be several spaces (RFC 1459 section 2.3.1). In message tags \: stands for a semicolon
# and \s for a space, and the key of a client's tag begins with + (IRCv3 message tags).
# Seen, Debian's libpoe-filter-ircd-perl 2.44-2, libprotocol-irc-perl 0.13-2, libanyevent-irc-perl 0.97-3 (mk_msg and parse_irc_msg),
# ruby-net-irc 0.0.9-3.1 and golang-sorcix-irc-dev 1.1.0-2:
# - All three of Perl write "TOPIC #c " for an empty topic, so the server answers with the topic and keeps it. sorcix does
#   so, too, unless EmptyTrailing is set.
# - POE::Filter::IRCD writes the message ":)" as "PRIVMSG #c :)", which is ")". Its option colonify, which is off, cures both.
# - sorcix takes the first colon for the beginning of the last parameter. An answer to WHOIS from 2001:db8::1 has the parameters
#   "me", "ada", "user" and "200", and the text "db8::1 * :Ada". A space at the end of a text is gone.
# - parse_irc_msg of AnyEvent finds nothing in a message with two spaces in a row, without an error, and so finds no text. Ruby
#   refuses it, and has a space in front of a fifteenth parameter. sorcix makes empty parameters of the spaces.
# - POE::Filter::IRCD and Protocol::IRC return the value of a tag as it is sent, with \: and \s. Protocol::IRC dies if a tag
#   is one of a client, such as +draft/reply, which says to what a message replies.
# Words and sentences that begin with a letter come through all five.
# Consequence: set colonify => 1, and EmptyTrailing; with the other two of Perl write a TOPIC line yourself. Unescape tags.
# Sources: IRCD.pm (':' if $param =~ m/\x20/ or $colonify), Message.pm and Util.pm of the two others (m/ / or m/^:/), sorcix's message.go
# (indexByte(raw[j:], prefix)).
set -eu
for tool in apt-get go; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, and go"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download libpoe-filter-ircd-perl=2.44-2 libprotocol-irc-perl=0.13-2 libanyevent-irc-perl=0.97-3 ruby-net-irc=0.0.9-3.1 \
  golang-sorcix-irc-dev=1.1.0-2 ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 libyaml-0-2=0.2.5-1 &&
  apt-get download libpoe-perl libanyevent-perl libcommon-sense-perl; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls ./*irc*.deb
arch=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$dir/usr/lib/$arch PERL5LIB=$dir/usr/share/perl5:$dir/usr/lib/$arch/perl5/5.36
export RUBYLIB=$dir/usr/lib/ruby/3.1.0:$dir/usr/lib/$arch/ruby/3.1.0:$dir/usr/lib/ruby/vendor_ruby
sed 's/_$//' >lines <<'EOF'
:n!u@h PRIVMSG #c :two words
:n!u@h PRIVMSG #c ::)
:n!u@h TOPIC #c :
:s 311 me ada user 2001:db8::1 * :Ada
:n!u@h PRIVMSG #c :at the end _
:n!u@h PRIVMSG #c  :two spaces
:s 005 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
EOF
cat >main.pl <<'EOF'
use strict;
use warnings;
use AnyEvent::IRC::Util qw(mk_msg parse_irc_msg);
use POE::Filter::IRCD;
use Protocol::IRC::Message;

my $poe = POE::Filter::IRCD->new;

sub show { my ($name, @parameters) = @_; print "  $name: ", join('|', @parameters), "\n" }

open my $lines, '<', 'lines' or die;
while (my $line = <$lines>) {
    chomp $line;
    print "$line\n";
    show('POE', @{ $poe->get([$line])->[0]{params} });
    show('Protocol', Protocol::IRC::Message->new_from_line($line)->args);
    show('AnyEvent', @{ parse_irc_msg($line)->{params} });
}
for my $tag ('a=x\:y\sz', '+draft/reply=1') {
    print "tag $tag\n";
    my $line = "\@$tag :n!u\@h PRIVMSG #c :hi";
    my $tags = $poe->get([$line])->[0]{tags};
    show('POE', %$tags);
    my $message = eval { Protocol::IRC::Message->new_from_line($line) };
    show('Protocol', $message ? %{ $message->tags } : 'dies');
}
for ([qw(PRIVMSG #c hi)], [qw(PRIVMSG #c :\))], ['TOPIC', '#c', '']) {
    my ($command, @parameters) = @$_;
    print "written, $command @parameters\n";
    show('POE', @{ $poe->put([{ command => $command, params => \@parameters }]) });
    show('POE with colonify', @{ $poe->put([{ command => $command, params => \@parameters, colonify => 1 }]) });
    show('Protocol', Protocol::IRC::Message->new($command, undef, @parameters)->stream_to_line);
    show('AnyEvent', mk_msg(undef, $command, @parameters));
}
EOF
cat >main.rb <<'EOF'
require 'net/irc'

File.foreach('lines', chomp: true) do |line|
  puts line
  begin
    puts "  Ruby: #{Net::IRC::Message.parse("#{line}\r\n").params.join('|')}"
  rescue Net::IRC::Message::InvalidMessage
    puts '  Ruby: refused'
  end
end
[['PRIVMSG', ':)'], ['TOPIC', '']].each do |command, text|
  puts "written, #{command} #c #{text}\n  Ruby: #{Net::IRC::Message.new(nil, command, ['#c', text]).to_s.chomp}"
end
EOF
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/sorcix/irc"
)

func main() {
	in, err := os.Open("lines")
	if err != nil {
		panic(err)
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		m := irc.ParseMessage(lines.Text())
		last := ""
		if m.Trailing != "" || m.EmptyTrailing {
			last = " and " + m.Trailing
		}
		fmt.Printf("%s\n  sorcix: %s%s.\n", lines.Text(), strings.Join(m.Params, "|"), last)
	}
	for _, m := range []irc.Message{
		{Command: "PRIVMSG", Params: []string{"#c"}, Trailing: ":)"},
		{Command: "TOPIC", Params: []string{"#c"}},
		{Command: "TOPIC", Params: []string{"#c"}, EmptyTrailing: true},
	} {
		fmt.Printf("written, %s #c %s\n  sorcix: %s\n", m.Command, m.Trailing, m.String())
	}
}
EOF
sed 's/_$//' >want <<'EOF'
:n!u@h PRIVMSG #c :two words
  POE: #c|two words
  Protocol: #c|two words
  AnyEvent: #c|two words
:n!u@h PRIVMSG #c ::)
  POE: #c|:)
  Protocol: #c|:)
  AnyEvent: #c|:)
:n!u@h TOPIC #c :
  POE: #c|
  Protocol: #c|
  AnyEvent: #c|
:s 311 me ada user 2001:db8::1 * :Ada
  POE: me|ada|user|2001:db8::1|*|Ada
  Protocol: me|ada|user|2001:db8::1|*|Ada
  AnyEvent: me|ada|user|2001:db8::1|*|Ada
:n!u@h PRIVMSG #c :at the end _
  POE: #c|at the end _
  Protocol: #c|at the end _
  AnyEvent: #c|at the end _
:n!u@h PRIVMSG #c  :two spaces
  POE: #c|two spaces
  Protocol: #c|two spaces
  AnyEvent: #c
:s 005 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  POE: 1|2|3|4|5|6|7|8|9|10|11|12|13|14|15
  Protocol: 1|2|3|4|5|6|7|8|9|10|11|12|13|14|15
  AnyEvent: 1|2|3|4|5|6|7|8|9|10|11|12|13|14|15
tag a=x\:y\sz
  POE: a|x\:y\sz
  Protocol: a|x\:y\sz
tag +draft/reply=1
  POE: +draft/reply|1
  Protocol: dies
written, PRIVMSG #c hi
  POE: PRIVMSG #c hi
  POE with colonify: PRIVMSG #c :hi
  Protocol: PRIVMSG #c hi
  AnyEvent: PRIVMSG #c hi
written, PRIVMSG #c :)
  POE: PRIVMSG #c :)
  POE with colonify: PRIVMSG #c ::)
  Protocol: PRIVMSG #c ::)
  AnyEvent: PRIVMSG #c ::)
written, TOPIC #c _
  POE: TOPIC #c _
  POE with colonify: TOPIC #c :
  Protocol: TOPIC #c _
  AnyEvent: TOPIC #c _
:n!u@h PRIVMSG #c :two words
  Ruby: #c|two words
:n!u@h PRIVMSG #c ::)
  Ruby: #c|:)
:n!u@h TOPIC #c :
  Ruby: #c|
:s 311 me ada user 2001:db8::1 * :Ada
  Ruby: me|ada|user|2001:db8::1|*|Ada
:n!u@h PRIVMSG #c :at the end _
  Ruby: #c|at the end _
:n!u@h PRIVMSG #c  :two spaces
  Ruby: refused
:s 005 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  Ruby: 1|2|3|4|5|6|7|8|9|10|11|12|13|14| 15
written, PRIVMSG #c :)
  Ruby: PRIVMSG #c ::)
written, TOPIC #c _
  Ruby: TOPIC #c :
:n!u@h PRIVMSG #c :two words
  sorcix: #c and two words.
:n!u@h PRIVMSG #c ::)
  sorcix: #c and :).
:n!u@h TOPIC #c :
  sorcix: #c and .
:s 311 me ada user 2001:db8::1 * :Ada
  sorcix: me|ada|user|200 and db8::1 * :Ada.
:n!u@h PRIVMSG #c :at the end _
  sorcix: #c and at the end.
:n!u@h PRIVMSG #c  :two spaces
  sorcix: #c| and two spaces.
:s 005 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  sorcix: 1|2|3|4|5|6|7|8|9|10|11|12|13|14|15.
written, PRIVMSG #c :)
  sorcix: PRIVMSG #c ::)
written, TOPIC #c _
  sorcix: TOPIC #c
written, TOPIC #c _
  sorcix: TOPIC #c :
EOF
mkdir src
cp -r usr/share/gocode/src/github.com src/
{
  timeout 60 /usr/bin/perl main.pl
  timeout 60 usr/bin/ruby3.1 --disable-gems main.rb
  GO111MODULE=off GOFLAGS='' GOPATH=$dir go run main.go
} 2>err | tee got
diff want got || { cat err; echo "one of the packages behaves differently from what is stated here"; exit 1; }
