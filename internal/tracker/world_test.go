package tracker_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/money"
	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
	"dreambot/store/bolt"
)

// service is a Luma that does as the test says and remembers what was paid.
type service struct {
	mu      sync.Mutex
	paid    []string // prompts, in the order of the calls
	images  []string // addresses of the first pictures and the last, likewise
	sent    []luma.Request
	create  func(prompt string) (luma.Generation, error)
	get     func(id string) (luma.Generation, error)
	ping    func() error
	balance func(ctx context.Context) (money.Amount, error)
	queries int
	pings   int
}

func (s *service) Create(_ context.Context, r luma.Request) (luma.Generation, error) {
	prompt := r.Prompt
	if r.Source != "" {
		prompt += " after " + r.Source
	}
	s.mu.Lock()
	s.sent = append(s.sent, r)
	s.paid = append(s.paid, prompt)
	s.images = append(s.images, r.Image.URL+" "+r.EndImage.URL)
	create := s.create
	s.mu.Unlock()
	if create != nil {
		return create(prompt)
	}
	return luma.Generation{ID: "gen-" + prompt, State: luma.StateQueued}, nil
}

func (s *service) Get(_ context.Context, id string) (luma.Generation, error) {
	s.mu.Lock()
	s.queries++
	get := s.get
	s.mu.Unlock()
	if get != nil {
		return get(id)
	}
	return luma.Generation{ID: id, State: luma.StateDreaming}, nil
}

func (s *service) Find(context.Context, luma.Request, time.Time, time.Time) ([]luma.Generation, error) {
	return nil, nil
}

func (s *service) Balance(ctx context.Context) (money.Amount, error) {
	s.mu.Lock()
	balance := s.balance
	s.mu.Unlock()
	if balance != nil {
		return balance(ctx)
	}
	return 0, nil
}

func (s *service) Ping(context.Context) error {
	s.mu.Lock()
	s.pings++
	ping := s.ping
	s.mu.Unlock()
	if ping != nil {
		return ping()
	}
	return nil
}

// are has Luma answer all calls from now on as err says; nil: as it should.
func (s *service) are(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.create, s.get, s.ping = nil, nil, nil
	if err != nil {
		s.create = func(string) (luma.Generation, error) { return luma.Generation{}, err }
		s.get = func(string) (luma.Generation, error) { return luma.Generation{}, err }
		s.ping = func() error { return err }
	}
}

// finish has Luma complete what is there.
func (s *service) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.get = done
}

func done(id string) (luma.Generation, error) {
	return luma.Generation{ID: id, State: luma.StateCompleted, Video: &luma.Video{URL: "https://v"}}, nil
}

func (s *service) timesPinged() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pings
}

func (s *service) payments() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.paid)
}

// requests are the paid calls, in their order.
func (s *service) requests() []luma.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func (s *service) timesAsked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queries
}

// people is a Notifier: it counts, and knows the replies that stand.
type people struct {
	mu      sync.Mutex
	changed map[string]int
	replies map[string]string // message by job
	err     error
	asked   int
	shown   int64 // the revision that the replies show; 0: nobody knows

	fresh     func(store.Job) (store.Job, error) // nil: the addresses work
	freshened int
	picture   func(p store.Picture, limit int64) ([]byte, error) // nil: all are gone
	fetched   int
}

func (p *people) Changed(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changed[id]++
}

func (p *people) Reply(_ context.Context, j store.Job) (string, int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	return p.replies[j.ID], p.shown, p.err
}

func (p *people) Picture(_ context.Context, picture store.Picture, limit int64) ([]byte, string, error) {
	p.mu.Lock()
	p.fetched++
	fetch := p.picture
	p.mu.Unlock()
	if fetch == nil {
		return nil, "", store.ErrPictureGone
	}
	data, err := fetch(picture, limit)
	return data, "image/png", err
}

// timesFetched is how often pictures were fetched.
func (p *people) timesFetched() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetched
}

func (p *people) Fresh(_ context.Context, j store.Job) (store.Job, error) {
	p.mu.Lock()
	p.freshened++
	fresh := p.fresh
	p.mu.Unlock()
	if fresh != nil {
		return fresh(j)
	}
	return j, nil
}

// timesFreshened is how often fresh addresses were asked for.
func (p *people) timesFreshened() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.freshened
}

// finds has Fresh answer so from now on.
func (p *people) finds(fresh func(store.Job) (store.Job, error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fresh = fresh
}

func (p *people) stands(id, message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replies[id] = message
}

func (p *people) timesAsked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// world is a tracker with all that it needs; the time is the bubble's.
type world struct {
	*tracker.Tracker
	t      testing.TB
	store  store.Store
	luma   *service
	people *people
	config tracker.Config
	stop   func()
}

func newWorld(t testing.TB, concurrency int) *world {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "jobs.db"))
	if err != nil {
		t.Fatal(err)
	}
	return worldWith(t, s, concurrency)
}

// worldWith is newWorld with a store of the test's own.
func worldWith(t testing.TB, s store.Store, concurrency int) *world {
	t.Helper()
	w := &world{t: t, store: s, luma: &service{}, people: &people{changed: map[string]int{}, replies: map[string]string{}}}
	w.config = tracker.Config{Store: s, Generator: w.luma, Notifier: w.people, Concurrency: concurrency,
		Poll: 3 * time.Second, Deadline: 30 * time.Minute}
	w.Tracker = tracker.New(w.config)
	return w
}

// with makes the tracker anew with another configuration, before run.
func (w *world) with(change func(*tracker.Config)) {
	change(&w.config)
	w.Tracker = tracker.New(w.config)
}

// stored puts a job into the store as an earlier run left it, with its first
// reply accepted.
func (w *world) stored(n int) store.Job {
	w.t.Helper()
	j := job(n)
	if err := w.store.Create(context.Background(), j); err != nil {
		w.t.Fatal(err)
	}
	j, err := w.store.Update(context.Background(), j.ID, func(j *store.Job) error {
		j.AnsweredAt, j.Message = time.Now(), "m-"+j.ID
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

// run resumes and runs the tracker, until end.
func (w *world) run() {
	w.t.Helper()
	if err := w.Resume(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { w.Run(ctx, 5*time.Second) })
	w.stop = func() { cancel(); done.Wait() }
}

// restart stands for a new process with the same store.
func (w *world) restart() {
	w.t.Helper()
	w.stop()
	w.Tracker = tracker.New(w.config)
	w.run()
}

func (w *world) end() {
	w.stop()
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
}

func job(n int) store.Job {
	return store.Job{ID: fmt.Sprintf("job-%05d", n), Kind: store.KindDream, Prompt: fmt.Sprint(n), Guild: "1", Channel: "2",
		Member: "3", CreatedAt: time.Now(), Origin: store.Origin{Expires: time.Now().Add(15 * time.Minute)}}
}

func (w *world) submit(n int) store.Job {
	w.t.Helper()
	j, err := w.Submit(context.Background(), job(n))
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

func (w *world) answered(j store.Job) store.Job {
	w.t.Helper()
	if err := w.Answered(context.Background(), j.ID, "m-"+j.ID, j.Revision); err != nil {
		w.t.Fatal(err)
	}
	return j
}

func (w *world) get(id string) store.Job {
	w.t.Helper()
	j, err := w.store.Get(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

func (w *world) expect(id string, want store.State, failure store.Failure) {
	w.t.Helper()
	if j := w.get(id); j.State != want || j.Failure != failure {
		w.t.Errorf("job %s is %s %s, want %s %s", id, j.State, j.Failure, want, failure)
	}
}

// settle lets some time go by.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// all returns n answered jobs.
func (w *world) all(n int) []store.Job {
	w.t.Helper()
	list := make([]store.Job, n)
	for i := range list {
		list[i] = w.answered(w.submit(i))
		time.Sleep(time.Millisecond)
	}
	return list
}

// holds returns what the cards of the jobs that wait say of the line.
func (w *world) holds(list []store.Job) map[store.Hold]int {
	w.t.Helper()
	holds := map[store.Hold]int{}
	for _, j := range list {
		if j := w.get(j.ID); j.State == store.StateWaiting {
			holds[j.Hold]++
		} else if j.Hold != store.HoldNone {
			w.t.Errorf("job %s is %s, and held: %s", j.ID, j.State, j.Hold)
		}
	}
	return holds
}

// logged is a log that counts lines.
type logged struct {
	mu    sync.Mutex
	lines []string // level and message
}

func (l *logged) log() *slog.Logger { return slog.New(l) }

func (l *logged) Enabled(context.Context, slog.Level) bool { return true }

func (l *logged) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += fmt.Sprint(" ", a.Key, "=", a.Value)
		return true
	})
	l.lines = append(l.lines, line)
	return nil
}

func (l *logged) WithAttrs([]slog.Attr) slog.Handler { return l }

func (l *logged) WithGroup(string) slog.Handler { return l }

// of returns the lines that begin so.
func (l *logged) of(prefix string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []string
	for _, line := range l.lines {
		if strings.HasPrefix(line, prefix) {
			found = append(found, line)
		}
	}
	return found
}

// fails has every look-up fail with err; nil: it succeeds.
func (p *people) fails(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}
