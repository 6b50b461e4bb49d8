package failure_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
)

func TestEncodeAndDecode(t *testing.T) {
	f := halfClose()
	f.Mark, f.Stub, f.File, f.Repeat, f.Artifact = "mark\n\x1b", "stub", "file", "repeat", "artifact"
	line := f.Encode()
	require.NotContains(t, line, "\n")
	back, err := failure.Decode(line)
	require.NoError(t, err)
	require.Equal(t, f, back)
}

func TestDecodeRefusesWhatIsNoFailure(t *testing.T) {
	for _, line := range []string{"", "{}", "null", "[]", `{"sentence":"x"}`, "no JSON"} {
		_, err := failure.Decode(line)
		require.ErrorContains(t, err, "decode failure: ", "%q", line)
	}
}

func TestSymptomsIsComplete(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "failure.go", nil, 0)
	require.NoError(t, err)
	var declared []failure.Symptom
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Symptom" {
			return true
		}
		for _, value := range spec.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			require.NoError(t, err)
			declared = append(declared, failure.Symptom(text))
		}
		return true
	})
	require.NotEmpty(t, declared)
	require.Equal(t, declared, failure.Symptoms())
}
