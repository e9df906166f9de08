package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"dreambot/store"
)

// wantEach checks the jobs that Each gives of a member, whatever their order.
func wantEach(t *testing.T, s store.Store, member string, want ...string) {
	t.Helper()
	got := []string{}
	err := s.Each(t.Context(), member, func(j store.Job) error { got = append(got, j.ID); return nil })
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Each(%q) gives %q, %v; want %q", member, got, err, want)
	}
}

func each() []testCase {
	return []testCase{
		{"every job of a member, wherever it is, and nobody else's", func(t *testing.T, s store.Store) {
			for i, id := range trickyIDs() {
				a, b, c := job("a"+id, i), job("b"+id, i), job("c"+id, i)
				a.Member, a.Guild = id, ""
				b.Member, b.Guild = id, "1"
				c.Member, c.Guild = "1"+id, id
				create(t, s, a, b, c)
			}
			for _, id := range trickyIDs() {
				want := []string{"a" + id, "b" + id}
				for _, other := range trickyIDs() {
					if "1"+other == id {
						want = append(want, "c"+other)
					}
				}
				wantEach(t, s, id, want...)
			}
			wantEach(t, s, "")
			wantEach(t, s, "nobody")
		}},
		{"the jobs are whole, in every state", func(t *testing.T, s store.Store) {
			want := map[string]store.Job{}
			for i, state := range store.States() {
				create(t, s, job(string(state), i))
				want[string(state)] = bring(t, s, string(state), state)
			}
			err := s.Each(t.Context(), "30", func(j store.Job) error {
				wantSame(t, "a job of Each", j, want[j.ID])
				delete(want, j.ID)
				return nil
			})
			if err != nil || len(want) > 0 {
				t.Errorf("Each: %v, and it leaves out %d jobs", err, len(want))
			}
		}},
		{"more than a page", func(t *testing.T, s store.Store) {
			const n = 2*store.MaxPage + 30
			many(t, s, n, func(i int, j *store.Job) { j.Guild = fmt.Sprint(i % 3) })
			wantEach(t, s, "30", numbered(n)...)
		}},
		{"an error ends it, and comes back as it is", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0), job("b", 1), job("c", 2))
			own, calls := &ownError{}, 0
			err := s.Each(t.Context(), "30", func(store.Job) error {
				if calls++; calls == 2 {
					return own
				}
				return nil
			})
			if err != error(own) || calls != 2 {
				t.Errorf("Each: %v after %d calls, want its error after 2", err, calls)
			}
		}},
		{"jobs may change meanwhile", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0), job("b", 1))
			err := s.Each(t.Context(), "30", func(j store.Job) error {
				_, err := s.Update(t.Context(), j.ID, func(j *store.Job) error { j.Attempts++; return nil })
				return errors.Join(err, s.Create(t.Context(), job("of "+j.ID, -1)))
			})
			if err != nil || get(t, s, "a").Attempts != 1 || get(t, s, "b").Attempts != 1 {
				t.Errorf("Each: %v", err)
			}
		}},
	}
}
