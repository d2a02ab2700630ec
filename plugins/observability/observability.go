// Package observability lets an operator see how the program does: GET
// /api/ready for load balancers, /metrics for Prometheus, pprof for superusers
// and a name for every request in its log lines.
//
//	observability.MustRegister(app, observability.Config{MetricsToken: token})
package observability

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/signal"
)

// Config shapes the plugin. The zero value is what production uses.
type Config struct {
	// MetricsToken lets a scraper read /metrics that sends it as a bearer token.
	// Empty: only admins and superusers read them.
	MetricsToken string
	// Version is the program's release, for /metrics and readiness.
	Version string
	// Proxy is the one that the deployment speaks of, AppURL the site's public address.
	Proxy  Proxy
	AppURL string
	// MaxJobAge is how late the oldest due job may be before the node counts as
	// not ready. Default 30 minutes: twice the lease of a job.
	MaxJobAge time.Duration
	// MinFreeDisk is how many bytes must be free in the data directory. Default
	// 200 MiB.
	MinFreeDisk uint64
}

func (c Config) withDefaults() Config {
	if c.MaxJobAge == 0 {
		c.MaxJobAge = 30 * time.Minute
	}
	if c.MinFreeDisk == 0 {
		c.MinFreeDisk = 200 << 20
	}
	return c
}

type plugin struct {
	app      core.App
	config   Config
	requests *requests
	stopping atomic.Bool
	// schemaSeen is when the schema was last found whole, in nanoseconds since 1970; 0
	// for never.
	schemaSeen atomic.Int64
	unheeded   atomic.Bool // a proxy speaks for visitors, and nobody listens
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register adds the routes and counts every request from then on.
func Register(app core.App, config Config) error {
	p := &plugin{app: app, config: config.withDefaults(), requests: newRequests()}
	rest.Bind(app, p.routes()...)
	p.bindProxy(app)
	signal.Register(app, p.signals()...)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		signal.Register(app, p.pools())
		if err := p.checkSchema(context.Background(), nil); err != nil { // it serves all the same: what is there can be saved
			app.Logger().Error("the database is not what the program made", "error", err)
		}
		e.Router.Bind(p.observe())
		return e.Next()
	})
	app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		p.stopping.Store(true) // the load balancer looks elsewhere while requests finish
		return e.Next()
	})
	return nil
}
