package luma

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stand is a served stand-in, with pictures beside it.
type stand struct {
	*Server
	url    string
	client *http.Client
	shown  map[string][]byte // pictures, by name; set before they are asked for
}

func serve(t *testing.T, c Config) *stand {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	shown := pictures(t)
	mux := http.NewServeMux()
	mux.Handle("/", s.Handler())
	mux.HandleFunc("/pictures/{name}", func(w http.ResponseWriter, r *http.Request) {
		data, ok := shown[r.PathValue("name")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	})
	server := httptest.NewServer(mux)
	s.SetBaseURL(server.URL + "/")
	st := &stand{Server: s, url: server.URL, client: &http.Client{Transport: &http.Transport{}}, shown: shown}
	t.Cleanup(func() {
		st.client.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
		server.Close()
	})
	return st
}

func pictures(t *testing.T) map[string][]byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 8, 8))
	img.Set(1, 1, color.White)
	var p, j bytes.Buffer
	if err := png.Encode(&p, img); err != nil {
		t.Error(err)
	}
	if err := jpeg.Encode(&j, img, nil); err != nil {
		t.Error(err)
	}
	webp := []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x07\xc0\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	return map[string][]byte{"a.png": p.Bytes(), "b.jpg": j.Bytes(), "c.webp": webp,
		"cut.png": p.Bytes()[:p.Len()/2], "text.png": []byte("no picture")}
}

// call sends a request as any client would, with JSON written by hand.
func (s *stand) call(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Key())
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// made sends a create that must succeed and returns the generation's id.
func (s *stand) made(t *testing.T, path, body string) string {
	t.Helper()
	status, text := s.call(t, "POST", path, body)
	m := regexp.MustCompile(`"id":"([a-z0-9_-]+)"`).FindStringSubmatch(text)
	if status != http.StatusOK && status != http.StatusCreated || m == nil {
		t.Fatalf("create: %d %s", status, text)
	}
	return m[1]
}

func TestAnswersHaveTheDocumentedForm(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	status, text := s.call(t, "POST", "/luma/generations", `{"user_prompt":"a boat","model_name":"ray-v2","duration":"5","resolution":"720p","expand_prompt":false}`)
	form := regexp.MustCompile(`^\{"id":"luma_gen_[a-z0-9]+","state":"queued","created_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\}\n$`)
	if status != http.StatusOK || !form.MatchString(text) {
		t.Fatalf("create: %d %s", status, text)
	}
	g := s.Generations()[0]
	for _, want := range []string{stateQueued, stateDreaming, stateCompleted} {
		status, text = s.call(t, "GET", "/luma/generations/"+g.ID, "")
		if status != http.StatusOK || !strings.HasPrefix(text, `{"id":"`+g.ID+`","state":"`+want+`","created_at":"`) {
			t.Errorf("query: %d %s; want %s", status, text, want)
		}
		if got := strings.Contains(text, `"video":`); got != (want == stateCompleted) {
			t.Errorf("%s: a video is there: %v", want, got)
		}
		if want != stateCompleted {
			if err := s.Advance(g.ID, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	links := regexp.MustCompile(`"video":\{"url":"` + regexp.QuoteMeta(s.url) + `/clips/sunset\.mp4\?[^"]+","download_url":"` +
		regexp.QuoteMeta(s.url) + `/clips/sunset\.mp4\?[^"]+"\}\}\n$`)
	if !links.MatchString(text) {
		t.Errorf("completed: %s", text)
	}
	no := false
	want := Generation{ID: g.ID, Dialect: "crazyrouter", Kind: kindCreate, State: stateCompleted, Prompt: "a boat", Model: "ray-v2", Duration: "5", Resolution: "720p",
		ExpandPrompt: &no, Clip: "sunset", CreatedAt: g.CreatedAt}
	if diff := cmp.Diff([]Generation{want}, s.Generations()); diff != "" {
		t.Error(diff)
	}
}

func TestRequestsAreHeldAgainstTheDocumentation(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	done := s.made(t, "/luma/generations", `{"user_prompt":"done"}`)
	open := s.made(t, "/luma/generations", `{"user_prompt":"open"}`)
	for range 2 {
		if err := s.Advance(done, ""); err != nil {
			t.Fatal(err)
		}
	}
	create := "/luma/generations"
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code               string
	}{
		"no prompt":             {"POST", create, `{}`, 400, "invalid_request"},
		"blank prompt":          {"POST", create, `{"user_prompt":" \n"}`, 400, "invalid_request"},
		"prompt a number":       {"POST", create, `{"user_prompt":5}`, 400, "invalid_request"},
		"duration a number":     {"POST", create, `{"user_prompt":"a","duration":5}`, 400, "invalid_request"},
		"duration of a sibling": {"POST", create, `{"user_prompt":"a","duration":"5s"}`, 400, "invalid_request"},
		"unknown model":         {"POST", create, `{"user_prompt":"a","model_name":"ray-2"}`, 400, "invalid_request"},
		"unknown resolution":    {"POST", create, `{"user_prompt":"a","resolution":"4k"}`, 400, "invalid_request"},
		"expand a string":       {"POST", create, `{"user_prompt":"a","expand_prompt":"yes"}`, 400, "invalid_request"},
		"picture not http":      {"POST", create, `{"user_prompt":"a","image_url":"file:///a.png"}`, 400, "invalid_request"},
		"picture without host":  {"POST", create, `{"user_prompt":"a","image_url":"/a.png"}`, 400, "invalid_request"},
		"end without beginning": {"POST", create, `{"user_prompt":"a","image_end_url":"http://127.0.0.1/a.png"}`, 400, "invalid_request"},
		"an array":              {"POST", create, `[]`, 400, "invalid_request"},
		"half of JSON":          {"POST", create, `{"user_prompt":`, 400, "invalid_request"},
		"two values":            {"POST", create, `{"user_prompt":"a"}{}`, 400, "invalid_request"},
		"too long":              {"POST", create, `{"user_prompt":"` + strings.Repeat("a", usualBody) + `"}`, 400, "invalid_request"},
		"unknown":               {"GET", create + "/luma_gen_none", "", 404, "not_found"},
		"extend unknown":        {"POST", create + "/luma_gen_none/extend", `{"user_prompt":"a"}`, 404, "not_found"},
		"extend an open one":    {"POST", create + "/" + open + "/extend", `{"user_prompt":"a"}`, 400, "invalid_request"},
		"extend without prompt": {"POST", create + "/" + done + "/extend", `{}`, 400, "invalid_request"},
		"extend with a model":   {"POST", create + "/" + done + "/extend", `{"user_prompt":"a","model_name":"ray-v2"}`, 400, "invalid_request"},
		"no list":               {"GET", "/luma/other", "", 404, "not_found"},
	} {
		status, text := s.call(t, c.method, c.path, c.body)
		var got struct {
			Error struct{ Message, Type, Code string }
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.Error.Message == "" || got.Error.Type == "" {
			t.Errorf("%s: not an error in the documented form: %s (%v)", name, text, err)
		}
		if status != c.status || got.Error.Code != c.code {
			t.Errorf("%s: %d %q, want %d %q", name, status, got.Error.Code, c.status, c.code)
		}
	}
	if n := len(s.Generations()); n != 2 {
		t.Errorf("%d generations are accepted, want 2", n)
	}
}

func TestOnlyTheKeyOpens(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	for _, header := range []string{"", "Bearer", "Bearer ", "Bearer wrong", s.Key(), "Bot " + s.Key()} {
		r, err := http.NewRequest("GET", s.url+"/luma/generations/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", header)
		resp, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized || !strings.Contains(string(body), `"code":"invalid_api_key"`) {
			t.Errorf("a wrong header: %d %s", resp.StatusCode, body)
		}
	}
}

func TestPicturesAreFetchedFromTheSandboxAlone(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 1)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	t.Cleanup(elsewhere.Close)
	s := serve(t, Config{})
	s.Hold()
	for _, c := range []struct{ image, end, want string }{
		{"/pictures/a.png", "", ""},
		{"/pictures/b.jpg", "/pictures/c.webp", ""},
		{"/pictures/text.png", "", failureFrames},
		{"/pictures/cut.png", "", failureFrames},
		{"/pictures/a.png", "/pictures/none.png", failureFrames},
		{elsewhere.URL + "/a.png", "", failureFrames},
	} {
		body := map[string]string{"user_prompt": "a"}
		for name, v := range map[string]string{"image_url": c.image, "image_end_url": c.end} {
			if strings.HasPrefix(v, "/") {
				v = s.url + v
			}
			if v != "" {
				body[name] = v
			}
		}
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		id := s.made(t, "/luma/generations", string(text))
		if err := s.Advance(id, ""); err != nil {
			t.Fatal(err)
		}
		list := s.Generations()
		if got := list[len(list)-1]; got.Failure != c.want || (got.State == stateFailed) != (c.want != "") {
			t.Errorf("%v: %s %q, want failure %q", c, got.State, got.Failure, c.want)
		}
	}
	select {
	case path := <-asked:
		t.Errorf("%s was fetched from another origin", path)
	default:
	}
}

func TestModeratedPromptsFail(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	id := s.made(t, "/luma/generations", `{"user_prompt":"something Moderated"}`)
	_, text := s.call(t, "GET", "/luma/generations/"+id, "")
	if !strings.Contains(text, `"state":"failed"`) || !strings.Contains(text, `"failure_reason":"`+failurePrompt+`"`) {
		t.Errorf("query: %s", text)
	}
}

func TestExtensionsServeWhatFollows(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	first := s.made(t, "/luma/generations", `{"user_prompt":"paper lanterns"}`)
	second := s.made(t, "/luma/generations/"+first+"/extend", `{"user_prompt":"a boat"}`)
	var got []string
	for _, g := range s.Generations() {
		got = append(got, g.ID+" "+g.Parent+" "+g.Clip)
	}
	want := []string{first + "  lanterns", second + " " + first + " lanterns-on"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStatesMoveByTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{Queued: 2 * time.Second, Dreaming: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		post := func(prompt string) {
			r := httptest.NewRequest("POST", "/luma/generations", strings.NewReader(`{"user_prompt":"`+prompt+`"}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+s.Key())
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Fatalf("create: %d %s", w.Code, w.Body)
			}
		}
		wait := func(prompt, state string) time.Duration {
			t.Helper()
			began := time.Now()
			_, err := s.WaitGeneration(t.Context(), func(g Generation) bool { return g.Prompt == prompt && g.State == state })
			if err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		post("a")
		if d := wait("a", stateQueued); d != 0 {
			t.Errorf("queued after %v", d)
		}
		if d := wait("a", stateDreaming); d != 2*time.Second {
			t.Errorf("dreaming after %v", d)
		}
		s.Hold()
		time.Sleep(time.Hour)
		if d := wait("a", stateDreaming); d != 0 {
			t.Errorf("held, it moved: %v", d)
		}
		s.Release()
		if d := wait("a", stateCompleted); d != 5*time.Second {
			t.Errorf("completed %v after the release", d)
		}
		post("moderated")
		if d := wait("moderated", stateFailed); d != 2*time.Second {
			t.Errorf("failed after %v", d)
		}
	})
}

func TestWaitGenerationSeesWhatComesAndHonoursTheContext(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	found := make(chan Generation, 1)
	var all sync.WaitGroup
	all.Go(func() {
		g, err := s.WaitGeneration(t.Context(), func(g Generation) bool { return g.State == stateFailed })
		if err != nil {
			t.Error(err)
		}
		found <- g
	})
	id := s.made(t, "/luma/generations", `{"user_prompt":"a"}`)
	if err := s.Advance(id, "Frame moderation failed"); err != nil {
		t.Fatal(err)
	}
	if g := <-found; g.ID != id || g.Failure != "Frame moderation failed" {
		t.Errorf("found %+v", g)
	}
	all.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.WaitGeneration(ctx, func(Generation) bool { return false }); err != context.Canceled {
		t.Errorf("a cancelled wait: %v", err)
	}
}

func TestGenerationsOutliveAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, Config{Dir: dir})
	s.Hold()
	id := s.made(t, "/luma/generations", `{"user_prompt":"kept","expand_prompt":true}`)
	if err := s.Advance(id, ""); err != nil {
		t.Fatal(err)
	}
	// Nothing is closed: the second server reads what a killed one leaves.
	again, err := New(Config{Dir: dir, Dreaming: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.Key() != s.Key() {
		t.Error("the key is another")
	}
	if diff := cmp.Diff(s.Generations(), again.Generations()); diff != "" {
		t.Error(diff)
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	head := `{"key":"k"}` + "\n"
	for name, c := range map[string]struct {
		text string
		want string // ids and states; "!" for an error
	}{
		"empty":              {"", "!"},
		"key alone":          {head, ""},
		"last one holds":     {head + `{"id":"a","state":"queued"}` + "\n" + `{"id":"b","state":"queued"}` + "\n" + `{"id":"a","state":"failed"}` + "\n", "a failed,b queued,"},
		"cut off":            {head + `{"id":"a","state":"queued"}` + "\n" + `{"id":"b","sta`, "a queued,"},
		"cut off in a whole": {head + `{"id":"a","state":"queued"}`, ""},
		"foreign":            {"# notes\n", "!"},
		"of an old start":    {head + `{"id":"a","state":"completed","clip":"sunset"}` + "\n", "a completed,"},
		"with a film":        {head + `{"id":"a","state":"completed","film":{"from":{"x":0.5,"y":0.5,"zoom":1},"to":{"x":0.5,"y":0.5,"zoom":1.1}}}` + "\n", "a completed,"},
		"with no such film":  {head + `{"id":"a","state":"completed","film":{"from":{"x":0.5,"y":0.5,"zoom":0}}}` + "\n", "!"},
		"damaged":            {head + "x\n" + `{"id":"a"}` + "\n", "!"},
	} {
		k, err := readJournal(strings.NewReader(c.text))
		got := ""
		for _, r := range k.records {
			got += r.ID + " " + r.State + ","
		}
		if err != nil {
			got = "!"
		}
		if got != c.want {
			t.Errorf("%s: %q (%v), want %q", name, got, err, c.want)
		}
	}
}

func FuzzReadJournal(f *testing.F) {
	f.Add([]byte("{\"key\":\"k\"}\n{\"id\":\"a\",\"state\":\"queued\"}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := readJournal(bytes.NewReader(data))
		if err == nil && k.key == "" {
			t.Error("a journal without a key is read")
		}
	})
}

func FuzzWebpSize(f *testing.F) {
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x07\xc0\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("RIFF\x16\x00\x00\x00WEBPVP8 \x0a\x00\x00\x00000\x9d\x01\x2a\x08\x00\x08\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if w, h, ok := webpSize(data); ok && (w < 0 || h < 0) {
			t.Errorf("%d by %d", w, h)
		}
	})
}

func TestTheJournalStaysSmall(t *testing.T) {
	t.Parallel()
	j, _, err := openJournal(t.TempDir(), "k")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{key: "k", journal: j}
	r := &record{Generation: Generation{ID: "a"}}
	s.order = append(s.order, r)
	for range 2*maxKept + 1 {
		if err := s.keep(r); err != nil {
			t.Fatal(err)
		}
	}
	if j.lines != 2 {
		t.Errorf("%d lines after it was made small", j.lines)
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	if err := s.keep(r); err == nil {
		t.Error("a closed journal keeps")
	}
}

func TestTheOldestFinalGenerationMakesRoom(t *testing.T) {
	t.Parallel()
	s := &Server{held: true, records: map[string]*record{}}
	for i := range maxKept {
		r := &record{Generation: Generation{ID: fmt.Sprint(i), State: stateQueued}}
		s.records[r.ID], s.order = r, append(s.order, r)
	}
	if s.makeRoom() {
		t.Error("an open generation was dropped")
	}
	s.order[7].State = stateCompleted
	if _, there := s.records["7"]; !s.makeRoom() || !there {
		t.Error("the final one is not dropped")
	}
	if _, there := s.records["7"]; there || len(s.order) != maxKept-1 {
		t.Error("the final one is still there")
	}
}
