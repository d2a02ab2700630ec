package pages

import (
	"testing"

	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// agency is the whole program with people and an order in it, and what the
// tests of this folder ask of it.
type agency struct{ *programtest.Agency }

func newAgency(t *testing.T, more ...func(*plugintest.App)) *agency {
	t.Helper()
	return &agency{programtest.NewAgency(t, more...)}
}
