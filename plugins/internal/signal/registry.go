package signal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/prometheus/client_golang/prometheus"
)

// registry is the app's one list of signals.
type registry struct {
	mu      sync.Mutex
	signals []*source
}

const storeKey = "jasaweb.signal"

func registryOf(app core.App) *registry {
	return app.Store().GetOrSet(storeKey, func() any { return &registry{} }).(*registry)
}

func (r *registry) add(s Signal) error {
	if err := s.check(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at, taken := slices.BinarySearchFunc(r.signals, s.Name, func(have *source, name string) int { return cmp.Compare(have.signal.Name, name) })
	if taken {
		return fmt.Errorf("signal: %s is registered twice", s.Name)
	}
	src := &source{signal: s}
	if s.Read == nil {
		src.collected = prometheus.NewRegistry()
	}
	for _, c := range s.Collectors {
		if err := src.collected.Register(c); err != nil {
			return fmt.Errorf("signal: %s: %w", s.Name, err)
		}
	}
	r.signals = slices.Insert(r.signals, at, src)
	return nil
}

func (r *registry) all() []*source {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.signals)
}

// read asks signals beside each other: one that hangs delays nobody.
func read(ctx context.Context, sources []*source) []Reading {
	readings := make([]Reading, len(sources))
	var wait sync.WaitGroup
	for n, s := range sources {
		wait.Go(func() { readings[n] = s.read(ctx) })
	}
	wait.Wait()
	return readings
}

// source is a signal with what it said last.
type source struct {
	signal    Signal
	collected *prometheus.Registry // of the signal's Collectors; nil with a Read

	mu      sync.Mutex
	last    Reading
	running chan struct{} // closed when the measurement that runs has ended; nil when none runs
}

func (s *source) read(ctx context.Context) Reading {
	if s.collected != nil {
		series, err := gather(s.collected)
		return s.reading(series, err)
	}
	s.mu.Lock()
	if s.running == nil {
		if !s.last.At.IsZero() && time.Since(s.last.At) < freshFor {
			defer s.mu.Unlock()
			return s.last
		}
		s.running = make(chan struct{})
		go s.measure(s.running)
	}
	running := s.running
	s.mu.Unlock()

	// A measurement that does not hear its deadline stays alone: nobody starts a
	// second one, and whoever asks meanwhile hears that it hangs.
	deadline := time.NewTimer(Timeout + Timeout/10)
	defer deadline.Stop()
	select {
	case <-running:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.last
	case <-deadline.C:
		return s.reading(nil, errHangs)
	case <-ctx.Done():
		return s.reading(nil, ctx.Err())
	}
}

var errHangs = errors.New("it has not answered in time")

// measure runs for all who wait, so it does not end with one of them.
func (s *source) measure(done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), Timeout)
	defer cancel()
	series, err := s.values(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.running = s.reading(series, err), nil
	close(done)
}

// values turns a panic into an error: a number is not worth the program.
func (s *source) values(ctx context.Context) (series []Series, err error) {
	defer func() {
		if v := recover(); v != nil {
			series, err = nil, fmt.Errorf("panic: %v", v)
		}
	}()
	values, err := s.signal.Read(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		if len(v.Labels) != len(s.signal.Labels) {
			return nil, fmt.Errorf("%d labels, want %d", len(v.Labels), len(s.signal.Labels))
		}
		one := Series{Name: s.signal.Name, Value: v.Value}
		for n, name := range s.signal.Labels {
			one.Labels = append(one.Labels, Label{name, v.Labels[n]})
		}
		slices.SortFunc(one.Labels, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) })
		series = append(series, one)
	}
	return series, nil
}

func (s *source) reading(series []Series, err error) Reading {
	if err != nil {
		return Reading{Signal: s.signal, At: time.Now(), Err: fmt.Errorf("signal: read %s: %w", s.signal.Name, err)}
	}
	return Reading{Signal: s.signal, At: time.Now(), Series: series}
}
