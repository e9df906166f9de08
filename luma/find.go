package luma

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"dreambot/internal/money"
)

// The bounds of looking through a list.
const (
	findLimit = 100     // generations of one page
	findPages = 20      // that are looked through
	maxPage   = 8 << 20 // bytes of one page that are read: a hundred of the longest prompts, escaped
)

var errNoList = errors.New("the answer holds no list of generations")

// Find returns the generations that the service accepted from one time to another
// and that ask for what r does, the oldest first: what became of a Create whose
// answer was lost. Where r has a CallbackURL, a generation that names it asks for
// what r does, and one that names another does not. Without it, an upscale or a
// sound found can be one of another source, since a list does not name that. Where the dialect has
// no list, that is ErrInvalidRequest; where there is more than can be looked through
// (2,000 generations), ErrUnavailable. It is free; each page is asked for as a Get
// is. Every error is an *Error.
func (c *Client) Find(ctx context.Context, r Request, from, to time.Time) ([]Generation, error) {
	l, ok := c.dialect.(lister)
	if !ok {
		return nil, refuse(opFind, errors.New("the dialect has no list"))
	}
	if r.Kind == "" {
		r.Kind = KindCreate
	}
	s := search{client: c, list: l, request: r, from: from, to: to, seen: map[string]bool{}}
	for range findPages {
		if err := s.page(ctx); err != nil {
			return nil, err
		}
		if s.over {
			// The list has the newest first.
			slices.Reverse(s.found)
			slices.SortStableFunc(s.found, func(a, b Generation) int { return a.CreatedAt.Compare(b.CreatedAt) })
			return s.found, nil
		}
	}
	return nil, &Error{Op: opFind, Kind: ErrUnavailable, Err: fmt.Errorf("the list has more than %d generations to look through", s.offset)}
}

// search is a Find under way.
type search struct {
	client   *Client
	list     lister
	request  Request
	from, to time.Time

	offset int             // of the next page
	seen   map[string]bool // ids; what is created meanwhile moves the list on, and some come twice
	last   time.Time       // of the generation before the next page
	falls  bool            // two generations came one after the other, the newer first
	rises  bool            // the older first
	found  []Generation
	over   bool // what comes behind cannot be within the time
}

// page looks through the next page.
func (s *search) page(ctx context.Context) error {
	c := s.client
	var entries []object
	var more bool
	if err := c.query(ctx, exchange{op: opFind, call: s.list.list(s.offset, findLimit), most: maxPage, read: func(body []byte) (err error) {
		entries, more, err = s.list.listed(body, findLimit)
		return err
	}}); err != nil {
		return err
	}
	older := len(entries) > 0
	for _, entry := range entries {
		g := c.dialect.reading().generation([]object{entry})
		older = older && !g.CreatedAt.IsZero() && g.CreatedAt.Before(s.from)
		if g.CreatedAt.IsZero() || checkID(g.ID) != nil {
			continue
		}
		s.falls = s.falls || g.CreatedAt.Before(s.last)
		s.rises = s.rises || !s.last.IsZero() && g.CreatedAt.After(s.last)
		s.last = g.CreatedAt
		if s.seen[g.ID] {
			continue
		}
		s.seen[g.ID] = true
		if !g.CreatedAt.Before(s.from) && !g.CreatedAt.After(s.to) && s.list.asks(entry, s.request) {
			if g.State == "" {
				g.State = StateDreaming
			}
			g.Cause = c.key.tidy(g.Cause)
			s.found = append(s.found, g)
		}
	}
	s.offset += len(entries)
	s.over = !more || len(entries) == 0 || older && s.falls && !s.rises
	return nil
}

// Balance asks, for free, what the account holds; it can be below 0. Where the
// dialect does not tell, that is ErrInvalidRequest. It is asked for as a Get is.
// Every error is an *Error.
func (c *Client) Balance(ctx context.Context) (money.Amount, error) {
	b, ok := c.dialect.(banker)
	if !ok {
		return 0, refuse(opBalance, errors.New("the dialect tells no balance"))
	}
	var held money.Amount
	err := c.query(ctx, exchange{op: opBalance, call: b.balance(), most: maxBody, read: func(body []byte) (err error) {
		held, err = b.held(body)
		return err
	}})
	if err != nil {
		return 0, err
	}
	return held, nil
}
