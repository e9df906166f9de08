package tracker_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambot/internal/money"
	"dreambot/luma"
)

// mood is how a moody Luma answers for a while.
type mood int

const (
	well mood = iota
	down
	inTrouble
	silent
	noKey
	noBalance
	tooMany
	firewall
	moods
)

// moody is a Luma whose answers a seed decides. It remembers what it took.
type moody struct {
	t *testing.T

	mu     sync.Mutex
	rand   *rand.Rand
	mood   mood
	lists  bool            // what it has accepted
	silent bool            // of addresses at which it calls back
	twins  bool            // requests alike are no error
	taken  []entry         // accepted; the nth has the id gen-n
	maybe  map[string]bool // sent, and nobody told the caller that it was not accepted
}

func (l *moody) feel(m mood) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mood = m
}

// key tells requests apart, as far as they are.
func key(r luma.Request) string { return r.Prompt + " " + r.CallbackURL }

// took returns the generations that were accepted of a prompt.
func (l *moody) took(prompt string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for _, e := range l.taken {
		if e.request.Prompt == prompt {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// chance is true once in n times. It needs mu.
func (l *moody) chance(n int) bool { return l.rand.IntN(n) == 0 }

// refusal is what all calls come to in a mood; nil where that is good.
func (m mood) refusal(op string) *luma.Error {
	switch m {
	case down:
		return &luma.Error{Op: op, Kind: luma.ErrUnavailable}
	case inTrouble:
		return &luma.Error{Op: op, Status: 503, Kind: luma.ErrUnavailable, Uncertain: op == "create"}
	case silent:
		return &luma.Error{Op: op, Kind: luma.ErrUnavailable, Uncertain: op == "create"}
	case noKey:
		return &luma.Error{Op: op, Status: 401, Kind: luma.ErrUnauthorized}
	case noBalance:
		if op == "create" {
			return &luma.Error{Op: op, Status: 403, Kind: luma.ErrInsufficientQuota}
		}
	case tooMany:
		return &luma.Error{Op: op, Status: 429, Kind: luma.ErrRateLimited, RetryAfter: 20 * time.Second}
	case firewall:
		return &luma.Error{Op: op, Status: 403, Kind: luma.ErrForbidden}
	}
	return nil
}

func (l *moody) Create(ctx context.Context, r luma.Request) (luma.Generation, error) {
	l.mu.Lock()
	if l.maybe[key(r)] && !l.twins {
		l.t.Errorf("job %s is sent again, though it may have been accepted", key(r))
	}
	l.maybe[key(r)] = true
	way := time.Duration(l.rand.IntN(4000)) * time.Millisecond
	if l.mood == silent {
		way = 90 * time.Second
	}
	l.mu.Unlock()
	select {
	case <-ctx.Done(): // on its way, and then it arrives or it does not
	case <-time.After(way):
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fail := l.mood.refusal("create")
	if ctx.Err() != nil {
		fail = &luma.Error{Op: "create", Kind: luma.ErrUnavailable, Uncertain: true}
	}
	if fail != nil && (!fail.Uncertain || !l.chance(2)) {
		if !fail.Uncertain {
			l.maybe[key(r)] = false
		}
		return luma.Generation{}, fail
	}
	lag := time.Duration(0)
	if l.chance(3) {
		lag = time.Duration(l.rand.IntN(50)) * time.Second
	}
	now := time.Now()
	g := luma.Generation{ID: fmt.Sprint("gen-", len(l.taken)), State: luma.StateQueued, CreatedAt: now}
	l.taken = append(l.taken, entry{g, r, now.Add(lag)})
	if fail != nil {
		return luma.Generation{}, fail
	}
	return g, nil
}

func (l *moody) Find(_ context.Context, r luma.Request, from, to time.Time) ([]luma.Generation, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.lists {
		l.t.Error("there is no list to look into")
	}
	if fail := l.mood.refusal("find"); fail != nil {
		return nil, fail
	}
	if l.chance(10) {
		return nil, err503
	}
	var fits []luma.Generation
	for _, e := range l.taken {
		if e.matches(r, l.silent) && !e.CreatedAt.Before(from) && !e.CreatedAt.After(to) && !time.Now().Before(e.listed) {
			fits = append(fits, e.Generation)
		}
	}
	return fits, nil
}

func (l *moody) Balance(context.Context) (money.Amount, error) { return 0, nil }

func (l *moody) Get(_ context.Context, id string) (luma.Generation, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if fail := l.mood.refusal("get"); fail != nil {
		return luma.Generation{}, fail
	}
	if strings.HasSuffix(id, "7") { // never comes to its end
		return luma.Generation{ID: id, State: luma.StateDreaming}, nil
	}
	if l.chance(10) {
		return luma.Generation{}, err503
	}
	n, err := strconv.Atoi(strings.TrimPrefix(id, "gen-"))
	switch {
	case err != nil || n >= len(l.taken):
		l.t.Errorf("%s is asked for and was never accepted", id)
		return luma.Generation{}, &luma.Error{Op: "get", Status: 404, Kind: luma.ErrNotFound}
	case time.Since(l.taken[n].CreatedAt) > 90*time.Second:
		return done(id)
	}
	return luma.Generation{ID: id, State: luma.StateDreaming}, nil
}

func (l *moody) Ping(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if fail := l.mood.refusal("ping"); fail != nil {
		return fail
	}
	return nil
}
