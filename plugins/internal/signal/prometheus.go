package signal

import (
	"context"
	"math"
	"strconv"

	"github.com/pocketbase/pocketbase/core"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Gatherer returns all signals of app in the form of Prometheus. A signal that
// cannot be read is missing in what it gathers, and named in its error.
func Gatherer(app core.App) prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		reads, all := measured{}, prometheus.Gatherers{}
		for _, s := range registryOf(app).all() {
			if s.collected != nil {
				all = append(all, s.collected)
			} else {
				reads = append(reads, s)
			}
		}
		own := prometheus.NewRegistry()
		if err := own.Register(reads); err != nil {
			return nil, err
		}
		return append(all, own).Gather()
	})
}

// measured are the signals with a Read, as a collector.
type measured []*source

// Describe says nothing, so that the labels need not be known before.
func (measured) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m measured) Collect(out chan<- prometheus.Metric) {
	for _, r := range read(context.Background(), m) {
		desc := prometheus.NewDesc(r.Signal.Name, r.Signal.Help, r.Signal.Labels, nil)
		if r.Err != nil {
			out <- prometheus.NewInvalidMetric(desc, r.Err)
		}
		for _, s := range r.Series {
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, s.Value, labelValues(r.Signal.Labels, s.Labels)...)
		}
	}
}

// labelValues are the values of labels in the order of names.
func labelValues(names []string, labels []Label) []string {
	values := make([]string, len(names))
	for n, name := range names {
		for _, l := range labels {
			if l.Name == name {
				values[n] = l.Value
			}
		}
	}
	return values
}

// gather reads the series of a collector, named as /metrics names them.
func gather(registry *prometheus.Registry) ([]Series, error) {
	families, err := registry.Gather()
	if err != nil {
		return nil, err
	}
	series := []Series{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			series = append(series, seriesOf(family.GetName(), metric)...)
		}
	}
	return series, nil
}

func seriesOf(name string, m *dto.Metric) []Series {
	labels := make([]Label, len(m.GetLabel()))
	for n, pair := range m.GetLabel() {
		labels[n] = Label{pair.GetName(), pair.GetValue()}
	}
	switch {
	case m.Counter != nil:
		return []Series{{name, labels, m.Counter.GetValue(), true}}
	case m.Gauge != nil:
		return []Series{{name, labels, m.Gauge.GetValue(), false}}
	case m.Histogram != nil:
		h := m.Histogram
		series := []Series{
			{name + "_count", labels, float64(h.GetSampleCount()), true},
			{name + "_sum", labels, h.GetSampleSum(), true},
		}
		for _, b := range h.GetBucket() {
			series = append(series, Series{name + "_bucket", withLabel(labels, "le", b.GetUpperBound()), float64(b.GetCumulativeCount()), true})
		}
		return append(series, Series{name + "_bucket", withLabel(labels, "le", math.Inf(1)), float64(h.GetSampleCount()), true})
	case m.Summary != nil:
		s := m.Summary
		series := []Series{
			{name + "_count", labels, float64(s.GetSampleCount()), true},
			{name + "_sum", labels, s.GetSampleSum(), true},
		}
		for _, q := range s.GetQuantile() {
			series = append(series, Series{name, withLabel(labels, "quantile", q.GetQuantile()), q.GetValue(), false})
		}
		return series
	}
	return []Series{{name, labels, m.GetUntyped().GetValue(), false}}
}

// withLabel adds a bound, written as Prometheus writes it.
func withLabel(labels []Label, name string, bound float64) []Label {
	text := strconv.FormatFloat(bound, 'g', -1, 64)
	if math.IsInf(bound, 1) {
		text = "+Inf"
	}
	return append(labels[:len(labels):len(labels)], Label{name, text})
}
