package storetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"dreambot/store"
)

// draft returns a draft that Keep takes, created n seconds after the start.
func draft(id string, n int) store.Draft {
	return store.Draft{ID: id, Member: "30", CreatedAt: at(n),
		Image: store.Picture{URL: "https://cdn/" + id, Expires: at(n).Add(time.Hour), Name: "猫.png", Width: 3, Height: 4}}
}

func keep(t *testing.T, s store.Store, drafts ...store.Draft) {
	t.Helper()
	for _, d := range drafts {
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatalf("Keep(%q): %v", d.ID, err)
		}
	}
}

// wantDraft checks that a draft is kept as it is.
func wantDraft(t *testing.T, s store.Store, want store.Draft) {
	t.Helper()
	got, err := s.Draft(t.Context(), want.ID)
	for _, d := range []*store.Draft{&got, &want} {
		eachTime(reflect.ValueOf(d).Elem(), func(t *time.Time) { *t = t.Round(0).UTC() })
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Draft(%q):\n got %+v, %v\nwant %+v", want.ID, got, err, want)
	}
}

func wantNoDraft(t *testing.T, s store.Store, id string) {
	t.Helper()
	d, err := s.Draft(t.Context(), id)
	wantError(t, fmt.Sprintf("Draft(%q)", id), err, store.ErrNotFound)
	if !reflect.DeepEqual(d, store.Draft{}) {
		t.Errorf("the draft returned beside an error is %+v", d)
	}
}

func drafts() []testCase {
	return []testCase{
		{"a draft is kept whole, its times to the nanosecond in any location", func(t *testing.T, s store.Store) {
			var full store.Draft
			fill(t, &full, time.FixedZone("odd", 19*60+32))
			few := store.Draft{ID: "few", Member: "30", CreatedAt: start}
			keep(t, s, full, few)
			wantDraft(t, s, full)
			wantDraft(t, s, few)
		}},
		{"an id is taken once, by a draft", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 0))
			wantNoDraft(t, s, "a")
			first := draft("a", 0)
			keep(t, s, first)
			again := draft("a", 1)
			again.Member = "31"
			wantError(t, "Keep", s.Keep(t.Context(), again), store.ErrExists)
			wantDraft(t, s, first)
			wantOpen(t, s, "a")
		}},
		{"a draft that was never kept is not found", func(t *testing.T, s store.Store) {
			wantNoDraft(t, s, "12")
			keep(t, s, draft("12", 0))
			for _, id := range []string{"", "1", "123", "12\x00", "nobody"} {
				wantNoDraft(t, s, id)
			}
		}},
		{"ids that are made to be taken for each other are not", func(t *testing.T, s store.Store) {
			for i, id := range trickyIDs() {
				keep(t, s, draft(id, i))
			}
			for i, id := range trickyIDs() {
				wantDraft(t, s, draft(id, i))
			}
		}},
		{"one of the keepers of an id counts", func(t *testing.T, s store.Store) {
			const n = 20
			errs := make([]error, n)
			together(n, func(i int) { errs[i] = s.Keep(t.Context(), draft("a", i)) })
			winner := -1
			for i, err := range errs {
				if err == nil && winner < 0 {
					winner = i
				} else {
					wantError(t, fmt.Sprintf("Keep %d", i), err, store.ErrExists)
				}
			}
			wantDraft(t, s, draft("a", winner))
		}},
		{"of more than DraftsKept, those with the least ids go", func(t *testing.T, s store.Store) {
			const n = store.DraftsKept + 30
			all := numbered(n)
			together(n, func(i int) {
				// The later ones of the ids are the older ones by time.
				if err := s.Keep(t.Context(), draft(all[i], n-i)); err != nil {
					t.Errorf("Keep(%q): %v", all[i], err)
				}
			})
			for i, id := range all {
				if i < n-store.DraftsKept {
					wantNoDraft(t, s, id)
				} else {
					wantDraft(t, s, draft(id, n-i))
				}
			}
			keep(t, s, draft(all[0], 0)) // it is the least again
			wantNoDraft(t, s, all[0])
			keep(t, s, draft("z", 0))
			wantNoDraft(t, s, all[n-store.DraftsKept])
			wantDraft(t, s, draft("z", 0))
			wantDraft(t, s, draft(all[n-1], 1))
		}},
		{"pruning leaves drafts alone", func(t *testing.T, s store.Store) {
			keep(t, s, draft("a", 0))
			dropped(t, s, "a")
			prune(t, s, at(1<<30), 10, 1)
			wantDraft(t, s, draft("a", 0))
		}},
	}
}
