package wait

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
)

func TestFewDescriptorsAreNobodysFault(t *testing.T) {
	refused := failure.Failure{
		Reason: "the server accepts a new client", Got: "connection refused", Want: "the conn is established",
		Code: []string{`Run returned the error "accept tcp 127.0.0.1:41659: accept4: too many open files"`},
	}
	f := refused
	blame(&f, 1024, true)
	require.Equal(t, refused, f, "the limit is high enough, so the code ran out of descriptors")
	blame(&f, 256, false)
	require.Equal(t, "the test process ran out of descriptors, which is not your code's fault", f.Reason)
	require.Equal(t, "at least 1024 open files, and ulimit -Hn says 256: run the test in a shell with a higher limit", f.Want)
	f = refused
	f.Code = nil
	blame(&f, 256, false)
	require.Equal(t, refused.Reason, f.Reason, "something else failed")
	blame(&f, 256, true)
	require.NotEqual(t, refused.Reason, f.Reason, "an Accept failed, and the code has not returned its error yet")
}
