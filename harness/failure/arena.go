package failure

// The names of the arenas, the networks that a script runs on. Package peer
// says what each is.
const (
	Memory   = "memory"
	Virtual  = "virtual"
	Loopback = "loopback"
	Process  = "process"
)

// Arenas lists the names of all arenas.
func Arenas() []string { return []string{Memory, Virtual, Loopback, Process} }
