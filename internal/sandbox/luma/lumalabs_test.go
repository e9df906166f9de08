package luma

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const dreamMachine = "/dream-machine/v1"

// object reads a JSON object. Its id and created_at are held against their forms,
// and taken out.
func object(t *testing.T, text string) (id string, rest map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &rest); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	id, _ = rest["id"].(string)
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("the id %q is no UUID", id)
	}
	created, _ := rest["created_at"].(string)
	if at, err := time.Parse(time.RFC3339, created); err != nil || time.Since(at) > time.Minute || !strings.HasSuffix(created, "Z") {
		t.Errorf("created_at is %q: %v", created, err)
	}
	delete(rest, "id")
	delete(rest, "created_at")
	return id, rest
}

// said reads the detail of an error.
func said(t *testing.T, text string) string {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(text), &body); err != nil || len(body) != 1 {
		t.Errorf("no error as documented: %s (%v)", text, err)
	}
	detail, _ := body["detail"].(string)
	return detail
}

// finish moves a generation on to its end.
func (s *stand) finish(t *testing.T, id string) string {
	t.Helper()
	for range 2 {
		if err := s.Advance(id, ""); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

func TestLumalabsAnswersInTheDocumentedForm(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	status, text := s.call(t, "POST", dreamMachine+"/generations/video", `{"generation_type":"video","prompt":"a boat","model":"ray-2",
		"resolution":"4k","duration":"9s","aspect_ratio":"21:9","loop":true,"callback_url":"http://192.0.2.1/told"}`)
	id, got := object(t, text)
	want := map[string]any{
		"generation_type": "video", "state": "queued", "failure_reason": nil, "assets": nil, "model": "ray-2",
		"request": map[string]any{"generation_type": "video", "prompt": "a boat", "model": "ray-2", "resolution": "4k", "duration": "9s",
			"aspect_ratio": "21:9", "loop": true, "keyframes": nil, "callback_url": "http://192.0.2.1/told"},
	}
	if diff := cmp.Diff(want, got); diff != "" || status != http.StatusCreated {
		t.Errorf("create: %d\n%s", status, diff)
	}
	for _, state := range []string{"queued", "dreaming", "completed"} {
		if state != "queued" {
			if err := s.Advance(id, ""); err != nil {
				t.Fatal(err)
			}
		}
		if status, text = s.call(t, "GET", dreamMachine+"/generations/"+id, ""); status != http.StatusOK {
			t.Errorf("query: %d %s", status, text)
		}
		_, got = object(t, text)
		if want["state"] = state; state == "completed" {
			link, _ := got["assets"].(map[string]any)["video"].(string)
			if !strings.HasPrefix(link, s.url+"/clips/sunset.mp4?") {
				t.Errorf("the link is %q", link)
			}
			want["assets"] = map[string]any{"video": link, "image": nil, "progress_video": nil}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", state, diff)
		}
	}
	g := Generation{ID: id, Dialect: "lumalabs", Kind: kindCreate, State: stateCompleted, Prompt: "a boat", Model: "ray-2", Duration: "9s",
		Resolution: "4k", AspectRatio: "21:9", Loop: true, CallbackURL: "http://192.0.2.1/told", Clip: "sunset", CreatedAt: s.Generations()[0].CreatedAt}
	if diff := cmp.Diff([]Generation{g}, s.Generations()); diff != "" {
		t.Error(diff)
	}

	failed := s.made(t, dreamMachine+"/generations/video", `{"prompt":"another","model":"ray-flash-2"}`)
	if err := s.Advance(failed, "Frame moderation failed"); err != nil {
		t.Fatal(err)
	}
	_, text = s.call(t, "GET", dreamMachine+"/generations/"+failed, "")
	_, got = object(t, text)
	if got["state"] != "failed" || got["failure_reason"] != "Frame moderation failed" || got["assets"] != nil {
		t.Errorf("failed: %v", got)
	}
	// What was left out is told as it is by default, or as null.
	echo := map[string]any{"generation_type": "video", "prompt": "another", "model": "ray-flash-2", "resolution": nil, "duration": nil,
		"aspect_ratio": "16:9", "loop": false, "keyframes": nil, "callback_url": nil}
	if diff := cmp.Diff(echo, got["request"]); diff != "" {
		t.Error(diff)
	}
}

// Keyframes say what a create is, and are told of as they were given.
func TestLumalabsKeyframes(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	video := dreamMachine + "/generations/video"
	a := s.finish(t, s.made(t, video, `{"prompt":"a boat","model":"ray-2"}`))
	b := s.finish(t, s.made(t, video, `{"prompt":"a moon","model":"ray-2"}`))
	image := func(name string) string { return fmt.Sprintf(`{"type":"image","url":%q}`, s.url+"/pictures/"+name) }
	generation := func(id string) string { return fmt.Sprintf(`{"type":"generation","id":%q}`, id) }
	first, last := s.url+"/pictures/a.png", s.url+"/pictures/b.jpg"
	for name, c := range map[string]struct {
		frame0, frame1 string
		want           Generation
	}{
		"first picture":          {image("a.png"), "", Generation{Kind: kindCreate, ImageURL: first}},
		"last picture":           {"", image("b.jpg"), Generation{Kind: kindCreate, ImageEndURL: last}},
		"both":                   {image("a.png"), image("b.jpg"), Generation{Kind: kindCreate, ImageURL: first, ImageEndURL: last}},
		"on":                     {generation(a), "", Generation{Kind: kindExtend, Parent: a}},
		"on to a picture":        {generation(a), image("b.jpg"), Generation{Kind: kindExtend, Parent: a, ImageEndURL: last}},
		"before":                 {"", generation(a), Generation{Kind: kindExtend, Parent: a, Backward: true}},
		"before, from a picture": {image("a.png"), generation(a), Generation{Kind: kindExtend, Parent: a, Backward: true, ImageURL: first}},
		"between":                {generation(a), generation(b), Generation{Kind: kindBlend, Parent: a, Second: b}},
	} {
		var frames []string
		for name, f := range map[string]string{"frame0": c.frame0, "frame1": c.frame1} {
			if f != "" {
				frames = append(frames, `"`+name+`":`+f)
			}
		}
		given := "{" + strings.Join(frames, ",") + "}"
		id := s.made(t, video, `{"prompt":"waves","model":"ray-2","keyframes":`+given+`}`)
		s.finish(t, id)
		list := s.Generations()
		got := list[len(list)-1]
		c.want.ID, c.want.Dialect, c.want.State, c.want.Prompt, c.want.Model = id, "lumalabs", stateCompleted, "waves", "ray-2"
		c.want.Clip, c.want.CreatedAt = got.Clip, got.CreatedAt
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		var want any
		if err := json.Unmarshal([]byte(given), &want); err != nil {
			t.Fatal(err)
		}
		for _, frame := range []string{"frame0", "frame1"} {
			if m := want.(map[string]any); m[frame] == nil {
				m[frame] = nil // told as null
			}
		}
		_, text := s.call(t, "GET", dreamMachine+"/generations/"+id, "")
		_, told := object(t, text)
		if diff := cmp.Diff(want, told["request"].(map[string]any)["keyframes"]); diff != "" {
			t.Errorf("%s is told of otherwise: %s", name, diff)
		}
	}
}

func TestLumalabsHoldsRequestsAgainstTheDocumentation(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	video := dreamMachine + "/generations/video"
	done := s.finish(t, s.made(t, video, `{"prompt":"done","model":"ray-2"}`))
	open := s.made(t, video, `{"prompt":"open","model":"ray-2"}`)
	const unknown = "123e4567-e89b-12d3-a456-426614174000"
	body := func(more string) string { return `{"prompt":"a boat","model":"ray-2",` + more + `}` }
	frames := func(of string) string { return body(`"keyframes":` + of) }
	loop := func(of string) string { return body(`"loop":true,"keyframes":` + of) }
	generation := func(id string) string { return `{"type":"generation","id":"` + id + `"}` }
	image := `{"type":"image","url":"` + s.url + `/pictures/a.png"}`
	upscale, audio := dreamMachine+"/generations/"+done+"/upscale", dreamMachine+"/generations/"+done+"/audio"
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		detail             string
	}{
		"no model":                  {"POST", video, `{"prompt":"a boat"}`, 422, "model is required"},
		"unknown model":             {"POST", video, `{"prompt":"a boat","model":"ray-v2"}`, 422, "ray-2, ray-flash-2"},
		"no prompt":                 {"POST", video, `{"model":"ray-2"}`, 400, "Prompt is required"},
		"blank prompt":              {"POST", video, `{"model":"ray-2","prompt":"   "}`, 400, "Prompt is required"},
		"no prompt for a video":     {"POST", video, `{"model":"ray-2","keyframes":{"frame0":` + generation(done) + `}}`, 400, "Prompt is required"},
		"too short":                 {"POST", video, `{"prompt":"船船","model":"ray-2"}`, 400, "Prompt is too short, minimum length is 3 characters"},
		"too long":                  {"POST", video, `{"prompt":"` + strings.Repeat("船", 5001) + `","model":"ray-2"}`, 400, "Prompt is too long, maximum length is 5000"},
		"duration of a sibling":     {"POST", video, body(`"duration":"5"`), 422, "5s, 9s"},
		"duration a number":         {"POST", video, body(`"duration":5`), 422, "duration must be a string"},
		"unknown resolution":        {"POST", video, body(`"resolution":"360p"`), 422, "540p, 720p, 1080p, 4k"},
		"unknown ratio":             {"POST", video, body(`"aspect_ratio":"2:1"`), 422, "9:21"},
		"loop a string":             {"POST", video, body(`"loop":"yes"`), 422, "loop must be a bool"},
		"another type":              {"POST", video, body(`"generation_type":"image"`), 422, "generation_type"},
		"a field of a sibling":      {"POST", video, body(`"image_url":"http://127.0.0.1/a.png"`), 422, `Extra field "image_url"`},
		"no address to call back":   {"POST", video, body(`"callback_url":"here"`), 422, "callback_url"},
		"no keyframes":              {"POST", video, frames(`{}`), 400, "No keyframes provided"},
		"keyframe without type":     {"POST", video, frames(`{"frame0":{"url":"http://127.0.0.1/a.png"}}`), 422, "keyframes.frame0"},
		"keyframe of both":          {"POST", video, frames(`{"frame1":{"type":"image","url":"http://127.0.0.1/a.png","id":"a"}}`), 422, "keyframes.frame1"},
		"keyframe without address":  {"POST", video, frames(`{"frame0":{"type":"image"}}`), 422, "keyframes.frame0"},
		"a third keyframe":          {"POST", video, frames(`{"frame2":` + image + `}`), 422, "frame2"},
		"extend an unknown one":     {"POST", video, frames(`{"frame0":` + generation(unknown) + `}`), 404, "Generation not found"},
		"blend with an unknown":     {"POST", video, frames(`{"frame0":` + generation(done) + `,"frame1":` + generation(unknown) + `}`), 404, "Generation not found"},
		"extend an open one":        {"POST", video, frames(`{"frame1":` + generation(open) + `}`), 400, "is not completed"},
		"loop to an end":            {"POST", video, loop(`{"frame1":` + image + `}`), 400, "Loop is not supported for end frame"},
		"loop between":              {"POST", video, loop(`{"frame0":` + image + `,"frame1":` + image + `}`), 400, "Loop is not supported"},
		"loop on":                   {"POST", video, loop(`{"frame0":` + generation(done) + `}`), 400, "Loop is not supported for extend"},
		"loop before":               {"POST", video, loop(`{"frame1":` + generation(done) + `}`), 400, "Loop is not supported for extend reverse"},
		"loop between videos":       {"POST", video, loop(`{"frame0":` + generation(done) + `,"frame1":` + generation(done) + `}`), 400, "between two videos"},
		"upscale an unknown":        {"POST", dreamMachine + "/generations/" + unknown + "/upscale", `{"resolution":"4k"}`, 404, "Generation not found"},
		"upscale an open one":       {"POST", dreamMachine + "/generations/" + open + "/upscale", `{"resolution":"4k"}`, 400, "is not completed"},
		"upscale to what is not":    {"POST", upscale, `{"resolution":"8k"}`, 422, "resolution"},
		"upscale with a prompt":     {"POST", upscale, `{"resolution":"4k","prompt":"a boat"}`, 422, "prompt"},
		"upscale of another type":   {"POST", upscale, `{"resolution":"4k","generation_type":"video"}`, 422, "upscale_video"},
		"sound of another type":     {"POST", audio, `{"prompt":"gulls","generation_type":"audio"}`, 422, "add_audio"},
		"sound for an unknown":      {"POST", dreamMachine + "/generations/" + unknown + "/audio", `{"prompt":"gulls"}`, 404, "Generation not found"},
		"sound called back nowhere": {"POST", audio, `{"prompt":"gulls","callback_url":"ftp://127.0.0.1/"}`, 422, "callback_url"},
		"an array":                  {"POST", video, `[]`, 422, "not a JSON object"},
		"too large":                 {"POST", video, body(`"x":"` + strings.Repeat("a", usualBody) + `"`), 400, "bytes"},
		"unknown":                   {"GET", dreamMachine + "/generations/" + unknown, "", 404, "Generation not found"},
		"delete an unknown one":     {"DELETE", dreamMachine + "/generations/" + unknown, "", 404, "Generation not found"},
		"a page too long":           {"GET", dreamMachine + "/generations?limit=101", "", 422, "limit"},
		"a page before the first":   {"GET", dreamMachine + "/generations?offset=-1", "", 422, "offset"},
		"unknown path":              {"GET", dreamMachine + "/generation", "", 404, "Unknown path"},
		"old path":                  {"POST", dreamMachine + "/generations", body(`"loop":false`), 404, "Unknown path"},
	} {
		status, text := s.call(t, c.method, c.path, c.body)
		if detail := said(t, text); status != c.status || !strings.Contains(detail, c.detail) {
			t.Errorf("%s: %d %q, want %d %q", name, status, detail, c.status, c.detail)
		}
	}
	if n := len(s.Generations()); n != 2 {
		t.Errorf("%d generations are accepted, want 2", n)
	}
	// At the bounds all is well.
	s.made(t, video, `{"prompt":"船船船","model":"ray-2"}`)
	s.made(t, video, `{"prompt":"`+strings.Repeat("船", 5000)+`","model":"ray-2"}`)
	s.made(t, video, `{"model":"ray-2","loop":true,"keyframes":{"frame0":`+image+`}}`)
}

func TestLumalabsUpscalesAndGivesSound(t *testing.T) {
	t.Parallel()
	s := scenes(t, Config{})
	video := dreamMachine + "/generations/video"
	parent := s.made(t, video, `{"prompt":"a boat","model":"ray-2","keyframes":{"frame0":{"type":"image","url":"`+s.url+`/pictures/first.png"}}}`)
	loud := s.made(t, dreamMachine+"/generations/"+parent+"/audio", `{"generation_type":"add_audio","prompt":"gulls","callback_url":"http://192.0.2.1/"}`)
	large := s.made(t, dreamMachine+"/generations/"+loud+"/upscale", `{"generation_type":"upscale_video","resolution":"4k"}`)
	film := s.watch(t, parent)
	for id, c := range map[string]struct {
		want Generation
		echo map[string]any
	}{
		loud: {Generation{Kind: kindSound, Parent: parent, Prompt: "gulls", Sound: true, CallbackURL: "http://192.0.2.1/"},
			map[string]any{"generation_type": "add_audio", "prompt": "gulls", "callback_url": "http://192.0.2.1/"}},
		large: {Generation{Kind: kindUpscale, Parent: loud, Resolution: "4k", Sound: true},
			map[string]any{"generation_type": "upscale_video", "resolution": "4k", "callback_url": nil}},
	} {
		for _, got := range s.Generations() {
			if got.ID != id {
				continue
			}
			c.want.ID, c.want.Dialect, c.want.State, c.want.Clip, c.want.CreatedAt = id, "lumalabs", stateCompleted, s.clipOf(t, parent), got.CreatedAt
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		}
		_, text := s.call(t, "GET", dreamMachine+"/generations/"+id, "")
		_, got := object(t, text)
		if diff := cmp.Diff(c.echo, got["request"]); diff != "" || got["generation_type"] != "video" {
			t.Errorf("%s: %s", text, diff)
		}
		if string(s.watch(t, id)) != string(film) {
			t.Errorf("%s does not play its parent's film", c.want.Kind)
		}
	}
}

func TestLumalabsLists(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	var ids []string
	for i := range 5 {
		ids = append([]string{s.made(t, dreamMachine+"/generations/video", fmt.Sprintf(`{"prompt":"number %d","model":"ray-2"}`, i))}, ids...)
	}
	for query, c := range map[string]struct {
		from, to, limit, offset int
		more                    bool
	}{
		"":                   {0, 5, 100, 0, false},
		"?limit=2":           {0, 2, 2, 0, true},
		"?limit=2&offset=2":  {2, 4, 2, 2, true},
		"?limit=2&offset=4":  {4, 5, 2, 4, false},
		"?limit=5":           {0, 5, 5, 0, false},
		"?limit=9&offset=50": {0, 0, 9, 50, false},
	} {
		status, text := s.call(t, "GET", dreamMachine+"/generations"+query, "")
		var got struct {
			HasMore     *bool `json:"has_more"`
			Count       int   `json:"count"`
			Limit       int   `json:"limit"`
			Offset      int   `json:"offset"`
			Generations []json.RawMessage
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK || got.HasMore == nil || got.Generations == nil {
			t.Fatalf("%q: %d %s, %v", query, status, text, err)
		}
		list := []string{}
		for _, raw := range got.Generations {
			id, g := object(t, string(raw))
			if g["state"] != "completed" || g["assets"] == nil || g["request"] == nil {
				t.Errorf("%q: %s", query, raw)
			}
			list = append(list, id)
		}
		if diff := cmp.Diff(ids[c.from:c.to], list); diff != "" || *got.HasMore != c.more || got.Count != len(list) || got.Limit != c.limit || got.Offset != c.offset {
			t.Errorf("%q: %s\n%s", query, text, diff)
		}
	}
}

// What is deleted is gone, at the next start too.
func TestLumalabsDeletes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, Config{Dir: dir})
	s.Hold()
	kept := s.made(t, dreamMachine+"/generations/video", `{"prompt":"kept","model":"ray-2"}`)
	gone := s.made(t, dreamMachine+"/generations/video", `{"prompt":"gone","model":"ray-2","callback_url":"http://127.0.0.1:1/"}`)
	if status, text := s.call(t, "DELETE", dreamMachine+"/generations/"+gone, ""); status != http.StatusNoContent || text != "" {
		t.Errorf("%d %s", status, text)
	}
	for path, want := range map[string]int{gone: 404, kept: 200} {
		if status, text := s.call(t, "GET", dreamMachine+"/generations/"+path, ""); status != want {
			t.Errorf("%d %s", status, text)
		}
	}
	again := serve(t, Config{Dir: dir, Queued: time.Hour})
	if diff := cmp.Diff(s.Generations(), again.Generations()); diff != "" || len(again.Generations()) != 1 {
		t.Error(diff)
	}
}

func TestTheBalancePaysAndIsGivenBack(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	video := dreamMachine + "/generations/video"
	credits := func() float64 {
		t.Helper()
		status, text := s.call(t, "GET", dreamMachine+"/credits", "")
		var got map[string]float64
		if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK || len(got) != 1 {
			t.Fatalf("%d %s, %v", status, text, err)
		}
		return got["credit_balance"]
	}
	if got := credits(); got != plenty {
		t.Errorf("at the start there is %v", got)
	}
	s.SetBalance(2*price + 1)
	one := s.made(t, video, `{"prompt":"one of two","model":"ray-2"}`)
	s.made(t, "/luma/generations", `{"user_prompt":"the other"}`)
	if got := credits(); got != 1 {
		t.Errorf("after two there is %v", got)
	}
	for dialect, d := range speeches() {
		if got := s.ask(t, "POST", d.create, d.body); got.status != d.poor.status || !strings.Contains(got.body, d.poor.text) {
			t.Errorf("%s: %d %s, want %+v", dialect, got.status, got.body, d.poor)
		}
	}
	if err := s.Advance(one, "out of paint"); err != nil {
		t.Fatal(err)
	}
	if got := credits(); got != price+1 || s.Balance() != price+1 {
		t.Errorf("after a failure there is %v", got)
	}
	s.made(t, video, `{"prompt":"once more","model":"ray-2"}`)
	// What has failed by the clock is given back before anybody is refused.
	s.Release()
	s.SetBalance(price)
	s.made(t, video, `{"prompt":"a moderated one","model":"ray-2"}`)
	s.made(t, video, `{"prompt":"a good one","model":"ray-2"}`)
	if got := credits(); got != 0 {
		t.Errorf("at the end there is %v", got)
	}
}

// An account that nobody has set a balance of never runs dry.
func TestAnAccountIsFilledUp(t *testing.T) {
	t.Parallel()
	a := account{balance: price}
	for range 2 {
		if !a.charge() {
			t.Error("it is empty")
		}
	}
	if a.balance != plenty-price {
		t.Errorf("it holds %d", a.balance)
	}
}

func TestLumalabsPings(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	if status, text := s.call(t, "GET", dreamMachine+"/ping", ""); status != http.StatusOK || text != `{"message":"pong"}`+"\n" {
		t.Errorf("%d %s", status, text)
	}
	for _, path := range []string{"/ping", "/credits", "/generations", "/generations/x"} {
		resp, err := s.client.Get(s.url + dreamMachine + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without a key: %d", path, resp.StatusCode)
		}
	}
}
