package bot

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambot/bot/rest"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/internal/secret"
	"dreambot/store"
	"dreambot/store/bolt"
)

// asked is a request that the server got: its JSON, and which files came with
// it.
type asked struct {
	route string // "PATCH webhook", "PATCH channel", "POST callback", "POST direct", "POST users", "PUT reaction", …
	path  string
	query string
	body  map[string]any
	file  string   // name of the first; empty: none
	files []string // names
}

// attachments are those that the request says the message has: ID NAME.
func (a asked) attachments() []string {
	var all []string
	list, _ := a.body["attachments"].([]any)
	for _, f := range list {
		m, _ := f.(map[string]any)
		all = append(all, fmt.Sprint(m["id"], " ", m["filename"]))
	}
	return all
}

// text is the request's JSON.
func (a asked) text(t testing.TB) string {
	t.Helper()
	b, err := json.Marshal(a.body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// still is the beginning of a PNG, and something behind it.
const still = "\x89PNG\r\n\x1a\n" + "and what comes behind it"

// The ids that discord gives, as JSON.
const (
	editedMessage = `"id":"700","channel_id":"200"`
	postedMessage = `"id":"701","channel_id":"200"`
	directMessage = `"id":"702","channel_id":"800"`
)

// signedUntil is when the addresses of files end that discord gives.
var signedUntil = time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)

// discord is the part of Discord that one test needs: it answers each route as
// the test says and remembers what it was asked.
type discord struct {
	*httptest.Server
	t testing.TB

	mu     sync.Mutex
	got    []asked
	answer map[string]func(w http.ResponseWriter)
}

func newDiscord(t testing.TB) *discord {
	t.Helper()
	d := &discord{t: t, answer: map[string]func(http.ResponseWriter){}}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

func (d *discord) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := asked{route: r.Method + " channel", path: r.URL.Path, query: r.URL.RawQuery}
	message := editedMessage
	if r.Method == http.MethodPost {
		message = postedMessage
	}
	switch {
	case strings.Contains(r.URL.Path, "/reactions/"):
		a.route = r.Method + " reaction"
	case r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/channels/") && strings.Contains(r.URL.Path, "/messages/"):
		a.route = "GET message"
	case strings.HasSuffix(r.URL.Path, "/users/@me/channels"):
		a.route, message = r.Method+" users", `"id":"800"`
	case strings.Contains(r.URL.Path, "/channels/800/"):
		a.route, message = r.Method+" direct", directMessage
	case strings.HasSuffix(r.URL.Path, "/callback"):
		a.route = r.Method + " callback"
	case strings.Contains(r.URL.Path, "/webhooks/"):
		a.route, message = r.Method+" webhook", editedMessage
	case strings.HasPrefix(r.URL.Path, "/still/"):
		plain(200, "image/png", still)(w, r)
		return
	case strings.HasPrefix(r.URL.Path, "/film/"):
		w.Header().Set("Content-Type", "video/mp4")
		_, _ = io.WriteString(w, film)
		return
	}
	payload := io.Reader(r.Body)
	if kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		form, err := multipart.NewReader(r.Body, params["boundary"]).ReadForm(1 << 20)
		if err != nil {
			d.t.Errorf("%s: %v", a.route, err)
			return
		}
		payload = strings.NewReader(form.Value["payload_json"][0])
		for i := range len(form.File) {
			a.files = append(a.files, form.File[fmt.Sprintf("files[%d]", i)][0].Filename)
		}
		a.file = a.files[0]
	}
	if err := json.NewDecoder(payload).Decode(&a.body); err != nil && err != io.EOF {
		d.t.Errorf("%s: %v", a.route, err)
	}
	d.mu.Lock()
	d.got = append(d.got, a)
	answer := d.answer[a.route]
	d.mu.Unlock()
	switch {
	case answer != nil:
	case r.Method == http.MethodDelete, a.route == "PUT reaction":
		answer = func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }
	case a.route == "GET channel", a.route == "GET direct":
		answer = says(200, `[]`)
	default:
		var files []string // with ids from 900 on
		for i, name := range a.files {
			files = append(files, fmt.Sprintf(`{"id":"%d","filename":%q,"size":5,"url":"http://%s/still/%s?ex=%x"}`,
				900+i, name, r.Host, name, signedUntil.Unix()))
		}
		answer = says(200, `{`+message+`,"attachments":[`+strings.Join(files, ",")+`],
			"components":[{"type":17,"components":[{"type":10,"content":"-# job d0abcdefghijklmnopqr"}]}]}`)
	}
	answer(w)
}

// says answers with a status and a JSON body.
func says(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// on has a route answered like that from now on.
func (d *discord) on(route string, answer func(http.ResponseWriter)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer[route] = answer
}

func (d *discord) requests() []asked {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]asked(nil), d.got...)
}

func (d *discord) routes() []string {
	var list []string
	for _, a := range d.requests() {
		list = append(list, a.route)
	}
	return list
}

func (d *discord) rest() *rest.Client {
	c := rest.New(rest.Config{BaseURL: d.URL, Token: secret.New("bot-token")})
	d.t.Cleanup(c.Close)
	return c
}

func catalog(t testing.TB) *i18n.Catalog {
	t.Helper()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newStore(t testing.TB) store.Store {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "jobs.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// shared is what is shared in the file of a store.
func shared(t testing.TB, s store.Store, p community.Poster) *community.Community {
	t.Helper()
	data, ok := s.(*bolt.Store)
	if !ok {
		t.Fatalf("there is nothing shared in %T", s)
	}
	return community.New(community.Config{Store: data.Community(), Jobs: s, Poster: p})
}

// put stores a job whose first reply stands, as far as state.
func put(t testing.TB, s store.Store, state store.State, change func(*store.Job)) store.Job {
	t.Helper()
	j := store.Job{ID: "d0abcdefghijklmnopqr", Kind: store.KindDream, Prompt: "a boat", Guild: "100", Channel: "200", Member: "400",
		Locale: "en-US", UploadLimit: 1 << 20, CreatedAt: time.Now(),
		Origin: store.Origin{Application: "600", Interaction: "500", Token: secret.New("aToken"), Expires: time.Now().Add(15 * time.Minute)}}
	if change != nil {
		change(&j)
	}
	if err := s.Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	for _, next := range map[store.State][]store.State{
		store.StateWaiting:   {store.StateWaiting},
		store.StateCancelled: {store.StateCancelled},
		store.StateDreaming:  {store.StateSubmitting, store.StateDreaming},
		store.StateCompleted: {store.StateSubmitting, store.StateCompleted},
		store.StateFailed:    {store.StateSubmitting, store.StateFailed},
	}[state] {
		var err error
		j, err = s.Update(t.Context(), j.ID, func(j *store.Job) error {
			j.State, j.AnsweredAt = next, time.Now()
			if j.Message == "" {
				j.Message = "700"
			}
			if next == store.StateFailed {
				j.Failure = store.FailureGeneration
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return j
}
