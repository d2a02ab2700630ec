package observability

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// collect fills the registry once the databases are open.
func (p *plugin) collect() error {
	all := []prometheus.Collector{
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		p.requests.total, p.requests.duration, &business{app: p.app}, buildInfo(),
	}
	for name, builder := range map[string]dbx.Builder{
		"data": p.app.ConcurrentDB(), "data_write": p.app.NonconcurrentDB(),
		"logs": p.app.AuxConcurrentDB(), "logs_write": p.app.AuxNonconcurrentDB(),
	} {
		if pool := poolOf(builder); pool != nil {
			all = append(all, collectors.NewDBStatsCollector(pool, name))
		}
	}
	for _, c := range all {
		if err := p.registry.Register(c); err != nil {
			return fmt.Errorf("observability: %w", err)
		}
	}
	return nil
}

func poolOf(builder dbx.Builder) *sql.DB {
	if db, ok := builder.(*dbx.DB); ok {
		return db.DB()
	}
	return nil
}

func buildInfo() prometheus.Collector {
	b := build()
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

func build() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Build{}
	}
	b := Build{Version: info.Main.Version, Go: info.GoVersion}
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
	promhttp.HandlerFor(p.registry, promhttp.HandlerOpts{
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
	errNoToken = &collections.Error{Code: "no_token", Status: http.StatusUnauthorized, Text: collections.Text{
		ID: "Diperlukan token pengukuran atau akun admin.", EN: "The metrics token or an admin's account is needed.",
	}}
	errNotAdmin = &collections.Error{Code: "not_admin", Status: http.StatusForbidden, Text: collections.Text{
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

// business measures the tables at each scrape, at most every few seconds.
type business struct {
	app core.App

	mu   sync.Mutex
	at   time.Time
	kept []prometheus.Metric
}

// freshFor is how long a count is good enough: scrapers come every 15 s or so,
// and several at once must not count the tables several times.
const freshFor = 5 * time.Second

// scrapeTimeout keeps a slow database from holding up the scraper.
const scrapeTimeout = 5 * time.Second

var oldestDue = prometheus.NewDesc("jasaweb_jobs_oldest_due_seconds", "Age of the job that has been due for longest.", nil, nil)

// Describe leaves the descriptions to Collect.
func (b *business) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (b *business) Collect(out chan<- prometheus.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kept == nil || time.Since(b.at) > freshFor {
		b.kept, b.at = b.measure(), time.Now()
	}
	for _, m := range b.kept {
		out <- m
	}
}

func (b *business) measure() []prometheus.Metric {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	metrics := []prometheus.Metric{}
	for _, t := range tallies {
		desc := prometheus.NewDesc(t.name, t.help, []string{t.label}, nil)
		rows := []struct {
			Label string  `db:"label"`
			Value float64 `db:"value"`
		}{}
		if err := b.app.ConcurrentDB().NewQuery(t.query).WithContext(ctx).All(&rows); err != nil {
			metrics = append(metrics, prometheus.NewInvalidMetric(desc, err))
			continue
		}
		for _, row := range rows {
			metrics = append(metrics, prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, row.Value, row.Label))
		}
	}
	age, err := oldestDueJob(ctx, b.app)
	if err != nil {
		return append(metrics, prometheus.NewInvalidMetric(oldestDue, err))
	}
	return append(metrics, prometheus.MustNewConstMetric(oldestDue, prometheus.GaugeValue, age.Seconds()))
}
