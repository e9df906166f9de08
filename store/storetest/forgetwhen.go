package storetest

import (
	"testing"
	"time"

	"dreambot/store"
)

// settled stores a job of which everything is known, in a final state and shown,
// as alter makes it.
func settled(t *testing.T, s store.Store, id string, state store.State, alter func(*store.Job)) store.Job {
	t.Helper()
	j := counting(id, 0, 5*time.Second)
	j.Image = store.Picture{URL: "https://c/1", Expires: at(60), Upload: store.Upload{ID: "1", Name: "a.png"}}
	j.EndImage = store.Picture{URL: "https://c/2", Expires: at(60)}
	create(t, s, j)
	bring(t, s, id, state)
	update(t, s, id, func(j *store.Job) { j.Message, j.AnsweredAt, j.FinishedAt = "m-"+id, at(1), at(2); alter(j) })
	return update(t, s, id, func(j *store.Job) { j.Shown = j.Revision })
}

// wantForgotten checks that a job of a member who was forgotten is as it was, but
// for what names them; due: it is to be drawn anew.
func wantForgotten(t *testing.T, s store.Store, before store.Job, due bool) {
	t.Helper()
	want := before
	want.Member, want.Origin, want.Image, want.EndImage = store.Nobody, store.Origin{}, store.Picture{}, store.Picture{}
	if due {
		want.Revision++
	}
	got := get(t, s, before.ID)
	wantSame(t, "the job "+before.ID+", forgotten", got, want)
	if got.Due() != due {
		t.Errorf("job %q is due: %v, want %v", got.ID, got.Due(), due)
	}
}

// forgettingWhen holds when a member can be forgotten, and what stays.
func forgettingWhen() []testCase {
	return []testCase{
		{"what was used of the day stays used", func(t *testing.T, s store.Store) {
			create(t, s, bounded("a", 2, 0), bounded("b", 2, 0))
			bring(t, s, "a", store.StateCompleted)
			bring(t, s, "b", store.StateFailed)
			forget(t, s, "30")
			wantUsage(t, s, "10", "", start, 1, 5*time.Second)
			wantUsage(t, s, "10", "30", start, 1, 5*time.Second)
			wantUsage(t, s, "10", store.Nobody, start, 0, 0)
			update(t, s, "a", func(j *store.Job) { j.Attempts++ })
			create(t, s, bounded("c", 2, 0))
			wantSpent(t, s.Create(t.Context(), bounded("d", 2, 0)), store.BoundMember)
		}},
		{"not while one of their jobs runs, and nothing is done then", func(t *testing.T, s store.Store) {
			for i, state := range store.States() {
				if state.Final() {
					continue
				}
				own := counting(string(state), i, time.Second)
				own.Member, own.Guild = "m"+string(state), "" // in any guild, or none
				done := counting("done "+own.ID, i, time.Second)
				done.Member, done.Remixes = own.Member, []store.Credit{{Job: "x", Member: own.Member}}
				create(t, s, own, done)
				bring(t, s, own.ID, state)
				bring(t, s, done.ID, store.StateCompleted)
				d := draft(own.ID, i)
				d.Member = own.Member
				keep(t, s, d)
				before := []store.Job{get(t, s, own.ID), get(t, s, done.ID)}

				wantError(t, "Forget", s.Forget(t.Context(), own.Member), store.ErrConflict)
				for _, j := range before {
					wantSame(t, "a job", get(t, s, j.ID), j)
				}
				wantDraft(t, s, d)
				wantTally(t, s, "10", own.Member, store.Tally{Dreams: 1, Length: time.Second})
				wantEach(t, s, own.Member, own.ID, done.ID)

				end(t, s, own.ID, state)
				forget(t, s, own.Member)
				wantEach(t, s, own.Member)
			}
		}},
		{"not while one runs that is the last of many", func(t *testing.T, s store.Store) {
			list := numbered(150)
			dropped(t, s, list...)
			create(t, s, job("z", 9))
			wantError(t, "Forget", s.Forget(t.Context(), "30"), store.ErrConflict)
			wantEach(t, s, "30", append(list, "z")...)
			bring(t, s, "z", store.StateCancelled)
			forget(t, s, "30")
			wantEach(t, s, "30")
		}},
	}
}

// end takes a job that is not final to an end.
func end(t *testing.T, s store.Store, id string, from store.State) {
	t.Helper()
	for _, next := range []store.State{store.StateCompleted, store.StateCancelled} {
		if from.CanBecome(next) {
			update(t, s, id, enter(next))
			return
		}
	}
}
