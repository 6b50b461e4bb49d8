#!/usr/bin/env bash
# What the Node package smpp calls ASCII is GSM 03.38, so other makers' @ and [ come as other letters.
#
# Expected: data_coding 1 of SMPP is IA5, which is ASCII; 0 is the default alphabet of the message
# center, often GSM 03.38 (SMPP 3.4 section 5.2.19). Both agree in letters and digits, but not in
# @ $ _ [ ] { } \ ^ | ~, which mail addresses and links in a text have.
# Seen, smpp 0.5.1 with Debian's libnet-smpp-perl 1.19-3, which passes bytes on as they are:
# - An ASCII text with data_coding 1 from the Perl client is read as GSM 03.38: a@b_c$ becomes
#   a¡b§c¤, and [x] {y} becomes ÄxÑ äyñ. There is no error.
# - smpp marks its own texts with 1, too, though they are GSM 03.38. The other side gets a zero byte for @,
#   and an escape (1B) with another sign for each bracket.
# Two programs on smpp understand each other, and texts without these signs are the same in
# both. The README names the alphabet, and an encoding "ASCII" with the value 1.
# Consequence: before the first conn put match, encode and decode of real ASCII into
# smpp.encodings.ASCII, and set smpp.encodings.default to what the center's default alphabet is.
# Sources: lib/defs.js (encodings.ASCII uses gsmCoder; consts.ENCODING.ASCII is 1) and the README.
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libnet-smpp-perl=1.19-3 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund smpp@0.5.1 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >client.pl <<'END'
# Sends each text with each data_coding, and prints the bytes of as many messages.
use strict;
use warnings;
use Net::SMPP;

alarm 60;
my ($port, @texts) = @ARGV;
my $smpp = Net::SMPP->new_transceiver('127.0.0.1', port => $port, system_id => 'me', password => 'secret')
  or die "no conn: $!\n";
for my $coding (0, 1, 3) {
	$smpp->submit_sm(destination_addr => '1', data_coding => $coding, short_message => $_) for @texts;
}
for (@texts) {
	my $message = $smpp->read_pdu or die "no message\n";
	print "data_coding $message->{data_coding}, ", unpack('H*', $message->{short_message}), "\n";
}
$smpp->unbind;
END
cat >main.js <<'END'
const { execFile } = require('child_process')
const smpp = require('smpp')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const TEXTS = ['plain', 'a@b_c$', '[x] {y}']

// serve starts a message center. Of each transceiver it notes the texts; when it has nine, it
// sends TEXTS itself.
function serve(texts) {
  const server = smpp.createServer((session) => {
    session.on('bind_transceiver', (pdu) => session.send(pdu.response()))
    session.on('submit_sm', (pdu) => {
      texts.push(pdu.short_message.message)
      session.send(pdu.response({ message_id: String(texts.length) }))
      if (texts.length === 9) for (const text of TEXTS) session.deliver_sm({ short_message: text })
    })
    session.on('unbind', (pdu) => {
      session.send(pdu.response())
      session.close()
    })
    session.on('error', () => {})
  })
  return new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(server.address().port)))
}

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got.join(', ')}`)
  same = same && got.join() === want.join()
}

async function main() {
  const texts = []
  const port = await serve(texts)
  const printed = await new Promise((done) => {
    execFile('perl', ['-Iusr/share/perl5', 'client.pl', port, ...TEXTS], (err, stdout, stderr) => done(stdout + stderr))
  })
  const gsm = ['plain', 'a¡b§c¤', 'ÄxÑ äyñ']
  check('from Net::SMPP, data_coding 0', texts.slice(0, 3), gsm)
  check('from Net::SMPP, data_coding 1', texts.slice(3, 6), gsm)
  check('from Net::SMPP, data_coding 3', texts.slice(6), TEXTS)
  const ascii = 'data_coding 1, '
  check('from smpp', printed.trim().split('\n'),
    [ascii + '706c61696e', ascii + '610062116302', ascii + '1b3c781b3e201b28791b29'])

  const own = []
  const session = smpp.connect({ url: `smpp://127.0.0.1:${await serve(own)}` })
  await new Promise((done) => session.bind_transceiver({}, done))
  for (const text of TEXTS) await new Promise((done) => session.submit_sm({ short_message: text }, done))
  check('from smpp to smpp', own, TEXTS)

  if (!same) {
    console.log('smpp or Net::SMPP behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
