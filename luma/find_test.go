package luma_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/luma"
)

// sent is when the calls of these tests were sent.
var sent = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// entry is a generation of a list, created so long after sent.
func entry(id string, after time.Duration, request string) string {
	return fmt.Sprintf(`{"id":%q,"generation_type":"video","state":"dreaming","created_at":%q,"assets":null,"model":"ray-2","request":%s}`,
		id, sent.Add(after).Format(time.RFC3339Nano), request)
}

const fox = `{"generation_type":"video","prompt":"a fox","model":"ray-2","aspect_ratio":"16:9","loop":false}`

// lists answers with pages of entries, as the documentation has them.
func lists(t *testing.T, entries []string) *service {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		offset, err := strconv.Atoi(r.URL.Query().Get("offset"))
		if err != nil || r.Method != http.MethodGet || r.URL.Path != "/generations" || r.URL.Query().Get("limit") != "100" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		_, _ = io.WriteString(w, page(entries, offset))
	})
}

func page(entries []string, offset int) string {
	end := min(offset+100, len(entries))
	offset = min(offset, end)
	return fmt.Sprintf(`{"has_more":%v,"count":%d,"limit":100,"offset":%d,"generations":[%s]}`,
		end < len(entries), end-offset, offset, strings.Join(entries[offset:end], ","))
}

// find looks for a request around sent, and returns the ids that are found.
func find(t *testing.T, s *service, r luma.Request) ([]string, error) {
	t.Helper()
	list, err := speaking("lumalabs")(t, s.URL).Find(context.Background(), r, sent.Add(-time.Minute), sent.Add(3*time.Minute))
	ids := []string{}
	for _, g := range list {
		ids = append(ids, g.ID)
	}
	return ids, err
}

func TestFindMatchesPromptAndSettings(t *testing.T) {
	t.Parallel()
	five := 5 * time.Second
	signed := "https://cdn.example/a.png?ex=9&is=8"
	for name, c := range map[string]struct {
		request luma.Request
		echo    string
		want    bool
	}{
		"the same": {luma.Request{Prompt: "a fox"}, fox, true},
		"everything": {luma.Request{Kind: luma.KindCreate, Prompt: " a \"fox\" 狐\n", Model: "ray-flash-2", Duration: 9 * time.Second, Resolution: "4k",
			AspectRatio: "1:1", Loop: true, Image: luma.Image{URL: signed}},
			`{"generation_type":"video","prompt":" a \"fox\" 狐\n","model":"ray-flash-2","duration":"9s","resolution":"4k","aspect_ratio":"1:1","loop":true,
			"keyframes":{"frame0":{"type":"image","url":"https://cdn.example/a.png?ex=1&is=2"}}}`, true},
		"blanks around the prompt are gone":      {luma.Request{Prompt: " a fox\n"}, fox, true},
		"another prompt":                         {luma.Request{Prompt: "a fox "}, strings.Replace(fox, "a fox", "a foxx", 1), false},
		"another case":                           {luma.Request{Prompt: "A fox"}, fox, false},
		"no echo":                                {luma.Request{Prompt: "a fox"}, `null`, false},
		"an echo of another type":                {luma.Request{Prompt: "a fox"}, `"a fox"`, false},
		"an echo of the prompt alone":            {luma.Request{Prompt: "a fox"}, `{"prompt":"a fox"}`, true},
		"the model beside the echo":              {luma.Request{Prompt: "a fox", Model: "ray-2"}, `{"prompt":"a fox"}`, true},
		"another model beside the echo":          {luma.Request{Prompt: "a fox", Model: "ray-flash-2"}, `{"prompt":"a fox"}`, false},
		"another model":                          {luma.Request{Prompt: "a fox", Model: "ray-flash-2"}, fox, false},
		"another duration":                       {luma.Request{Prompt: "a fox", Duration: 9 * time.Second}, `{"prompt":"a fox","duration":"5s"}`, false},
		"a duration that nobody asked for":       {luma.Request{Prompt: "a fox"}, `{"prompt":"a fox","duration":"9s"}`, false},
		"the default, echoed":                    {luma.Request{Prompt: "a fox"}, `{"prompt":"a fox","duration":"5s","aspect_ratio":"16:9","loop":"false"}`, true},
		"the default, asked for":                 {luma.Request{Prompt: "a fox", Duration: five, AspectRatio: "16:9", Model: "ray-2"}, `{"prompt":"a fox"}`, true},
		"no default, left out":                   {luma.Request{Prompt: "a fox", Duration: 9 * time.Second}, `{"prompt":"a fox"}`, false},
		"another aspect ratio":                   {luma.Request{Prompt: "a fox", AspectRatio: "9:16"}, fox, false},
		"an aspect ratio that nobody asked for":  {luma.Request{Prompt: "a fox"}, `{"prompt":"a fox","aspect_ratio":"9:16"}`, false},
		"another resolution":                     {luma.Request{Prompt: "a fox", Resolution: "720p"}, `{"prompt":"a fox","resolution":"1080p"}`, false},
		"a resolution that is not echoed":        {luma.Request{Prompt: "a fox", Resolution: "720p"}, fox, false},
		"a resolution that was left to it":       {luma.Request{Prompt: "a fox"}, `{"prompt":"a fox","resolution":"1080p"}`, true},
		"no loop":                                {luma.Request{Prompt: "a fox", Loop: true}, fox, false},
		"a loop as a word":                       {luma.Request{Prompt: "a fox", Loop: true}, `{"prompt":"a fox","loop":"TRUE"}`, true},
		"a loop":                                 {luma.Request{Prompt: "a fox"}, `{"prompt":"a fox","loop":true}`, false},
		"another kind":                           {luma.Request{Prompt: "a fox"}, `{"generation_type":"image","prompt":"a fox"}`, false},
		"a picture that nobody gave":             {luma.Request{Prompt: "a fox"}, `{"prompt":"a fox","keyframes":{"frame0":{"type":"image","url":"https://a/b"}}}`, false},
		"a picture too few":                      {luma.Request{Prompt: "a fox", Image: luma.Image{URL: signed}}, fox, false},
		"another picture":                        {luma.Request{Prompt: "a fox", Image: luma.Image{URL: signed}}, `{"prompt":"a fox","keyframes":{"frame0":{"type":"image","url":"https://cdn.example/b.png?ex=9&is=8"}}}`, false},
		"a last picture":                         {luma.Request{Prompt: "a fox", EndImage: luma.Image{URL: signed}}, `{"prompt":"a fox","keyframes":{"frame1":{"type":"image","url":"https://cdn.example/a.png"}}}`, true},
		"a first picture for a last one":         {luma.Request{Prompt: "a fox", EndImage: luma.Image{URL: signed}}, `{"prompt":"a fox","keyframes":{"frame0":{"type":"image","url":"https://cdn.example/a.png"}}}`, false},
		"what comes after":                       {luma.Request{Kind: luma.KindExtend, Source: "g", Prompt: "a fox"}, `{"prompt":"a fox","keyframes":{"frame0":{"type":"generation","id":"g"}}}`, true},
		"what comes after another":               {luma.Request{Kind: luma.KindExtend, Source: "g", Prompt: "a fox"}, `{"prompt":"a fox","keyframes":{"frame0":{"type":"generation","id":"h"}}}`, false},
		"what comes before":                      {luma.Request{Kind: luma.KindExtend, Backward: true, Source: "g", Prompt: "a fox"}, `{"prompt":"a fox","keyframes":{"frame1":{"type":"generation","id":"g"}}}`, true},
		"what comes after for what comes before": {luma.Request{Kind: luma.KindExtend, Backward: true, Source: "g", Prompt: "a fox"}, `{"prompt":"a fox","keyframes":{"frame0":{"type":"generation","id":"g"}}}`, false},
		"the way between":                        {luma.Request{Kind: luma.KindBlend, Source: "g", Second: "h", Prompt: "a fox"}, `{"prompt":"a fox","keyframes":{"frame0":{"type":"generation","id":"g"},"frame1":{"type":"generation","id":"h"}}}`, true},
		"the way back":                           {luma.Request{Kind: luma.KindBlend, Source: "g", Second: "h", Prompt: "a fox"}, `{"prompt":"a fox","keyframes":{"frame0":{"type":"generation","id":"h"},"frame1":{"type":"generation","id":"g"}}}`, false},

		"its own address":        {luma.Request{Prompt: "a fox", CallbackURL: "https://bot/1"}, `{"prompt":"a fox","callback_url":"https://bot/1"}`, true},
		"another's address":      {luma.Request{Prompt: "a fox", CallbackURL: "https://bot/1"}, `{"prompt":"a fox","callback_url":"https://bot/2"}`, false},
		"its own address, alone": {luma.Request{Prompt: "a fox", CallbackURL: "https://bot/1"}, `{"callback_url":"https://bot/1"}`, true},
		"no address is echoed":   {luma.Request{Prompt: "a fox", CallbackURL: "https://bot/1"}, fox, true},
		"an address, none given": {luma.Request{Prompt: "a fox"}, `{"prompt":"a fox","callback_url":"https://bot/2"}`, true},

		"an upscale, by its address": {luma.Request{Kind: luma.KindUpscale, Source: "g", Resolution: "4k", CallbackURL: "https://bot/1"},
			`{"generation_type":"upscale_video","resolution":"4k","callback_url":"https://bot/1"}`, true},
		"an upscale of nobody knows what": {luma.Request{Kind: luma.KindUpscale, Source: "g", Resolution: "4k"},
			`{"generation_type":"upscale_video","resolution":"4k"}`, true},
		"an upscale to another resolution": {luma.Request{Kind: luma.KindUpscale, Source: "g", Resolution: "4k"},
			`{"generation_type":"upscale_video","resolution":"1080p"}`, false},
		"a sound, by its address": {luma.Request{Kind: luma.KindSound, Source: "g", Prompt: "rain", CallbackURL: "https://bot/1"},
			`{"generation_type":"add_audio","prompt":"rain","callback_url":"https://bot/1"}`, true},
		"a sound of nobody knows what": {luma.Request{Kind: luma.KindSound, Source: "g", Prompt: "rain"},
			`{"generation_type":"add_audio","prompt":"rain"}`, true},
		"a sound of other words": {luma.Request{Kind: luma.KindSound, Source: "g", Prompt: "rain"},
			`{"generation_type":"add_audio","prompt":"snow"}`, false},
		"a video in place of a sound": {luma.Request{Kind: luma.KindSound, Source: "g", Prompt: "rain"},
			`{"generation_type":"video","prompt":"rain"}`, false},
	} {
		s := lists(t, []string{entry("g1", 0, c.echo)})
		ids, err := find(t, s, c.request)
		if got := len(ids) == 1; err != nil || got != c.want {
			t.Errorf("%s: %v, %v, want a match: %v", name, ids, err, c.want)
		}
	}
}

func TestFindKeepsToItsTime(t *testing.T) {
	t.Parallel()
	s := lists(t, []string{
		entry("late", 3*time.Minute+1, fox),
		entry("last", 3*time.Minute, fox),
		entry("twin", time.Second, fox),
		entry("mine", time.Second, fox),
		entry("other", 0, strings.Replace(fox, "a fox", "an owl", 1)),
		entry("first", -time.Minute, fox),
		entry("early", -time.Minute-1, fox),
		`{"id":"undated","state":"dreaming","request":` + fox + `}`,
		`{"state":"dreaming","created_at":"2026-03-01T12:00:00Z","request":` + fox + `}`,
		`null`, `7`, `"g"`, `[]`,
	})
	ids, err := find(t, s, luma.Request{Prompt: "a fox"})
	if diff := cmp.Diff([]string{"first", "mine", "twin", "last"}, ids); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	one(t, s)
}

func TestFindTellsWhatItFound(t *testing.T) {
	t.Parallel()
	s := lists(t, []string{
		`{"id":"done","state":"completed","created_at":"2026-03-01T12:00:03Z","assets":{"video":"https://cdn.example/v.mp4"},"request":` + fox + `}`,
		`{"id":"lost","state":"failed","created_at":"2026-03-01T12:00:02Z","failure_reason":"Frame moderation failed ` + testKey + `","request":` + fox + `}`,
		`{"id":"new","state":"pondering","created_at":"2026-03-01T12:00:01Z","request":` + fox + `}`,
	})
	got, err := speaking("lumalabs")(t, s.URL).Find(context.Background(), luma.Request{Prompt: "a fox"}, sent, sent.Add(time.Minute))
	want := []luma.Generation{
		{ID: "new", State: luma.StateDreaming, CreatedAt: sent.Add(time.Second)},
		{ID: "lost", State: luma.StateFailed, CreatedAt: sent.Add(2 * time.Second), Reason: luma.ReasonImageModerated, Cause: "Frame moderation failed [key]"},
		{ID: "done", State: luma.StateCompleted, CreatedAt: sent.Add(3 * time.Second), Video: &luma.Video{URL: "https://cdn.example/v.mp4"}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}

func TestFindGoesThroughPages(t *testing.T) {
	t.Parallel()
	// so many generations of somebody else, the first created so long after sent, and
	// each a step from the one before.
	others := func(n int, first, step time.Duration) []string {
		var list []string
		for i := range n {
			list = append(list, entry("o"+strconv.Itoa(i)+first.String(), first+time.Duration(i)*step, `{"prompt":"an owl"}`))
		}
		return list
	}
	join := func(parts ...[]string) []string {
		var all []string
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	mine := []string{entry("mine", 0, fox)}
	for name, c := range map[string]struct {
		entries []string
		want    []string // nil: ErrUnavailable
		asked   int
	}{
		"nothing":                         {nil, []string{}, 1},
		"on the second page":              {join(others(150, 2*time.Minute, -time.Millisecond), mine), []string{"mine"}, 2},
		"a page that is full":             {join(others(99, 2*time.Minute, -time.Millisecond), mine), []string{"mine"}, 1},
		"older ones are not gone through": {join(mine, others(900, -time.Second, -time.Second)), []string{"mine"}, 2},
		"all are older":                   {others(900, -time.Hour, -time.Second), []string{}, 1},
		"all are older, at one moment, which is no order": {others(300, -time.Hour, 0), []string{}, 3},
		"the oldest first": {join(others(450, -time.Hour, time.Second), mine), []string{"mine"}, 5},
		"the oldest first, with a newer one behind older": {join(others(100, -time.Hour, time.Second), others(100, -2*time.Hour, time.Second), mine),
			[]string{"mine"}, 3},
		"as many as can be looked through": {join(others(1999, 2*time.Minute, -time.Millisecond), mine), []string{"mine"}, 20},
		"one more":                         {join(mine, others(2000, 2*time.Minute, -time.Millisecond)), nil, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := lists(t, c.entries)
			ids, err := find(t, s, luma.Request{Prompt: "a fox"})
			if c.want == nil {
				var e *luma.Error
				if !errors.As(err, &e) || !errors.Is(err, luma.ErrUnavailable) || e.Op != "find" || len(ids) != 0 {
					t.Errorf("%v, %v, want ErrUnavailable", ids, err)
				}
			} else if diff := cmp.Diff(c.want, ids); diff != "" || err != nil {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
			if n := len(s.requests()); n != c.asked {
				t.Errorf("%d pages were asked for, want %d", n, c.asked)
			}
		})
	}
}

// What is created meanwhile moves the list on, so that a page begins with what the
// one before it ended with.
func TestFindCountsNothingTwice(t *testing.T) {
	t.Parallel()
	var entries []string
	for i := range 99 {
		entries = append(entries, entry("o"+strconv.Itoa(i), time.Minute-time.Duration(i)*time.Millisecond, `{"prompt":"an owl"}`))
	}
	entries = append(entries, entry("mine", 0, fox), entry("last", -time.Second, `{"prompt":"an owl"}`))
	asked := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		_, _ = io.WriteString(w, page(entries, offset))
		if asked++; asked == 1 {
			entries = append([]string{entry("new", 2*time.Minute, `{"prompt":"an owl"}`)}, entries...)
		}
	})
	if ids, err := find(t, s, luma.Request{Prompt: "a fox"}); err != nil || len(ids) != 1 || ids[0] != "mine" {
		t.Errorf("%v, %v", ids, err)
	}
}

func TestFindReadsListsOfManyShapes(t *testing.T) {
	t.Parallel()
	mine := entry("mine", 0, fox)
	full := strings.Repeat(entry("other", time.Second, `{"prompt":"an owl"}`)+",", 99) + mine
	for name, c := range map[string]struct {
		body  string
		found int
		asked int
	}{
		"the list alone":              {`{"generations":[` + mine + `]}`, 1, 1},
		"in an envelope":              {`{"code":"success","data":{"has_more":false,"generations":[` + mine + `]}}`, 1, 1},
		"an order":                    {`{"order":"descending","has_more":false,"generations":[` + mine + `]}`, 1, 1},
		"more as a word":              {`{"has_more":"false","generations":[` + mine + `]}`, 1, 1},
		"an empty list":               {`{"has_more":true,"generations":[]}`, 0, 1},
		"more, and always the same":   {`{"has_more":true,"generations":[` + mine + `]}`, -1, 20},
		"nobody says, and it is full": {`{"has_more":null,"generations":[` + full + `]}`, -1, 20},
		"a detail that is none":       {`{"detail":null,"generations":[` + mine + `]}`, 1, 1},
		"no list":                     {`{"has_more":false}`, -1, 3},
		"null":                        {`{"generations":null}`, -1, 3},
		"another type":                {`{"generations":{"id":"mine"}}`, -1, 3},
		"HTML":                        {`<html>`, -1, 3},
		"nothing":                     {``, -1, 3},
		"half of it":                  {`{"has_more":false,"generations":[` + mine, -1, 3},
		"a fault":                     {`{"detail":"oops"}`, -1, 3},
	} {
		s := serve(t, always(200, c.body))
		ids, err := find(t, s, luma.Request{Prompt: "a fox"})
		if c.found < 0 && (!errors.Is(err, luma.ErrUnavailable) || len(ids) != 0) || c.found >= 0 && (err != nil || len(ids) != c.found) {
			t.Errorf("%s: %v, %v, want %d", name, ids, err, c.found)
		}
		if n := len(s.requests()); n != c.asked {
			t.Errorf("%s: asked %d times, want %d", name, n, c.asked)
		}
	}
}

// A page of the longest prompts is read whole, and one that never ends is not.
func TestFindReadsUpToABound(t *testing.T) {
	t.Parallel()
	prompt, err := json.Marshal(strings.Repeat("\u2028", 5000)) // which is escaped
	if err != nil {
		t.Fatal(err)
	}
	var entries []string
	for i := range 100 {
		entries = append(entries, entry("g"+strconv.Itoa(i), 0, `{"prompt":`+string(prompt)+`}`))
	}
	s := lists(t, entries)
	if ids, err := find(t, s, luma.Request{Prompt: strings.Repeat("\u2028", 5000) + "."}); err != nil || len(ids) != 0 {
		t.Errorf("%v, %v", ids, err)
	}
	s = serve(t, always(200, `{"generations":[`+strings.Repeat(" ", 8<<20)+`]}`))
	if _, err := find(t, s, luma.Request{Prompt: "a fox"}); !errors.Is(err, luma.ErrUnavailable) || !strings.Contains(err.Error(), "8388608 bytes") {
		t.Errorf("%v, want ErrUnavailable and the bound", err)
	}
}
