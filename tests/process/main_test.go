package process

import (
	"testing"

	"jasaweb/tests/programtest"
)

func TestMain(m *testing.M) { programtest.Main(m) }
