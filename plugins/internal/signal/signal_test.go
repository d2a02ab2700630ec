package signal_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"jasaweb/plugins/internal/signal"
)

// newApp is an application without a database: its store is all that is needed.
func newApp(t *testing.T) core.App {
	return core.NewBaseApp(core.BaseAppConfig{DataDir: t.TempDir()})
}

func gauge(name string, read func(context.Context) ([]signal.Value, error)) signal.Signal {
	return signal.Signal{Name: name, Unit: "things", Group: "tests", Polarity: signal.Neutral, Help: "Things.", Read: read}
}

func one(value float64) func(context.Context) ([]signal.Value, error) {
	return func(context.Context) ([]signal.Value, error) { return []signal.Value{{Value: value}}, nil }
}

// text is every series of a reading as /metrics would write it.
func text(r signal.Reading) []string {
	lines := []string{}
	for _, s := range r.Series {
		labels := []string{}
		for _, l := range s.Labels {
			labels = append(labels, fmt.Sprintf("%s=%q", l.Name, l.Value))
		}
		lines = append(lines, fmt.Sprintf("%s{%s} %g %t", s.Name, strings.Join(labels, ","), s.Value, s.Total))
	}
	return lines
}

func TestEveryKindOfSignalIsRead(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "b_total", Help: "B."}, []string{"way"})
	histogram := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "c_seconds", Help: "C.", Buckets: []float64{.5, 2}})
	summary := prometheus.NewSummary(prometheus.SummaryOpts{Name: "d_seconds", Help: "D.", Objectives: map[float64]float64{.5: .1}})
	byTwo := gauge("a", func(context.Context) ([]signal.Value, error) {
		return []signal.Value{{Labels: []string{"x", "y"}, Value: 7}}, nil
	})
	byTwo.Labels = []string{"second", "first"}
	collected := func(name string, c prometheus.Collector) signal.Signal {
		return signal.Signal{Name: name, Unit: "things", Group: "tests", Polarity: signal.HigherIsWorse, Collectors: []prometheus.Collector{c}}
	}
	signal.Register(app, collected("d_seconds", summary), collected("c_seconds", histogram), byTwo, collected("b_total", counter))
	counter.WithLabelValues("in").Add(3)
	histogram.Observe(1)
	histogram.Observe(9)
	summary.Observe(4)

	got := []string{}
	for _, r := range signal.Read(t.Context(), app) {
		if r.Err != nil || r.At.IsZero() {
			t.Errorf("%s: %v at %v", r.Signal.Name, r.Err, r.At)
		}
		got = append(got, text(r)...)
	}
	want := []string{
		`a{first="y",second="x"} 7 false`,
		`b_total{way="in"} 3 true`,
		`c_seconds_count{} 2 true`, `c_seconds_sum{} 10 true`,
		`c_seconds_bucket{le="0.5"} 0 true`, `c_seconds_bucket{le="2"} 1 true`, `c_seconds_bucket{le="+Inf"} 2 true`,
		`d_seconds_count{} 1 true`, `d_seconds_sum{} 4 true`, `d_seconds{quantile="0.5"} 4 false`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("read\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// And they are what a scraper sees.
	w := httptest.NewRecorder()
	promhttp.HandlerFor(signal.Gatherer(app), promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range append([]string{"# HELP a Things.", "# TYPE a gauge", "# TYPE c_seconds histogram"}, want...) {
		line = strings.NewReplacer("{}", "", " true", "", " false", "").Replace(line)
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s in\n%s", line, w.Body)
		}
	}
}

// A number that is not known is no zero, and takes no other with it.
func TestFailuresAreShown(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	cause := errors.New("no such table")
	mislabelled := gauge("mislabelled", func(context.Context) ([]signal.Value, error) {
		return []signal.Value{{Labels: []string{"too", "many"}, Value: 1}}, nil
	})
	signal.Register(app, mislabelled,
		gauge("fails", func(context.Context) ([]signal.Value, error) { return []signal.Value{{Value: 0}}, cause }),
		gauge("panics", func(context.Context) ([]signal.Value, error) { panic("of course") }),
		gauge("works", one(5)),
	)
	for _, r := range signal.Read(t.Context(), app) {
		if r.Signal.Name == "works" {
			if r.Err != nil || len(r.Series) != 1 || r.Series[0].Value != 5 {
				t.Errorf("%+v", r)
			}
			continue
		}
		if r.Err == nil || r.Series != nil || !strings.Contains(r.Err.Error(), r.Signal.Name) {
			t.Errorf("%s: %v, %v", r.Signal.Name, r.Err, r.Series)
		}
		if r.Signal.Name == "fails" && !errors.Is(r.Err, cause) {
			t.Errorf("the cause is lost: %v", r.Err)
		}
	}
	families, err := signal.Gatherer(app).Gather()
	if err == nil || len(families) != 1 || families[0].GetName() != "works" {
		t.Errorf("gathered %v, %v", families, err)
	}
	for _, name := range []string{"fails", "panics", "mislabelled"} {
		if !strings.Contains(err.Error(), "signal: read "+name+": ") {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
}

// One that hangs is unknown after its time, holds up nobody else and is not
// asked again before it has answered.
func TestASignalThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		app := newApp(t)
		release, asked := make(chan struct{}), atomic.Int32{}
		signal.Register(app, gauge("works", one(1)), gauge("hangs", func(context.Context) ([]signal.Value, error) {
			asked.Add(1)
			<-release // it does not look at its context
			return []signal.Value{{Value: 8}}, nil
		}))
		for range 3 {
			start := time.Now()
			readings := signal.Read(t.Context(), app)
			if took := time.Since(start); took > signal.Timeout*3/2 {
				t.Errorf("reading took %s", took)
			}
			if hangs, works := readings[0], readings[1]; hangs.Err == nil || works.Err != nil || len(works.Series) != 1 {
				t.Errorf("%+v", readings)
			}
		}
		if asked.Load() != 1 {
			t.Errorf("asked %d times at once", asked.Load())
		}
		close(release)
		synctest.Wait()
		if r := signal.Read(t.Context(), app)[0]; r.Err != nil || r.Series[0].Value != 8 {
			t.Errorf("%+v", r)
		}
	})
}

// One that hears its deadline ends at it.
func TestTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		app := newApp(t)
		signal.Register(app, gauge("slow", func(ctx context.Context) ([]signal.Value, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}))
		start := time.Now()
		r := signal.Read(t.Context(), app)[0]
		if took := time.Since(start); took != signal.Timeout || !errors.Is(r.Err, context.DeadlineExceeded) {
			t.Errorf("%v after %s", r.Err, took)
		}
		time.Sleep(10 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		r = signal.Read(ctx, app)[0]
		if took := time.Since(start); took != time.Second || !errors.Is(r.Err, context.DeadlineExceeded) {
			t.Errorf("the reader's own second: %v after %s", r.Err, took)
		}
		time.Sleep(signal.Timeout) // until the measurement has ended, too
	})
}

// Several who ask at once share one measurement; one who comes every five
// seconds never gets an old one.
func TestReadingsAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		app := newApp(t)
		asked := atomic.Int32{}
		signal.Register(app, gauge("a", func(context.Context) ([]signal.Value, error) {
			time.Sleep(100 * time.Millisecond)
			return []signal.Value{{Value: float64(asked.Add(1))}}, nil
		}))
		var wait sync.WaitGroup
		for range 5 {
			wait.Go(func() {
				if r := signal.Read(t.Context(), app)[0]; r.Err != nil || r.Series[0].Value != 1 {
					t.Errorf("%+v", r)
				}
			})
		}
		wait.Wait()
		for n := range 3 {
			time.Sleep(5*time.Second - 200*time.Millisecond)
			if r := signal.Read(t.Context(), app)[0]; r.Err != nil || r.Series[0].Value != float64(n+2) {
				t.Errorf("after %d steps: %+v", n+1, r)
			}
		}
	})
}

func TestMalformedSignalsStopTheStart(t *testing.T) {
	t.Parallel()
	good := gauge("good", one(1))
	for name, change := range map[string]func(*signal.Signal){
		"taken":       func(s *signal.Signal) { s.Name = "taken" },
		"name":        func(s *signal.Signal) { s.Name = "Upper" },
		"no unit":     func(s *signal.Signal) { s.Unit = "" },
		"no group":    func(s *signal.Signal) { s.Group = "" },
		"no polarity": func(s *signal.Signal) { s.Polarity = 0 },
		"no help":     func(s *signal.Signal) { s.Help = "" },
		"no read":     func(s *signal.Signal) { s.Read = nil },
		"label":       func(s *signal.Signal) { s.Labels = []string{"a b"} },
		"both": func(s *signal.Signal) {
			s.Collectors = []prometheus.Collector{prometheus.NewCounter(prometheus.CounterOpts{Name: "x", Help: "X."})}
		},
	} {
		app := newApp(t)
		signal.Register(app, gauge("taken", one(1)))
		bad := good
		change(&bad)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			signal.Register(app, bad)
		}()
	}
}
