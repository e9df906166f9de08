// Package storetest is the conformance suite of store.Store: a backend's tests
// call Run and RunReopen, and what they hold is the whole of the contract.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"dreambot/internal/secret"
	"dreambot/store"
)

// Run checks the contract. open returns an empty store, which no other call of
// it returns; the suite closes it, twice at times.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	groups := []struct {
		name  string
		cases []testCase
	}{
		{"create", creating()},
		{"update", updating()},
		{"concurrent", concurrent()},
		{"indexes", indexes()},
		{"generations", remotes()},
		{"kinds", kinds()},
		{"stories", stories()},
		{"reactions", reactions()},
		{"drafts", drafts()},
		{"list", listing()},
		{"durations", durations()},
		{"usage", using()},
		{"cost", spending()},
		{"allowance", allowing()},
		{"tally", tallying()},
		{"each", each()},
		{"forget", append(forgetting(), forgettingWhen()...)},
		{"prune", pruning()},
		{"end", ending()},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					s := open(t)
					t.Cleanup(func() { closeStore(t, s) })
					c.run(t, s)
				})
			}
		})
	}
}

// testCase is one promise of the contract, checked on a store of its own.
type testCase struct {
	name string
	run  func(t *testing.T, s store.Store)
}

func closeStore(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// start is when the jobs of the suite begin; its nanoseconds are odd, so that
// a backend that rounds is found.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

// at returns the time n seconds after the start.
func at(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }

// job returns a job that Create takes, created n seconds after the start.
func job(id string, n int) store.Job {
	return store.Job{
		ID: id, Kind: store.KindDream, Prompt: "a cat on a roof <@1> 猫 \u0000 & more",
		Guild: "10", Channel: "20", Member: "30", Locale: "en-US", UploadLimit: 10 << 20,
		Origin: store.Origin{Interaction: "40", Token: secret.New("token of " + id),
			Expires: at(n).Add(15 * time.Minute)},
		CreatedAt: at(n),
	}
}

func create(t *testing.T, s store.Store, jobs ...store.Job) {
	t.Helper()
	for _, j := range jobs {
		if err := s.Create(t.Context(), j); err != nil {
			t.Fatalf("Create(%q): %v", j.ID, err)
		}
	}
}

func get(t *testing.T, s store.Store, id string) store.Job {
	t.Helper()
	j, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatalf("Get(%q): %v", id, err)
	}
	return j
}

func update(t *testing.T, s store.Store, id string, change func(*store.Job)) store.Job {
	t.Helper()
	j, err := s.Update(t.Context(), id, func(j *store.Job) error { change(j); return nil })
	if err != nil {
		t.Fatalf("Update(%q): %v", id, err)
	}
	return j
}

// enter alters a job so that it is in a state, with what belongs to it.
func enter(state store.State) func(*store.Job) {
	return func(j *store.Job) {
		j.State = state
		if state == store.StateFailed {
			j.Failure = store.FailureGeneration
		}
	}
}

// way returns the states from waiting, without it, to the one asked for.
func way(to store.State) []store.State {
	before := map[store.State]store.State{}
	for todo := []store.State{store.StateWaiting}; len(todo) > 0; todo = todo[1:] {
		for _, next := range store.States() {
			if _, seen := before[next]; !seen && next != store.StateWaiting && todo[0].CanBecome(next) {
				before[next] = todo[0]
				todo = append(todo, next)
			}
		}
	}
	var states []store.State
	for s := to; s != store.StateWaiting; s = before[s] {
		states = append([]store.State{s}, states...)
	}
	return states
}

// bring takes a waiting job to a state by legal changes.
func bring(t *testing.T, s store.Store, id string, to store.State) store.Job {
	t.Helper()
	for _, state := range way(to) {
		update(t, s, id, enter(state))
	}
	return get(t, s, id)
}

// same reports whether two jobs hold the same: times are the same moment, in
// whatever location, and of a token that a backend may drop nothing is asked.
func same(a, b store.Job) bool {
	return reflect.DeepEqual(plain(a), plain(b))
}

func plain(j store.Job) store.Job {
	eachTime(reflect.ValueOf(&j).Elem(), func(t *time.Time) { *t = t.Round(0).UTC() })
	if j.Route != store.RouteReply || j.State.Final() && j.Answered() && !j.Due() {
		j.Origin.Token = secret.Text{}
	}
	return j
}

// eachTime calls fn for every time in a struct, so that a new one is not
// forgotten.
func eachTime(v reflect.Value, fn func(*time.Time)) {
	for i := range v.NumField() {
		f := v.Field(i)
		if t, ok := f.Addr().Interface().(*time.Time); ok {
			fn(t)
		} else if f.Kind() == reflect.Struct && f.Type() != reflect.TypeFor[secret.Text]() {
			eachTime(f, fn)
		}
	}
}

// show writes a job out without its token.
func show(j store.Job) string {
	b, err := json.Marshal(j)
	return fmt.Sprintf("%s (token empty: %v) %v", b, j.Origin.Token.IsZero(), err)
}

func wantSame(t *testing.T, what string, got, want store.Job) {
	t.Helper()
	if !same(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, show(got), show(want))
	}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func ids(jobs []store.Job) []string {
	list := []string{}
	for _, j := range jobs {
		list = append(list, j.ID)
	}
	return list
}

func wantIDs(t *testing.T, what string, jobs []store.Job, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	} else if got := ids(jobs); !slices.Equal(got, want) {
		t.Errorf("%s = %q, want %q", what, got, want)
	}
}

// wantOpen and wantDue check these lists, order included.
func wantOpen(t *testing.T, s store.Store, want ...string) {
	t.Helper()
	jobs, err := s.Open(t.Context())
	wantIDs(t, "Open", jobs, err, want...)
}

func wantDue(t *testing.T, s store.Store, want ...string) {
	t.Helper()
	jobs, err := s.Due(t.Context())
	wantIDs(t, "Due", jobs, err, want...)
}

// together runs fn n times at once and waits for all; fn must not end the test.
func together(n int, fn func(i int)) {
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			fn(i)
		})
	}
	close(gate)
	all.Wait()
}

// ended returns a context that is over.
func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
