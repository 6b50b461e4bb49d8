//go:build !unix

package relay

const asksSockets = false
