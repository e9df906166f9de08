package metrics

import (
	"sync"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// MaxSeries is the most combinations of label values that one instrument
// counts apart. The bot's own are well below: 20 routes with 10 statuses each.
const MaxSeries = 256

const (
	maxLabels = 3
	maxValue  = 64 // bytes of a label's value
)

// Label values that stand for others.
const (
	other = "other" // a value that is too long or no text, and all beyond MaxSeries
	none  = "none"  // the empty value, which Prometheus would take for no label
)

// series bounds an instrument's combinations of label values.
type series struct {
	labels int
	mu     sync.RWMutex
	seen   map[[maxLabels]string]bool
}

func newSeries(labels []string) *series {
	return &series{labels: len(labels), seen: map[[maxLabels]string]bool{}}
}

// of returns the label values to count the given ones under.
func (s *series) of(values []string) []string {
	var key [maxLabels]string
	for i, v := range values {
		switch {
		case v == "":
			v = none
		case len(v) > maxValue || !utf8.ValidString(v): // the library panics on the latter
			v = other
		}
		key[i] = v
	}
	s.mu.RLock()
	known := s.seen[key]
	s.mu.RUnlock()
	if !known && !s.add(key) {
		for i := range key {
			key[i] = other
		}
	}
	return key[:s.labels]
}

// add takes key among those that are counted apart, while there is room.
func (s *series) add(key [maxLabels]string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[key] {
		return true
	}
	if len(s.seen) >= MaxSeries-1 { // one is left for the others
		return false
	}
	s.seen[key] = true
	return true
}

type counter struct {
	vec    *prometheus.CounterVec
	series *series
}

func newCounter(p promauto.Factory, name, help string, labels ...string) *counter {
	return &counter{p.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels), newSeries(labels)}
}

func (c *counter) inc(values ...string) { c.vec.WithLabelValues(c.series.of(values)...).Inc() }

type gauge struct {
	vec    *prometheus.GaugeVec
	series *series
}

func newGauge(p promauto.Factory, name, help string, labels ...string) *gauge {
	return &gauge{p.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels), newSeries(labels)}
}

func (g *gauge) set(to float64, values ...string) {
	g.vec.WithLabelValues(g.series.of(values)...).Set(to)
}

type histogram struct {
	vec    *prometheus.HistogramVec
	series *series
}

func newHistogram(p promauto.Factory, name, help string, buckets []float64, labels ...string) *histogram {
	return &histogram{
		p.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels),
		newSeries(labels),
	}
}

func (h *histogram) observe(took time.Duration, values ...string) {
	h.vec.WithLabelValues(h.series.of(values)...).Observe(max(took, 0).Seconds())
}
