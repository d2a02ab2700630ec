package house

import (
	"strings"
	"testing"

	"jasaweb/plugins"
	"jasaweb/plugins/openapi"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// Every route and page with who may call it, one file a plugin.
func TestGoldenRoutes(t *testing.T) {
	app := programtest.NewApp(t, plugins.Options{})
	texts := map[string]string{}
	for plugin, lines := range openapi.RoutesByPlugin(app) {
		texts[plugin] = strings.Join(lines, "\n") + "\n"
	}
	plugintest.Goldens(t, "testdata/routes", texts)
}
