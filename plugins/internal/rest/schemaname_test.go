package rest

import (
	"reflect"
	"testing"
)

func TestSchemasKeepTheNamesThatClientsKnow(t *testing.T) {
	t.Parallel()
	for hint, want := range map[string]string{"payments.Sums": "MidtransSums", "portal.Order": "PortalOrder"} {
		if got := schemaName(reflect.TypeOf(struct{}{}), hint); got != want {
			t.Errorf("%s is called %s, want %s", hint, got, want)
		}
	}
}
