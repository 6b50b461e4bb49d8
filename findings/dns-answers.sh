#!/usr/bin/env bash
# A TXT record of two strings is a third text in Java and in Ruby's net-dns, and a dot in a name is lost in four of six resolvers.
#
# Expected: a TXT record has one or more strings of up to 255 bytes. A long text, as a DKIM key or an SPF record, is cut
# anywhere, and who reads it joins the strings with nothing between them (RFC 7208 section 3.3, RFC 6376 section 3.6.2.2). The
# mailbox of a SOA record may be first\.last.example, with a dot inside the first label, which is an address with
# first.last before the @ (RFC 1035 section 5.1). A serial number has 32 bits without a sign.
# Seen, Java 17.0.15's DNS context (com.sun.jndi.dns), Debian's ruby-net-dns 0.9.1-2, Ruby 3.1.2's Resolv, tcllib 1.21+dfsg-1 (package
# dns), erlang-base 1:25.2.3+dfsg-1+deb12u4 (inet_res) and python3-dnslib 0.9.23-1:
# - Java puts a string into quotes if it has a space or a quote or is empty, escapes in it, and joins with a space: "v=spf1 " and "-all" are
#   '"v=spf1 " -all', and a key that was cut in two has a space in it. There is no other way to get the strings.
# - net-dns puts a space behind each string, also behind the last: a text is never what it was.
# - Resolv, tcllib and inet_res join with nothing or return a list; str() of dnslib's data is quoted, without escapes.
# - Java and inet_res return first\.last.example. Resolv, net-dns, tcllib and dnslib return first.last.example, which is another name.
# - tcllib returns a serial above 2^31 as a negative number. inet_res returns the service of a NAPTR in small letters, E2U+sip as e2u+sip.
# A TXT of one string without spaces, and names without dots in a label, are right in all but net-dns.
# Consequence: in Java unquote each string and join them; with net-dns ask for the data with Resolv, whose strings are a list; take the
# mailbox of a SOA as labels: Resolv's rname[0].to_s.
# Sources: the JDK's com.sun.jndi.dns.ResourceRecord (decodeTxt), net-dns's rr/txt.rb (@txt << str << " "), tcllib's dns.tcl (ReadULong), and the
# documentation of the JNDI DNS provider.
set -eu
for tool in apt-get java tclsh; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, java 17 and tclsh"; exit 1; }
done
dir=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill "$pid" || true; wait "$pid" || true; fi 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download ruby-net-dns=0.9.1-2 tcllib=1.21+dfsg-1 erlang-base=1:25.2.3+dfsg-1+deb12u4 python3-dnslib=0.9.23-1 \
  ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 libyaml-0-2=0.2.5-1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  dpkg -x "$deb" .
done
ls ruby-net-dns*.deb tcllib*.deb erlang-base*.deb python3-dnslib*.deb
java -version 2>&1 | head -1
arch=$(uname -m)-linux-gnu
cat >server.py <<'EOF'
import socket
import struct
import threading


def name(*labels):
    return b''.join(bytes([len(label)]) + label for label in labels) + b'\0'


def strings(*texts):
    return b''.join(bytes([len(text)]) + text for text in texts)


RECORDS = {
    b'spf': (16, strings(b'v=spf1 ', b'-all')),
    b'key': (16, strings(b'p=MIIB', b'IjAN')),
    b'one': (16, strings(b'word')),
    b'quote': (16, strings(b'say "hi"')),
    b'soa': (6, name(b'ns', b'example') + name(b'first.last', b'example') + struct.pack('>5I', 4294967295, 1, 2, 3, 4)),
    b'naptr': (35, struct.pack('>HH', 100, 10) + strings(b'u', b'E2U+sip', b'!^.*$!sip:x@example!') + name()),
}


def answer(query):
    end = query.index(b'\0', 12) + 5
    kind, data = RECORDS[query[13:13 + query[12]].lower()]
    header = query[:2] + struct.pack('>5H', 0x8580, 1, 1, 0, 0)
    return header + query[12:end] + b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 60, len(data)) + data


def serve(conn):
    with conn, conn.makefile('rb') as file:
        while len(head := file.read(2)) == 2:
            text = answer(file.read(int.from_bytes(head, 'big')))
            conn.sendall(len(text).to_bytes(2, 'big') + text)


def accept(listener):
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


while True:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(('127.0.0.1', 0))
    try:
        tcp = socket.create_server(udp.getsockname())
        break
    except OSError:
        udp.close()
threading.Thread(target=accept, args=(tcp,), daemon=True).start()
print(udp.getsockname()[1], flush=True)
while True:
    query, client = udp.recvfrom(4096)
    udp.sendto(answer(query), client)
EOF
cat >Main.java <<'EOF'
import java.util.Hashtable;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

public class Main {
    public static void main(String[] args) throws Exception {
        Hashtable<String, String> env = new Hashtable<>();
        env.put("java.naming.factory.initial", "com.sun.jndi.dns.DnsContextFactory");
        env.put("java.naming.provider.url", "dns://127.0.0.1:" + args[0]);
        DirContext context = new InitialDirContext(env);
        for (String name : new String[] {"spf", "key", "one", "quote", "soa", "naptr"}) {
            String type = name.equals("soa") || name.equals("naptr") ? name.toUpperCase() : "TXT";
            System.out.println("Java, " + name + ": <" + context.getAttributes(name + ".example", new String[] {type}).get(type).get() + ">");
        }
    }
}
EOF
cat >main.rb <<'EOF'
require 'resolv'
require 'net/dns'

port = ARGV[0].to_i
resolv = Resolv::DNS.new(nameserver_port: [['127.0.0.1', port]], search: [], ndots: 1)
net = Net::DNS::Resolver.new(nameservers: ['127.0.0.1'], port: port, log_file: File::NULL)
types = Resolv::DNS::Resource::IN
%w[spf key one quote].each do |name|
  puts "Resolv, #{name}: <#{resolv.getresource("#{name}.example", types::TXT).data}>"
  puts "net-dns, #{name}: <#{net.query("#{name}.example", Net::DNS::TXT).answer[0].txt}>"
end
soa = resolv.getresource('soa.example', types::SOA)
puts "Resolv, soa: <#{soa.rname} #{soa.serial}>, first label #{soa.rname[0]}"
soa = net.query('soa.example', Net::DNS::SOA).answer[0]
puts "net-dns, soa: <#{soa.rname} #{soa.serial}>"
EOF
cat >main.tcl <<'EOF'
package require dns

foreach {name type} {spf TXT key TXT one TXT quote TXT soa SOA naptr NAPTR} {
    set query [dns::resolve $name.example -type $type -nameserver 127.0.0.1 -port [lindex $argv 0] -protocol tcp -timeout 20000]
    dns::wait $query
    set data [dict get [lindex [dns::result $query] 0] rdata]
    if {$type eq "SOA"} {
        set data "[dict get $data RNAME] [dict get $data SERIAL]"
    } elseif {$type eq "NAPTR"} {
        set data [dict get $data service]
    }
    puts "tcllib, $name: <$data>"
    dns::cleanup $query
}
EOF
cat >main.py <<'EOF'
import sys

from dnslib import DNSRecord

for name, kind in ('spf', 'TXT'), ('quote', 'TXT'), ('soa', 'SOA'), ('naptr', 'NAPTR'):
    reply = DNSRecord.parse(DNSRecord.question(name + '.example', kind).send('127.0.0.1', int(sys.argv[1]), timeout=20))
    print(f'dnslib, {name}: <{reply.rr[0].rdata}>')
EOF
cat >want <<'EOF'
Java, spf: <"v=spf1 " -all>
Java, key: <p=MIIB IjAN>
Java, one: <word>
Java, quote: <"say \"hi\"">
Java, soa: <ns.example. first\.last.example. 4294967295 1 2 3 4>
Java, naptr: <100 10 u E2U+sip !^.*$!sip:x@example! .>
Resolv, spf: <v=spf1 -all>
net-dns, spf: <v=spf1  -all >
Resolv, key: <p=MIIBIjAN>
net-dns, key: <p=MIIB IjAN >
Resolv, one: <word>
net-dns, one: <word >
Resolv, quote: <say "hi">
net-dns, quote: <say "hi" >
Resolv, soa: <first.last.example 4294967295>, first label first.last
net-dns, soa: <first.last.example. 4294967295>
tcllib, spf: <v=spf1 -all>
tcllib, key: <p=MIIBIjAN>
tcllib, one: <word>
tcllib, quote: <say "hi">
tcllib, soa: <first.last.example -1>
tcllib, naptr: <E2U+sip>
inet_res, spf: [["v=spf1 ","-all"]]
inet_res, soa: [{"ns.example","first\\.last.example",4294967295,1,2,3,4}]
inet_res, naptr: [{100,10,"u","e2u+sip","!^.*$!sip:x@example!","."}]
dnslib, spf: <"v=spf1 ","-all">
dnslib, quote: <"say "hi"">
dnslib, soa: <ns.example. first.last.example. 4294967295 1 2 3 4>
dnslib, naptr: <100 10 "u" "E2U+sip" "!^.*$!sip:x@example!" .>
EOF
erlang() {
  local root=$dir/usr/lib/erlang
  timeout 60 env ROOTDIR="$root" BINDIR="$(echo "$root"/erts-*/bin)" EMU=beam PROGNAME=erl HOME="$dir" \
    "$root"/erts-*/bin/erlexec -noshell -eval "$1, halt()." </dev/null
}
/usr/bin/python3 server.py >port 2>server.log &
pid=$!
for _ in $(seq 300); do
  [ ! -s port ] || break
  sleep 0.1
done
port=$(cat port)
{
  timeout 120 java Main.java "$port"
  RUBYLIB=$dir/usr/lib/ruby/3.1.0:$dir/usr/lib/$arch/ruby/3.1.0:$dir/usr/lib/ruby/vendor_ruby LD_LIBRARY_PATH=$dir/usr/lib/$arch \
    timeout 60 usr/bin/ruby3.1 --disable-gems main.rb "$port"
  TCLLIBPATH="$dir/usr/share/tcltk" timeout 60 tclsh main.tcl "$port"
  erlang "[io:format(\"inet_res, ~s: ~0p~n\", [Name, inet_res:lookup(Name ++ \".example\", in, Type, [{nameservers, [{{127,0,0,1}, $port}]}])])
    || {Name, Type} <- [{\"spf\", txt}, {\"soa\", soa}, {\"naptr\", naptr}]]"
  PYTHONPATH=$dir/usr/lib/python3/dist-packages timeout 60 /usr/bin/python3 main.py "$port"
} 2>err | tee got
diff want got || { cat err; echo "one of the resolvers behaves differently from what is stated here"; exit 1; }
