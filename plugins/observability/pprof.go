package observability

import (
	"net/http/pprof"

	"github.com/pocketbase/pocketbase/core"
)

// profile serves Go's own profiles under the addresses that its tools expect.
// The command line is left out: it is nobody's business over the network.
func (p *plugin) profile(e *core.RequestEvent) error {
	switch name := e.Request.PathValue("profile"); name {
	case "":
		pprof.Index(e.Response, e.Request)
	case "cmdline":
		return e.NotFoundError("", nil)
	case "symbol":
		pprof.Symbol(e.Response, e.Request)
	case "profile":
		pprof.Profile(e.Response, e.Request)
	case "trace":
		pprof.Trace(e.Response, e.Request)
	default:
		pprof.Handler(name).ServeHTTP(e.Response, e.Request)
	}
	return nil
}
