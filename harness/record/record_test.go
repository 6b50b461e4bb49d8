package record_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/record"
	"socketkata/harness/wire"
)

func TestWriteAndRead(t *testing.T) {
	dir := t.TempDir()
	r := record.Record{Arena: "memory", Events: []wire.Event{
		{Conn: "client", Kind: wire.Data, Data: []byte("a"), Size: 1, Reads: 1},
		{Conn: "client", From: wire.Subject, Kind: wire.FIN},
	}}
	for _, r.Requirement = range []string{"R10", "R2", "R2"} {
		require.NoError(t, r.Write(dir))
	}
	all, err := record.Read(dir)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, "R10", all[2].Requirement)
	require.Equal(t, r.Events, all[0].Events)
	require.Error(t, r.Write(dir+"/none"))
	all, err = record.Read(dir + "/none")
	require.NoError(t, err)
	require.Empty(t, all)
}
