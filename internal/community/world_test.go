package community_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/community"
	"dreambot/store"
	"dreambot/store/bolt"
)

// nonceLife is for how long the stand-in knows a nonce.
const nonceLife = 2 * time.Minute

// message is what the bot has sent.
type message struct {
	at      store.Spot
	of      string // id of a prompt, or of a contest
	sent    time.Time
	deleted bool
}

// discord is a Poster that keeps the promises of one: what is asked for again is
// found, by its nonce or by looking for it.
type discord struct {
	mu       sync.Mutex
	messages []*message
	voters   map[string][]string // by message
	fails    error               // of every call; nil: none
	refuses  error               // of posts and announcements
	loses    bool                // the answer to what it takes
	few      bool                // Voters does not look at all
	asked    int                 // for voters
	reading  func(at store.Spot) // called between reading the voters and returning them
	settings community.Settings  // that the last post was sent with
	redrawn  int                 // how often cards were asked to be
}

func (d *discord) Post(_ context.Context, p community.Prompt, s community.Settings) (store.Spot, store.Upload, error) {
	d.mu.Lock()
	d.settings = s
	d.mu.Unlock()
	at, err := d.send(p.ID, p.Post.Channel, p.Post.TriedAt)
	return at, store.Upload{ID: "990", Name: "v.mp4", Size: 5}, err
}

func (d *discord) Announce(_ context.Context, c community.Contest) (string, error) {
	at, err := d.send(c.ID, c.Channel, c.TriedAt)
	return at.Message, err
}

func (d *discord) send(of, channel string, tried time.Time) (store.Spot, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := errors.Join(d.fails, d.refuses); err != nil {
		return store.Spot{}, err
	}
	if tried.IsZero() {
		return store.Spot{}, errors.New("that it is tried was not stored before")
	}
	searches := time.Since(tried) >= nonceLife
	for _, m := range d.messages {
		if m.of == of && (!searches && time.Since(m.sent) < nonceLife || searches && !m.deleted) {
			return m.at, nil
		}
	}
	m := &message{at: store.Spot{Channel: channel, Message: fmt.Sprint(800 + len(d.messages))}, of: of, sent: time.Now()}
	d.messages = append(d.messages, m)
	if d.loses {
		d.refuses = errors.New("trouble")
		return store.Spot{}, errors.New("the answer is lost")
	}
	return m.at, nil
}

func (d *discord) Unpost(_ context.Context, p community.Prompt) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.messages {
		if m.of == p.ID && (p.Post.Message == "" || p.Post.Message == m.at.Message) {
			m.deleted = d.fails == nil
		}
	}
	return d.fails
}

func (d *discord) Voters(_ context.Context, at store.Spot) ([]string, bool, error) {
	d.mu.Lock()
	d.asked++
	list, known := d.voters[at.Message]
	list, err, few, reading := slices.Clone(list), d.fails, d.few, d.reading
	d.mu.Unlock()
	if reading != nil {
		reading(at)
	}
	if err == nil && !known {
		err = fmt.Errorf("unknown message: %w", community.ErrRefused)
	}
	return list, !few, err
}

func (d *discord) Redraw(context.Context) error {
	d.set(func() { d.redrawn++ })
	return nil
}

func (d *discord) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

// standing are the messages of a prompt, or a contest, that stand now, and all that
// were ever sent.
func (d *discord) standing(of string) (now, ever int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.messages {
		if m.of == of {
			ever++
			if !m.deleted {
				now++
			}
		}
	}
	return now, ever
}

// fuse ends the process at one of its steps.
type fuse struct {
	mu   sync.Mutex
	left int // steps; below 0: it never blows
	dead bool
	end  func()
}

var errDead = errors.New("the process has ended")

func (f *fuse) step(do func() error) error {
	if err := f.burn(); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return f.burn()
}

func (f *fuse) burn() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.dead && f.left == 0 {
		f.dead = true
		f.end()
	}
	f.left--
	if f.dead {
		return errDead
	}
	return nil
}

// fused is what a process that ends at a step knows of store and Discord.
type fused struct {
	community.Store
	*discord
	*fuse
}

func (f fused) Share(ctx context.Context, p community.Prompt) (after community.Prompt, err error) {
	err = f.step(func() error { after, err = f.Store.Share(ctx, p); return err })
	return after, err
}

func (f fused) Change(ctx context.Context, id string, change func(*community.Prompt) error) (after community.Prompt, err error) {
	err = f.step(func() error { after, err = f.Store.Change(ctx, id, change); return err })
	return after, err
}

func (f fused) ChangeContest(ctx context.Context, id string, change func(*community.Contest) error) (after community.Contest, err error) {
	err = f.step(func() error { after, err = f.Store.ChangeContest(ctx, id, change); return err })
	return after, err
}

func (f fused) Forget(ctx context.Context, member string) error {
	return f.step(func() error { return f.Store.Forget(ctx, member) })
}

func (f fused) Unmark(ctx context.Context, member string) error {
	return f.step(func() error { return f.Store.Unmark(ctx, member) })
}

func (f fused) Post(ctx context.Context, p community.Prompt, s community.Settings) (at store.Spot, u store.Upload, err error) {
	err = f.step(func() error { at, u, err = f.discord.Post(ctx, p, s); return err })
	return at, u, err
}

func (f fused) Unpost(ctx context.Context, p community.Prompt) error {
	return f.step(func() error { return f.discord.Unpost(ctx, p) })
}

func (f fused) Announce(ctx context.Context, c community.Contest) (message string, err error) {
	err = f.step(func() error { message, err = f.discord.Announce(ctx, c); return err })
	return message, err
}

// fusedJobs are the jobs, likewise.
type fusedJobs struct {
	store.Store
	*fuse
}

func (f fusedJobs) Forget(ctx context.Context, member string) error {
	return f.step(func() error { return f.Store.Forget(ctx, member) })
}

// world is a store, a Discord, and one process after the other.
type world struct {
	t       *testing.T
	jobs    *bolt.Store
	shared  community.Store
	discord *discord
	now     *community.Community // of the process that runs
	stop    func()
}

// inWorld runs a test in a bubble of fake time, with a process that runs.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		data, err := bolt.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = data.Close() }()
		w := &world{t: t, jobs: data, shared: data.Community(), discord: &discord{voters: map[string][]string{}}}
		w.start(-1)
		defer func() { w.stop() }()
		test(t, w)
	})
}

// start begins a process that ends after so many steps; -1: not by itself.
func (w *world) start(steps int) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	f := &fuse{left: steps, end: cancel}
	all := fused{w.shared, w.discord, f}
	c := community.New(community.Config{Store: all, Jobs: fusedJobs{w.jobs, f}, Poster: all, Cards: w.discord, Now: time.Now})
	if err := c.Resume(ctx); err != nil {
		w.t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	w.now = c
	w.stop = func() {
		cancel()
		running.Wait()
	}
}

// restart begins another process after some time.
func (w *world) restart(after time.Duration, steps int) {
	w.stop()
	time.Sleep(after)
	w.start(steps)
}

// settle lets time go by.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// done settles and fails where the store still waits for something.
func (w *world) done() {
	w.t.Helper()
	settle(2 * time.Minute)
	due, err := w.shared.Due(w.t.Context())
	if err != nil || len(due) > 0 {
		w.t.Errorf("due are %+v, %v", due, err)
	}
	marked, err := w.shared.Marked(w.t.Context())
	if err != nil || len(marked) > 0 {
		w.t.Errorf("to be forgotten are %v, %v", marked, err)
	}
}

// result is a job of a member that is completed, with its video uploaded.
func (w *world) result(n int, member string, change ...func(*store.Job)) store.Job {
	w.t.Helper()
	j := store.Job{ID: fmt.Sprintf("d0job%015d", n), Kind: store.KindDream, Prompt: "a boat", Guild: "100", Channel: "200", Member: member,
		Locale: "en-US", CreatedAt: time.Now(), Origin: store.Origin{Application: "600", Interaction: "500"}}
	if err := w.jobs.Create(w.t.Context(), j); err != nil {
		w.t.Fatal(err)
	}
	for _, next := range []store.State{store.StateSubmitting, store.StateCompleted} {
		var err error
		j, err = w.jobs.Update(w.t.Context(), j.ID, func(j *store.Job) error {
			j.State, j.AnsweredAt, j.Message = next, time.Now(), fmt.Sprint(9000+n)
			if next == store.StateCompleted {
				j.Upload = store.Upload{ID: "900", Name: "dream.mp4", Size: 5, Length: 5 * time.Second}
				for _, c := range change {
					c(j)
				}
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return j
}

// share shares a job of a member.
func (w *world) share(n int, member string) community.Prompt {
	w.t.Helper()
	p, err := w.now.Share(w.t.Context(), w.result(n, member))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// rules changes those of the server.
func (w *world) rules(change func(*community.Settings)) {
	w.t.Helper()
	_, err := w.shared.SetSettings(w.t.Context(), "100", func(s *community.Settings) error { change(s); return nil })
	if err != nil {
		w.t.Fatal(err)
	}
}

// prompt is a prompt as it is stored.
func (w *world) prompt(id string) community.Prompt {
	w.t.Helper()
	p, err := w.shared.Prompt(w.t.Context(), "100", id)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}
