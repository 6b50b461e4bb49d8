// It embeds a file outside its folder.
//
// Listed: refused
// Unlisted: does not compile

package echo

import (
	_ "embed"
)

//go:embed ../../solutions/05-echo/echo.go
var text string

func attack() { println(len(text)) }
