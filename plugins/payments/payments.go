// Package payments takes QRIS payments: it issues QR codes, hears notifications,
// books what arrived and gives it back. Who carries the money is a gateway
// (folder gateway); the one there is, is folder midtrans.
//
//	payments.MustRegister(app, payments.Config{Gateway: midtrans.New(config, now)})
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
	"jasaweb/plugins/internal/signal"
	"jasaweb/plugins/payments/gateway"
)

// Config shapes the plugin.
type Config struct {
	// Gateway is the payment provider. While it is not Ready nothing can be paid,
	// and notifications are answered 503 so that they are repeated.
	Gateway gateway.Gateway
	// Random makes order ids unguessable. Default: crypto/rand.
	Random io.Reader
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register binds routes and jobs to app.
func Register(app core.App, config Config) error {
	if config.Gateway == nil {
		return errors.New("payments: Config.Gateway is missing")
	}
	if err := collections.Describe(app, Kinds()...); err != nil {
		return err
	}
	if config.Random == nil {
		config.Random = rand.Reader
	}
	p := &plugin{app: app, config: config, stats: newStats(collections.Now(app))}
	p.breaker = &breaker{now: func() time.Time { return collections.Now(app) }}
	p.gateway = counted{config.Gateway, p.stats}
	rest.Bind(app, p.routes()...)
	signal.Register(app, p.signals()...)
	app.OnServe().BindFunc(p.serveOtherMethods)
	collections.HandleJob(app, collections.JobCancelCharge, p.cancelCharge, moneyAttempts)
	collections.HandleJob(app, jobVerify, p.verify, moneyAttempts, collections.GivesUp(p.giveUpVerify))
	collections.HandleJob(app, jobRefund, p.refund, moneyAttempts, collections.GivesUp(p.giveUpRefund), collections.KeptWhile(undecided))
	p.bindProof()
	p.bindReconciler()
	p.bindForeignOrders()
	return nil
}

type plugin struct {
	app     core.App
	config  Config
	gateway gateway.Gateway
	stats   *stats
	crashes crashes
	breaker *breaker // around the reconciler's calls of the gateway

	paying        singleflight.Group // by invoice: parallel presses of "pay" are one
	badSignatures atomic.Int64       // since the start; forged bodies are counted, not kept
}

// serveOtherMethods answers what the route table cannot say: 405 for anything
// but POST, and the path with a slash at its end directly, because a
// provider need not follow redirects.
func (p *plugin) serveOtherMethods(e *core.ServeEvent) error {
	path := p.webhookPath()
	slash := path + "/{$}"
	bind := func(method, path string) {
		e.Router.Route(method, path, p.webhookAnyMethod).
			Unbind(apis.DefaultRateLimitMiddlewareId).Bind(apis.BodyLimit(rest.DefaultMaxBody))
	}
	bind(http.MethodPost, slash)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		bind(method, path)
		bind(method, slash)
	}
	if !p.gateway.Ready() {
		e.App.Logger().Warn("payments: the gateway has no key, so nothing can be paid", "gateway", p.gateway.Provider().Name)
	}
	return e.Next()
}
