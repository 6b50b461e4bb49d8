// Package look is what all HTML pages of kata share: colours in light and in
// dark, type, and a policy that keeps a page from loading or running anything
// that is not its own.
package look

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
)

// Base is the style that a page's own style follows.
//
//go:embed base.css
var Base string

// Policy is a Content-Security-Policy that allows one style and, unless it is
// empty, one script: the texts of their elements.
func Policy(style, script string) string {
	p := "default-src 'none'; style-src " + source(style)
	if script != "" {
		p += "; script-src " + source(script)
	}
	return p + "; base-uri 'none'; form-action 'none'"
}

func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
