package tracker_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// Whatever is made from the videos of others asks for their generations: those that
// it names, or else its parents'.
func TestEveryKindAsksForItsSources(t *testing.T) {
	for name, c := range map[string]struct {
		kind           store.Kind
		parent, second string // jobs: "0" and "1" are there
		source, other  string // generations that the job names
		want           string // kind, source and second of the call; empty: there is none
	}{
		"an extension":                   {store.KindExtend, "0", "", "", "", "extend gen-0"},
		"an upscaled one":                {store.KindUpscale, "1", "", "", "", "upscale gen-1"},
		"one with sound":                 {store.KindSound, "0", "", "", "", "sound gen-0"},
		"a way":                          {store.KindBlend, "0", "1", "", "", "blend gen-0 gen-1"},
		"a way, by its generations":      {store.KindBlend, "gone", "gone", "a", "b", "blend a b"},
		"a way whose second is known":    {store.KindBlend, "0", "gone", "", "b", "blend gen-0 b"},
		"an extension, by its source":    {store.KindExtend, "gone", "", "a", "", "extend a"},
		"an extension of nothing":        {store.KindExtend, "gone", "", "", "", ""},
		"an upscaled nothing":            {store.KindUpscale, "gone", "", "", "", ""},
		"a nothing with sound":           {store.KindSound, "gone", "", "", "", ""},
		"a way from nowhere":             {store.KindBlend, "gone", "1", "", "", ""},
		"a way to nowhere":               {store.KindBlend, "0", "gone", "", "", ""},
		"a way to nowhere, by its start": {store.KindBlend, "gone", "", "a", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := worldWith(t, newMemory(), 5)
				w.run()
				defer w.end()
				w.all(2)
				settle(5 * time.Second)
				id := map[string]string{"0": job(0).ID, "1": job(1).ID, "gone": "no such job"}
				j := job(9)
				j.Kind, j.Parent, j.Second, j.Source, j.SecondSource = c.kind, id[c.parent], id[c.second], c.source, c.other
				w.begin(j)
				var got string
				if calls := w.luma.requests(); len(calls) > 2 {
					r := calls[2]
					got = strings.TrimSpace(strings.Join([]string{string(r.Kind), r.Source, r.Second}, " "))
				}
				if got != c.want {
					t.Errorf("asked for %q, want %q", got, c.want)
				}
				if c.want == "" {
					w.expect(j.ID, store.StateFailed, store.FailureSourceGone)
				} else if now := w.get(j.ID); now.State != store.StateQueued || !strings.Contains(c.want, now.Source) || now.Source == "" {
					t.Errorf("it is %s, from %q", now.State, now.Source)
				}
			})
		})
	}
}

// Luma no longer knows what a job is made from.
func TestASourceThatLumaDoesNotKnow(t *testing.T) {
	for _, kind := range store.Kinds() {
		synctest.Test(t, func(t *testing.T) {
			w := worldWith(t, newMemory(), 5)
			w.luma.create = func(string) (luma.Generation, error) {
				return luma.Generation{}, &luma.Error{Status: 404, Kind: luma.ErrNotFound}
			}
			w.run()
			defer w.end()
			j := job(1)
			j.Kind, j.Source, j.SecondSource = kind, "a", "b"
			w.begin(j)
			want := store.FailureSourceGone
			if kind == store.KindDream {
				want = store.FailureInvalid
			}
			w.expect(j.ID, store.StateFailed, want)
		})
	}
}

// given is what Luma was given as pictures: an address, or a file.
func given(r luma.Request) []string {
	var all []string
	for _, i := range []luma.Image{r.Image, r.EndImage} {
		all = append(all, i.URL+string(i.Data)+i.MediaType)
	}
	return all
}

// A picture that Luma cannot fetch is sent along, once, and nobody else waits for it.
func TestAPictureThatLumaCannotFetchIsSentAlong(t *testing.T) {
	refused := &luma.Error{Op: "create", Status: 503, Kind: luma.ErrInvalidRequest, Reason: luma.ReasonImageUnreadable}
	broken := errors.New("reset")
	big := strings.Repeat("x", 60)
	for name, c := range map[string]struct {
		refusals int
		files    func(tries int, name string) (string, error)
		want     store.State
		failure  store.Failure
		calls    int
		fetched  int
	}{
		"both":                      {1, func(_ int, name string) (string, error) { return name, nil }, store.StateCompleted, "", 2, 2},
		"refused again":             {2, func(_ int, name string) (string, error) { return name, nil }, store.StateFailed, store.FailurePictureUnread, 2, 2},
		"gone":                      {1, func(int, string) (string, error) { return "", store.ErrPictureGone }, store.StateFailed, store.FailurePictureUnread, 1, 1},
		"too large together":        {1, func(int, string) (string, error) { return big, nil }, store.StateFailed, store.FailurePictureUnread, 1, 2},
		"trouble, for a while":      {1, func(tries int, name string) (string, error) { return name, []error{broken, broken, nil}[min(tries, 2)] }, store.StateCompleted, "", 2, 4},
		"trouble, for good":         {1, func(int, string) (string, error) { return "", broken }, store.StateFailed, store.FailurePictureUnread, 1, 4},
		"trouble that speaks of us": {1, func(int, string) (string, error) { return "", store.ErrNotFound }, store.StateFailed, store.FailurePictureUnread, 1, 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, log := troubled(t, 1)
				w.with(func(c *tracker.Config) { c.Capabilities.Inline = 100 })
				w.luma.finish()
				left := c.refusals
				w.luma.create = func(prompt string) (luma.Generation, error) {
					w.luma.mu.Lock()
					defer w.luma.mu.Unlock()
					if left--; left >= 0 {
						return luma.Generation{}, refused
					}
					return luma.Generation{ID: "g", State: luma.StateQueued}, nil
				}
				tries := 0
				w.people.picture = func(p store.Picture, limit int64) ([]byte, error) {
					data, err := c.files(tries, p.Name)
					tries++
					if int64(len(data)) > limit {
						return nil, fmt.Errorf("too large: %w", store.ErrPictureGone)
					}
					return []byte(data), err
				}
				w.run()
				defer w.end()
				j := pictured(1, time.Hour, time.Hour)
				w.begin(j)
				settle(2 * time.Minute)
				w.expect(j.ID, c.want, c.failure)
				calls := w.luma.requests()
				if len(calls) != c.calls || w.people.timesFetched() != c.fetched {
					t.Fatalf("%d paid calls, pictures fetched %d times; want %d, %d", len(calls), w.people.timesFetched(), c.calls, c.fetched)
				}
				if got := given(calls[0]); !slices.Equal(got, []string{"https://old/first", "https://old/last"}) {
					t.Errorf("Luma was first given %q", got)
				}
				if len(calls) > 1 {
					if got := given(calls[1]); !slices.Equal(got, []string{"first.pngimage/png", "last.pngimage/png"}) {
						t.Errorf("Luma was then given %q", got)
					}
				}
				if now := w.get(j.ID); !now.Inline || now.Attempts != 0 {
					t.Errorf("pictures along %v, %d attempts", now.Inline, now.Attempts)
				}
				if n := len(log.of("WARN luma")) + w.luma.timesPinged(); n != 0 {
					t.Errorf("it counts as trouble of Luma's: %q", log.of("WARN luma"))
				}
				if left := w.Kept(); left != "" {
					t.Errorf("kept: %s", left)
				}
			})
		})
	}
}

// That it is to be sent along outlives a restart, and so does that it is refused.
func TestAPictureIsSentAlongAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.with(func(c *tracker.Config) { c.Capabilities.Inline = 100 })
		w.luma.are(&luma.Error{Op: "create", Status: 400, Kind: luma.ErrInvalidRequest, Reason: luma.ReasonImageUnreadable})
		trouble := true
		w.people.picture = func(store.Picture, int64) ([]byte, error) {
			if trouble {
				return nil, errors.New("reset")
			}
			return []byte("file"), nil
		}
		w.run()
		defer func() { w.end() }()
		j := pictured(1, time.Hour, 0)
		w.begin(j)
		w.expect(j.ID, store.StateWaiting, "")
		w.stop()
		trouble = false
		w.restart()
		settle(time.Second)
		w.expect(j.ID, store.StateFailed, store.FailurePictureUnread)
		if calls := w.luma.requests(); len(calls) != 2 || string(calls[1].Image.Data) != "file" || !calls[1].EndImage.IsZero() {
			t.Errorf("paid calls %+v", calls)
		}
	})
}

// While pictures are fetched, nothing is on its way: a crash then costs nothing.
func TestNoIntentBeforePicturesAreThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.with(func(c *tracker.Config) { c.Capabilities.Inline = 100 })
		w.luma.are(&luma.Error{Op: "create", Status: 400, Kind: luma.ErrInvalidRequest, Reason: luma.ReasonImageUnreadable})
		var seen store.State
		j := pictured(1, time.Hour, 0)
		w.people.picture = func(store.Picture, int64) ([]byte, error) {
			seen = w.get(j.ID).State
			return []byte("file"), nil
		}
		w.run()
		defer w.end()
		w.begin(j)
		if seen != store.StateWaiting {
			t.Errorf("while its picture is fetched, the job is %q", seen)
		}
	})
}
