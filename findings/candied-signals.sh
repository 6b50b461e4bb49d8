#!/usr/bin/env bash
# candied reads Motorola signals from the wrong bits, floats as their bits, and what is out of range as the limit.
#
# Expected: a DBC file says where a signal of a CAN message is. In the order of Motorola, "@0", the start bit is the most
# significant one; SIG_VALTYPE_ makes a signal a float; the names of VAL_ belong to values as they are on the wire; a
# signal "m1" is in a message only if the multiplexer is 1; and the highest bit of a message's id means that its frames
# have an id of 29 bits, which the other bits are. The range is for displays: a sensor that reports 120 degrees in a
# range up to 85 does report 120. A decoder returns these values.
# Seen, the Node package candied 2.2.0, with go.einride.tech/can v0.17.0 to compare:
# - The start bit of a Motorola signal is taken for its lowest bit. A signal that begins in the first byte is NaN, one
#   further behind gets the bits in front of its own: 21.5 degrees outside are -11.
# - What is above or below the range becomes the limit, in value and in physValue, without a sign of it.
# - A float of 21.5 is 1101791232, the bits of the number, although the signal's dataType is "float".
# - Names are looked up by the scaled value: level 1 of a fan, scaled to 10 %, is "10 %" and not "low". Without a factor
#   they are right.
# - All signals of a multiplexer are decoded, so a flow of -2 is a level of 65534, too.
# - Frames with an id of 29 bits are unknown: decode() returns undefined, unless the id has the highest bit set, as in the
#   file and never in a frame.
# Unsigned and signed integers in the order of Intel, inside their range, are right.
# Consequence: set the highest bit of an extended id for decode(), take rawValue in place of value, and decode Motorola
# signals and floats from the payload.
# Sources: candied's lib/can/BitUtils.js (extractBitRange: startOfBit = endOfBitField - bitRange + 1) and Can.js
# (applyPropsToSignalValue, decodeSignal, messageMapTransform).
set -eu
for tool in go npm; do
  command -v $tool >/dev/null || { echo "this finding needs go, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund candied@2.2.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get go.einride.tech/can@v0.17.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'END'
package main

import (
	"fmt"
	"math"

	"go.einride.tech/can"
)

func main() {
	climate := can.Data{0xff, 0xc9, 0x00, 0xd7, 0xb0, 0x04, 1, 1}
	fmt.Print("first ", climate.SignedBitsBigEndian(7, 16))
	fmt.Print(", outside ", climate.SignedBitsBigEndian(23, 16))
	fmt.Print(", inside ", climate.SignedBitsLittleEndian(32, 16))
	scale := can.Data{0, 0, 0xac, 0x41}
	fmt.Println(", weight", math.Float32frombits(uint32(scale.UnsignedBitsLittleEndian(0, 32))))
}
END
cat >main.js <<'END'
const { execFileSync } = require('child_process')
const { Can, Dbc } = require('candied')

const FILE = `VERSION ""

NS_ :

BS_:

BU_: ECU PANEL

BO_ 256 Climate: 8 ECU
 SG_ First : 7|16@0- (0.1,0) [-40|85] "degC" PANEL
 SG_ Outside : 23|16@0- (0.1,0) [-40|85] "degC" PANEL
 SG_ Inside : 32|16@1- (0.1,0) [-40|85] "degC" PANEL
 SG_ Fan : 48|8@1+ (10,0) [0|30] "%" PANEL
 SG_ Mode : 56|8@1+ (1,0) [0|1] "" PANEL

BO_ 257 Scale: 4 ECU
 SG_ Weight : 0|32@1- (1,0) [0|0] "kg" PANEL

BO_ 258 Tank: 4 ECU
 SG_ Which M : 0|8@1+ (1,0) [0|1] "" PANEL
 SG_ Level m0 : 8|16@1+ (1,0) [0|0] "l" PANEL
 SG_ Flow m1 : 8|16@1- (1,0) [0|0] "l" PANEL

BO_ 2566844926 Engine: 2 ECU
 SG_ Speed : 0|16@1+ (0.125,0) [0|8031.875] "rpm" PANEL

VAL_ 256 Fan 0 "off" 1 "low" 2 "high" ;
VAL_ 256 Mode 0 "auto" 1 "manual" ;
SIG_VALTYPE_ 257 Weight : 1;
`

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const can = new Can()
can.database = new Dbc().load(FILE)

function decode(id, bytes, extended = false) {
  const message = can.decode(can.createFrame(id, bytes, extended))
  return message ? [...message.boundSignals].map(([name, { physValue }]) => `${name} ${physValue}`).join(', ') : 'undefined'
}

check('einride, in tenths', execFileSync('go', ['run', '.'], { encoding: 'utf8' }).trim(), 'first -55, outside 215, inside 1200, weight 21.5')
check('candied', decode(256, [0xff, 0xc9, 0x00, 0xd7, 0xb0, 0x04, 1, 1]), 'First NaN degC, Outside -11 degC, Inside 85 degC, Fan 10 %, Mode manual')
check('inside the range', decode(256, [0, 0, 0, 0, 0xd7, 0, 0, 0]).split(', ')[2], 'Inside 21.5 degC')
check('a float', decode(257, [0, 0, 0xac, 0x41]), 'Weight 1101791232 kg')
check('multiplexer 1', decode(258, [1, 0xfe, 0xff, 0]), 'Which 1, Level 65534 l, Flow -2 l')
check('an id of 29 bits', decode(0x18fef1fe, [0x40, 0x1f], true), 'undefined')
check('the id in the file', decode(2566844926, [0x40, 0x1f], true), 'Speed 1000 rpm')

if (!same) {
  console.log('candied behaves differently from what is stated here')
  process.exit(1)
}
END
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
node main.js
