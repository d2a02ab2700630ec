package bench

import (
	"testing"

	"jasaweb/tests/programtest"
)

func TestMain(m *testing.M) { programtest.Main(m) }
