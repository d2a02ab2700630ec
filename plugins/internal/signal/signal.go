// Package signal holds the program's measurements: what each number means, and
// how to read it. The plugin that owns a number registers it; /metrics and
// whoever watches the program read all of them from here.
//
//	signal.Register(app, signal.Signal{
//		Name: "jasaweb_jobs", Unit: "jobs", Group: "jobs", Polarity: signal.Neutral,
//		Help: "Jobs by state.", Labels: []string{"state"},
//		Read: signal.Query(app, jobsByState), // SELECT … AS [[label]], … AS [[value]]
//	})
//
// What is counted while requests run stays a collector of Prometheus, and is
// read through the same registry:
//
//	signal.Register(app, signal.Signal{
//		Name: "jasaweb_http_requests_total", Unit: "requests", Group: "http", Polarity: signal.Neutral,
//		Collectors: []prometheus.Collector{total},
//	})
//
// A sampler asks for everything every few seconds:
//
//	for _, r := range signal.Read(ctx, app) {
//		if r.Err != nil {
//			… // unknown is not zero
//		}
//		for _, s := range r.Series {
//			store(r.Signal, s.Name, s.Labels, s.Value, r.At)
//		}
//	}
package signal

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/prometheus/client_golang/prometheus"
)

// Polarity says which way of a number is good news. The zero value is none and
// stops the start.
type Polarity int

// The polarities.
const (
	_ Polarity = iota
	Neutral
	HigherIsBetter
	HigherIsWorse
)

// Signal is one measurement. Either Read or Collectors is set.
type Signal struct {
	Name     string // also in Prometheus: "jasaweb_jobs"
	Unit     string // of the value: "jobs", "seconds", "rupiah", or [ByName]
	Group    string // what moves together: "jobs", "http", "database"
	Polarity Polarity
	Help     string   // a sentence; Collectors bring their own
	Labels   []string // names of the labels of each value of Read

	// Read measures. It is asked for every few seconds, so it costs milliseconds;
	// it is cut off after [Timeout], and what fails is shown as unknown.
	Read func(ctx context.Context) ([]Value, error)

	// Collectors count by themselves while the program runs. The names of all
	// their series begin with Name.
	Collectors []prometheus.Collector
}

// ByName is the unit of collectors whose series differ in it: their names end in
// it, as is Prometheus' custom ("_bytes", "_seconds_total").
const ByName = "by_name"

// Value is one measured value and the values of the signal's labels.
type Value struct {
	Labels []string
	Value  float64
}

// Reading is what a signal said at a time. With an Err nothing is known: there
// are no Series, which is not the same as a value of zero.
type Reading struct {
	Signal Signal
	At     time.Time // of the machine's clock
	Series []Series
	Err    error
}

// Series is one number of a reading.
type Series struct {
	Name   string  // the signal's, or one of its collectors': "…_count", "…_bucket"
	Labels []Label // sorted by name; a bound (le, quantile) comes last
	Value  float64
	Total  bool // only ever grows while the program runs: look at differences
}

// Label is a property that tells a signal's series apart.
type Label struct{ Name, Value string }

// Timeout is how long one signal may take to be read.
const Timeout = 2 * time.Second

// freshFor is how long a reading is good enough: several scrapers at once must
// not count the tables several times, and a sampler that comes every five
// seconds must never get what it had before.
const freshFor = 2 * time.Second

// Register adds signals. It belongs in a plugin's Register, or in OnServe for
// what does not exist before, and panics on a malformed signal or a name that is
// taken: those are bugs that must not wait for the first look at the numbers.
func Register(app core.App, signals ...Signal) {
	r := registryOf(app)
	for _, s := range signals {
		if err := r.add(s); err != nil {
			panic(err)
		}
	}
}

// Read measures everything, each signal for at most [Timeout], and returns one
// reading per signal in the order of their names.
func Read(ctx context.Context, app core.App) []Reading { return read(ctx, registryOf(app).all()) }

var (
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	wordPattern = regexp.MustCompile(`^[a-z_]+$`)
)

func (s *Signal) check() error {
	switch {
	case !namePattern.MatchString(s.Name):
		return fmt.Errorf("signal: malformed name %q", s.Name)
	case !wordPattern.MatchString(s.Unit) || !wordPattern.MatchString(s.Group):
		return fmt.Errorf("signal: %s: malformed unit %q or group %q", s.Name, s.Unit, s.Group)
	case s.Polarity < Neutral || s.Polarity > HigherIsWorse:
		return fmt.Errorf("signal: %s has no polarity", s.Name)
	case (s.Read == nil) == (len(s.Collectors) == 0):
		return fmt.Errorf("signal: %s needs either Read or Collectors", s.Name)
	case s.Read != nil && s.Help == "":
		return fmt.Errorf("signal: %s has no help", s.Name)
	case slices.ContainsFunc(s.Labels, func(l string) bool { return !namePattern.MatchString(l) }):
		return fmt.Errorf("signal: %s: malformed labels %q", s.Name, s.Labels)
	}
	return nil
}
