package observability

import (
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/signal"
)

// signals are the numbers of the program itself. Those of the business are
// registered by whoever owns them.
func (p *plugin) signals() []signal.Signal {
	return []signal.Signal{
		{
			Name: "go", Unit: signal.ByName, Group: "process", Polarity: signal.Neutral,
			Collectors: []prometheus.Collector{collectors.NewGoCollector()},
		},
		{
			Name: "process", Unit: signal.ByName, Group: "process", Polarity: signal.Neutral,
			Collectors: []prometheus.Collector{collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})},
		},
		{
			Name: "jasaweb_build_info", Unit: "programs", Group: "process", Polarity: signal.Neutral,
			Collectors: []prometheus.Collector{p.buildInfo()},
		},
		{
			Name: "jasaweb_http_requests_total", Unit: "requests", Group: "http", Polarity: signal.Neutral,
			Collectors: []prometheus.Collector{p.requests.total},
		},
		{
			Name: "jasaweb_http_request_duration_seconds", Unit: "seconds", Group: "http", Polarity: signal.HigherIsWorse,
			Collectors: []prometheus.Collector{p.requests.duration},
		},
	}
}

// pools are the connections to the database, which exist once it is open.
func (p *plugin) pools() signal.Signal {
	s := signal.Signal{Name: "go_sql", Unit: signal.ByName, Group: "database", Polarity: signal.Neutral}
	for name, builder := range map[string]dbx.Builder{
		"data": p.app.ConcurrentDB(), "data_write": p.app.NonconcurrentDB(),
		"logs": p.app.AuxConcurrentDB(), "logs_write": p.app.AuxNonconcurrentDB(),
	} {
		if pool := poolOf(builder); pool != nil {
			s.Collectors = append(s.Collectors, collectors.NewDBStatsCollector(pool, name))
		}
	}
	return s
}

func poolOf(builder dbx.Builder) *sql.DB {
	if db, ok := builder.(*dbx.DB); ok {
		return db.DB()
	}
	return nil
}

func (p *plugin) buildInfo() prometheus.Collector {
	b := p.build()
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "jasaweb_build_info", Help: "The running program; always 1.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "go": b.Go},
	}, func() float64 { return 1 })
}

// Build says which program runs.
type Build struct {
	Version  string `json:"version"`
	Revision string `json:"revision" doc:"Commit that it was built from"`
	Go       string `json:"go"`
}

func (p *plugin) build() Build {
	b := Build{Version: p.config.Version}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
}

// scrape answers with the measurements, to an admin or to the holder of the token.
func (p *plugin) scrape(e *core.RequestEvent) error {
	if err := p.mayScrape(e); err != nil {
		return err
	}
	promhttp.HandlerFor(signal.Gatherer(p.app), promhttp.HandlerOpts{
		// A measurement that fails must not take the others with it.
		ErrorHandling: promhttp.ContinueOnError, ErrorLog: errorLog{e},
	}).ServeHTTP(e.Response, e.Request)
	return nil
}

type errorLog struct{ e *core.RequestEvent }

// Println implements promhttp.Logger.
func (l errorLog) Println(v ...any) {
	rest.Log(l.e).Warn("observability: collect", "error", fmt.Sprint(v...))
}

var (
	errNoToken = &collections.Error{Code: "no_token", Reason: collections.ReasonUnauthenticated, Text: collections.Text{
		ID: "Diperlukan token pengukuran atau akun admin.", EN: "The metrics token or an admin's account is needed.",
	}}
	errNotAdmin = &collections.Error{Code: "not_admin", Reason: collections.ReasonForbidden, Text: collections.Text{
		ID: "Hanya untuk admin.", EN: "For admins only.",
	}}
)

func (p *plugin) mayScrape(e *core.RequestEvent) error {
	if e.Auth != nil {
		if e.Auth.IsSuperuser() || e.Auth.Collection().Name == collections.Users && collections.AsUser(e.Auth).IsAdmin() {
			return nil
		}
		return errNotAdmin
	}
	given, ok := strings.CutPrefix(e.Request.Header.Get("Authorization"), "Bearer ")
	// Digests have one length, so that the comparison tells nothing of the token's.
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(p.config.MetricsToken))
	if p.config.MetricsToken == "" || !ok || subtle.ConstantTimeCompare(a[:], b[:]) != 1 {
		return errNoToken
	}
	return nil
}
