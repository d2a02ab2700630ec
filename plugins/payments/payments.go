// Package payments takes QRIS payments through Midtrans' Core API: it issues QR
// codes, hears notifications and books what arrived.
//
//	payments.MustRegister(app, payments.Config{ServerKey: key})
package payments

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/sync/singleflight"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// Config shapes the plugin.
type Config struct {
	// ServerKey is Midtrans' secret, or "current,previous". Without it nothing
	// can be paid, and notifications are answered 503 so that they are repeated.
	ServerKey string
	// MerchantID is our id; money for another merchant becomes an exception.
	MerchantID string
	// BaseURL is the API's address. Default: Midtrans' for the environment.
	BaseURL string
	// Production selects the environment for the default of BaseURL.
	Production bool
	// NotifyURL is sent along with every charge, so that one Midtrans account
	// can serve several sites. Default: what Midtrans' dashboard says.
	NotifyURL string
	// HTTP makes the calls. Default: a client with a timeout of 20 s.
	HTTP *http.Client
	// Random makes order ids unguessable. Default: crypto/rand.
	Random io.Reader
	// Gateway replaces the client of the Core API.
	Gateway Gateway
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register binds routes and jobs to app.
func Register(app core.App, config Config) error {
	p := &plugin{app: app, config: config, keys: ParseKeys(config.ServerKey)}
	if len(p.keys) == 0 && config.Gateway != nil {
		return errors.New("midtrans: Config.Gateway needs Config.ServerKey to verify notifications")
	}
	if config.Random == nil {
		p.config.Random = rand.Reader
	}
	p.stats = newStats(collections.Now(app))
	p.breaker = &breaker{now: func() time.Time { return collections.Now(app) }}
	p.gateway = config.Gateway
	if p.gateway == nil {
		p.gateway = p.client()
	}
	p.gateway = counted{p.gateway, p.stats}
	rest.Bind(app, p.routes()...)
	app.OnServe().BindFunc(p.serveOtherMethods)
	collections.HandleJob(app, collections.JobCancelCharge, p.cancelCharge)
	collections.HandleJob(app, jobVerify, p.verify)
	collections.HandleJob(app, jobRefund, p.refund)
	p.bindProof()
	p.bindReconciler()
	return nil
}

type plugin struct {
	app     core.App
	config  Config
	keys    Keys
	gateway Gateway
	stats   *stats
	breaker *breaker // around the reconciler's calls of the gateway

	paying        singleflight.Group // by invoice: parallel presses of "pay" are one
	badSignatures atomic.Int64       // since the start; forged bodies are counted, not kept
}

func (p *plugin) client() *Client {
	c := &Client{
		BaseURL: p.config.BaseURL, Keys: p.keys, MerchantID: p.config.MerchantID, NotifyURL: p.config.NotifyURL,
		HTTP: p.config.HTTP, Now: func() time.Time { return collections.Now(p.app) },
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: 20 * time.Second}
	}
	if c.BaseURL == "" {
		c.BaseURL = SandboxURL
		if p.config.Production {
			c.BaseURL = ProductionURL
		}
	}
	return c
}

// serveOtherMethods answers what the route table cannot say: 405 for anything
// but POST, and the path with a slash at its end directly, because Midtrans
// follows no redirect.
func (p *plugin) serveOtherMethods(e *core.ServeEvent) error {
	slash := webhookPath + "/{$}"
	bind := func(method, path string) {
		e.Router.Route(method, path, p.webhookAnyMethod).
			Unbind(apis.DefaultRateLimitMiddlewareId).Bind(apis.BodyLimit(rest.DefaultMaxBody))
	}
	bind(http.MethodPost, slash)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		bind(method, webhookPath)
		bind(method, slash)
	}
	if len(p.keys) == 0 {
		e.App.Logger().Warn("midtrans: no server key, so nothing can be paid")
	}
	return e.Next()
}
