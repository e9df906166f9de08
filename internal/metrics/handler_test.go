package metrics_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"dreambot/internal/metrics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestHandler(t *testing.T) {
	t.Parallel()
	r := prometheus.NewPedanticRegistry()
	useAll(metrics.New(r))
	fine := func() error { return nil }
	notYet := func() error { return errors.New("the gateway is not open yet") }
	for _, c := range []struct {
		method, path string
		ready        func() error
		status       int
		holds        string
	}{
		{"GET", "/healthz", fine, 200, "ok\n"},
		{"GET", "/healthz", notYet, 200, "ok\n"},
		{"HEAD", "/healthz", notYet, 200, ""},
		{"GET", "/readyz", fine, 200, "ok\n"},
		{"GET", "/readyz", nil, 200, "ok\n"},
		{"GET", "/readyz", notYet, 503, "the gateway is not open yet\n"},
		{"GET", "/metrics", notYet, 200, "\ndreambot_jobs_waiting 6\n"},
		{"POST", "/metrics", fine, 405, ""},
		{"POST", "/readyz", fine, 405, ""},
		{"GET", "/", fine, 404, ""},
	} {
		server := httptest.NewServer(metrics.Handler(r, c.ready))
		request, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		server.Close()
		if answer.StatusCode != c.status || !strings.Contains(string(body), c.holds) {
			t.Errorf("%s %s: %d %q, want %d with %q", c.method, c.path, answer.StatusCode, body, c.status, c.holds)
		}
		if kind := answer.Header.Get("Content-Type"); c.status == 503 && kind != "text/plain; charset=utf-8" {
			t.Errorf("%s %s: Content-Type %q", c.method, c.path, kind)
		}
	}
}

// collector calls itself for every scrape.
type collector func(chan<- prometheus.Metric)

func (c collector) Describe(chan<- *prometheus.Desc)    {}
func (c collector) Collect(ch chan<- prometheus.Metric) { c(ch) }

func TestAnErrorOfTheRegistryIsNoEmptyPage(t *testing.T) {
	t.Parallel()
	r := prometheus.NewRegistry()
	r.MustRegister(collector(func(ch chan<- prometheus.Metric) {
		ch <- prometheus.NewInvalidMetric(prometheus.NewDesc("broken", "", nil, nil), errors.New("broken"))
	}))
	answer := httptest.NewRecorder()
	metrics.Handler(r, nil).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", answer.Code)
	}
}

func TestScrapesAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	started, release := make(chan struct{}), make(chan struct{})
	r := prometheus.NewRegistry()
	r.MustRegister(collector(func(chan<- prometheus.Metric) {
		started <- struct{}{}
		<-release
	}))
	handler := metrics.Handler(r, nil)
	scrape := func() int {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return answer.Code
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if status := scrape(); status != http.StatusOK {
				t.Errorf("a scrape that was begun: status %d", status)
			}
		})
		<-started
	}
	fifth := make(chan int, 1)
	wg.Go(func() { fifth <- scrape() })
	select {
	case status := <-fifth:
		if status != http.StatusServiceUnavailable {
			t.Errorf("a fifth scrape at once: status %d, want 503", status)
		}
	case <-started:
		t.Error("a fifth scrape at once is begun")
	}
	close(release)
	wg.Wait()
}
