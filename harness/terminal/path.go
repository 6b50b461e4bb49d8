package terminal

import (
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// Here writes a path as it is typed in the working folder, with slashes, so
// that a terminal can follow it.
func Here(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // as the catalog does
		return path
	}
	rel, err := filepath.Rel(dir, path)
	if err != nil { // another drive
		return path
	}
	return filepath.ToSlash(rel)
}

// GoCommand fits a go command for the folder root to the working folder: an
// import path works anywhere in the module.
func GoCommand(root, command string) string {
	if Here(root) == "." {
		return command
	}
	return "go -C " + quoteArg(root) + command[len("go"):]
}

// quoteArg makes a path one word of a shell.
func quoteArg(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+:@", r)
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
