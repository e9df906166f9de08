package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"dreambot/internal/metrics"
)

// useAll calls every method.
func useAll(m *metrics.Metrics) {
	m.Interaction("dream", "acknowledged", 20*time.Millisecond)
	m.Transition("dream", "", "waiting")
	m.Transition("dream", "waiting", "submitting")
	m.Transition("dream", "waiting", "submitting")
	m.Generation("extend", 95*time.Second)
	m.LumaCall("create", "ok", 700*time.Millisecond)
	m.DiscordCall("PATCH /webhooks/{application}/{token}/messages/@original", 200, 80*time.Millisecond)
	m.DiscordCall("GET /gateway", 0, -time.Second)
	m.DiscordCall("GET /gateway", 999, time.Hour)
	m.Edit("shown")
	m.Line(7, 10)
	m.Line(6, 9)
	m.Hold("account", true)
	m.Hold("unreachable", true)
	m.Hold("unreachable", false)
	m.Refused("busy")
	m.Reaction("counted")
	m.Reaction("extended")
	m.Reaction("counted")
	m.Pruned(500)
	m.Pruned(20)
	m.Pruned(-1)
	m.Panic("interaction")
}

// page returns what the handler serves of r.
func page(t *testing.T, r *prometheus.Registry) string {
	t.Helper()
	answer := httptest.NewRecorder()
	metrics.Handler(r, nil).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("GET /metrics: %d %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// samples returns the lines of an exposition of r that are no comments and,
// unless buckets is true, no buckets.
func samples(t *testing.T, r *prometheus.Registry, buckets bool) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(page(t, r)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "#") && (buckets || !strings.Contains(line, "_bucket{")) {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestWhatIsNotedIsExposed(t *testing.T) {
	t.Parallel()
	r := prometheus.NewPedanticRegistry()
	useAll(metrics.New(r))
	want := []string{
		`dreambot_discord_call_seconds_sum{route="GET /gateway",status="none"} 0`,
		`dreambot_discord_call_seconds_count{route="GET /gateway",status="none"} 1`,
		`dreambot_discord_call_seconds_sum{route="GET /gateway",status="other"} 3600`,
		`dreambot_discord_call_seconds_count{route="GET /gateway",status="other"} 1`,
		`dreambot_discord_call_seconds_sum{route="PATCH /webhooks/{application}/{token}/messages/@original",status="200"} 0.08`,
		`dreambot_discord_call_seconds_count{route="PATCH /webhooks/{application}/{token}/messages/@original",status="200"} 1`,
		`dreambot_generation_seconds_sum{kind="extend"} 95`,
		`dreambot_generation_seconds_count{kind="extend"} 1`,
		`dreambot_interaction_ack_seconds_sum{kind="dream",outcome="acknowledged"} 0.02`,
		`dreambot_interaction_ack_seconds_count{kind="dream",outcome="acknowledged"} 1`,
		`dreambot_job_transitions_total{from="none",kind="dream",to="waiting"} 1`,
		`dreambot_job_transitions_total{from="waiting",kind="dream",to="submitting"} 2`,
		`dreambot_jobs_at_luma 9`,
		`dreambot_jobs_pruned_total 520`,
		`dreambot_jobs_refused_total{reason="busy"} 1`,
		`dreambot_jobs_waiting 6`,
		`dreambot_luma_call_seconds_sum{op="create",result="ok"} 0.7`,
		`dreambot_luma_call_seconds_count{op="create",result="ok"} 1`,
		`dreambot_luma_hold{reason="account"} 1`,
		`dreambot_luma_hold{reason="unreachable"} 0`,
		`dreambot_panics_total{where="interaction"} 1`,
		`dreambot_reactions_total{outcome="counted"} 2`,
		`dreambot_reactions_total{outcome="extended"} 1`,
		`dreambot_reply_edits_total{result="shown"} 1`,
	}
	if diff := cmp.Diff(want, samples(t, r, false)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBucketsFitWhatTheyTime(t *testing.T) {
	t.Parallel()
	r := prometheus.NewPedanticRegistry()
	useAll(metrics.New(r))
	bounds := map[string][]string{}
	for _, line := range samples(t, r, true) {
		name, rest, ok := strings.Cut(line, "_bucket{")
		if !ok {
			continue
		}
		_, le, _ := strings.Cut(rest, `le="`)
		le, _, _ = strings.Cut(le, `"`)
		if le != "+Inf" {
			bounds[name] = append(bounds[name], le)
		}
	}
	for name, want := range map[string][2]string{
		"dreambot_interaction_ack_seconds": {"0.005", "3"}, // Discord's limit
		"dreambot_generation_seconds":      {"5", "1800"},  // the default deadline
		"dreambot_luma_call_seconds":       {"0.05", "60"},
		"dreambot_discord_call_seconds":    {"0.01", "60"},
	} {
		got := bounds[name]
		if len(got) == 0 || got[0] != want[0] || got[len(got)-1] != want[1] {
			t.Errorf("%s has the buckets %v, want %s to %s", name, got, want[0], want[1])
		}
	}
}

func TestNamesAndUnitsAreThoseOfPrometheus(t *testing.T) {
	t.Parallel()
	r := prometheus.NewPedanticRegistry()
	useAll(metrics.New(r))
	metrics.WatchInvalid(r, func() int { return 7 })
	problems, err := promlint.New(strings.NewReader(page(t, r))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestTheListOfThePackageNamesEveryInstrument(t *testing.T) {
	t.Parallel()
	r := prometheus.NewPedanticRegistry()
	useAll(metrics.New(r))
	metrics.WatchInvalid(r, func() int { return 7 })
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range families {
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		want = append(want, fmt.Sprintf("%s %s %s", f.GetName(), strings.ToLower(f.GetType().String()), strings.Join(labels, ", ")))
	}
	source, err := os.ReadFile("metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(source)) {
		if text, ok := strings.CutPrefix(line, "//\tdreambot_"); ok {
			listed[strings.Join(strings.Fields("dreambot_"+text), " ")] = true
		}
	}
	for _, w := range want {
		if w = strings.TrimSpace(w); !listed[w] {
			t.Errorf("the list does not say %q", w)
		}
	}
	if len(listed) != len(want) {
		t.Errorf("the list has %d instruments, there are %d", len(listed), len(want))
	}
}

func TestNilDoesNothing(t *testing.T) {
	t.Parallel()
	useAll(nil) // panics where a method does not check
}

func TestRegisteringTwicePanics(t *testing.T) {
	t.Parallel()
	r := prometheus.NewRegistry()
	metrics.New(r)
	defer func() {
		if recover() == nil {
			t.Error("a second New on the same registry does not panic")
		}
	}()
	metrics.New(r)
}

func TestSeriesAreBounded(t *testing.T) {
	t.Parallel()
	r := prometheus.NewPedanticRegistry()
	m := metrics.New(r)
	const calls, workers = 2000, 4
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < calls; i += workers {
				m.Transition("dream", "waiting", fmt.Sprint("state ", i))
				m.Transition("dream", "waiting", "submitting")
			}
		})
	}
	wg.Wait()
	text := strings.Join(samples(t, r, false), "\n")
	if n := strings.Count(text, "dreambot_job_transitions_total{"); n != metrics.MaxSeries {
		t.Errorf("%d series, want %d", n, metrics.MaxSeries)
	}
	// What came early goes on being counted apart, and what came late is not lost.
	for _, want := range []string{
		fmt.Sprintf(`dreambot_job_transitions_total{from="waiting",kind="dream",to="submitting"} %d`, calls),
		fmt.Sprintf(`dreambot_job_transitions_total{from="other",kind="other",to="other"} %d`, calls-(metrics.MaxSeries-2)),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the samples do not hold %s", want)
		}
	}
}

func TestValuesThatAreNoLabelsAreCountedAsOther(t *testing.T) {
	t.Parallel()
	r := prometheus.NewPedanticRegistry()
	m := metrics.New(r)
	m.Panic("a\xff")
	m.Panic(strings.Repeat("a", 65))
	m.Panic(strings.Repeat("b", 64))
	m.Panic("")
	want := []string{
		`dreambot_panics_total{where="` + strings.Repeat("b", 64) + `"} 1`,
		`dreambot_panics_total{where="none"} 1`,
		`dreambot_panics_total{where="other"} 2`,
	}
	var got []string
	for _, line := range samples(t, r, false) {
		if strings.HasPrefix(line, "dreambot_panics_total") {
			got = append(got, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInvalidRequestsAreAskedFor(t *testing.T) {
	t.Parallel()
	r, count := prometheus.NewPedanticRegistry(), 3
	metrics.WatchInvalid(r, func() int { return count })
	for range 2 {
		if want := fmt.Sprintf("dreambot_invalid_requests %d\n", count); !strings.Contains(page(t, r), want) {
			t.Errorf("the page does not say %q", want)
		}
		count = 500
	}
}
