package observability

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/prometheus/client_golang/prometheus"

	"jasaweb/plugins/internal/rest"
)

// requestIDHeader carries a request's name in and out.
const requestIDHeader = "X-Request-Id"

// requests counts what was asked. Its labels are bounded: routes are the
// router's patterns, never addresses, and methods are HTTP's own.
type requests struct {
	total    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newRequests() *requests {
	return &requests{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "jasaweb_http_requests_total", Help: "Answered requests.",
		}, []string{"method", "route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "jasaweb_http_request_duration_seconds", Help: "Time to answer, without endless streams.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route"}),
	}
}

// observe names each request and counts how it ends. It runs outside of
// PocketBase's activity log, which writes the name into its line.
func (p *plugin) observe() *hook.Handler[*core.RequestEvent] {
	return &hook.Handler[*core.RequestEvent]{
		Id:       "jasawebObserve",
		Priority: apis.DefaultCorsMiddlewarePriority - 1,
		Func: func(e *core.RequestEvent) error {
			id := requestID(e.Request.Header.Get(requestIDHeader))
			rest.SetRequestID(e, id)
			e.Set(apis.RequestEventKeyLogMeta, map[string]string{"request_id": id})
			e.Response.Header().Set(requestIDHeader, id)
			start := time.Now() // the machine's clock: it measures, it dates nothing
			err := rest.Finish(e, e.Next())
			p.requests.count(e, err, time.Since(start))
			return err
		},
	}
}

// requestID takes the caller's name for the request if it is harmless in a log
// and a header, or makes one.
func requestID(given string) string {
	if len(given) < 8 || len(given) > 64 || strings.Trim(given, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return security.RandomString(20)
	}
	return given
}

func (r *requests) count(e *core.RequestEvent, err error, took time.Duration) {
	method, route := methodLabel(e.Request.Method), routeLabel(e.Request.Pattern)
	status := e.Status()
	if err != nil && status == 0 { // written after us, from the error
		status = router.ToApiError(err).Status
	}
	if status == 0 {
		status = http.StatusOK
	}
	r.total.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	if strings.HasPrefix(e.Response.Header().Get("Content-Type"), "text/event-stream") || status == http.StatusSwitchingProtocols {
		return
	}
	r.duration.WithLabelValues(method, route).Observe(took.Seconds())
}

// methodLabel keeps a caller from making up methods.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// routeLabel is the pattern without its method.
func routeLabel(pattern string) string {
	if _, path, ok := strings.Cut(pattern, " "); ok {
		return path
	}
	if pattern == "" {
		return "none"
	}
	return pattern
}
