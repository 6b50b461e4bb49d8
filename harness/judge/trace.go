package judge

import "socketkata/harness/catalog"

// pkg is the import path by which tracebacks name the candidate's functions.
func (r *run) pkg() string {
	if r.o.Batch != nil {
		return catalog.Module + "/" + r.o.Batch.member(r.overlay.witness)
	}
	return packageOf(r.e)
}

func packageOf(e *catalog.Exercise) string { return catalog.Module + "/exercises/" + e.Name }
