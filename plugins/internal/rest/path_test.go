package rest_test

import (
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/rest"
)

type hiddenID struct {
	ID string `path:"id"`
}

// An input that embeds an unexported type reads nothing of it, and the handler
// would look for the record with an empty id.
func TestPathParameterThatTheInputDoesNotReadStopsTheStart(t *testing.T) {
	t.Parallel()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: t.TempDir()})
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(error).Error(), "{id}") {
			t.Errorf("recovered %v, want an error about {id}", r)
		}
	}()
	rest.Bind(app, rest.Put("/api/notes/{id}", rest.Client, "Change a note", func(_ *core.RequestEvent, in *struct {
		hiddenID
		Body struct{ Text string }
	}) (*rest.None, error) {
		return nil, nil
	}))
}
