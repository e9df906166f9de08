package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"dreambot/bot/reply"
	"dreambot/store"
)

// history is /history and its pages: the member's own dreams here, the newest
// first.
type history struct{ *Set }

func (h *history) definition() Definition {
	return h.define("history", h.option(optionString, "job", ""))
}

func (h *history) run(ctx context.Context, in Interaction) (Answer, error) {
	if id := strings.TrimSpace(in.Options["job"].Text); id != "" {
		j, err := h.visible(ctx, in, id)
		if errors.Is(err, store.ErrNotFound) {
			return Answer{}, refuse("refusal.video.unknown")
		}
		if err != nil {
			return Answer{}, err
		}
		return h.show(ctx, in, j)
	}
	return h.page(ctx, in, 0)
}

// press turns to another page.
func (h *history) press(ctx context.Context, in Interaction, a reply.Action, _ store.Job) (Answer, error) {
	answer, err := h.page(ctx, in, a.Page)
	answer.Replace = true
	return answer, err
}

func (h *history) submit(context.Context, Interaction, reply.Action, store.Job) (Answer, error) {
	return Answer{}, refuse("refusal.unknown")
}

// page lists the dreams of a page. Those before it are passed over one by one,
// which MaxPages bounds.
func (h *history) page(ctx context.Context, in Interaction, page int) (Answer, error) {
	first := page * reply.DreamsPerPage
	want := first + reply.DreamsPerPage + 1 // one more says whether there are more
	q := store.Query{Member: in.Member, Guild: in.Guild, Limit: min(want, store.MaxPage)}
	var own []store.Job
	for range maxLists {
		list, err := h.Store.List(ctx, q)
		if err != nil {
			return Answer{}, fmt.Errorf("list a member's jobs: %w", err)
		}
		for _, j := range list.Jobs {
			// What was never answered, nobody has seen.
			if !j.Removed && j.Answered() {
				own = append(own, j)
			}
		}
		if q.Cursor = list.Next; q.Cursor == "" || len(own) >= want {
			break
		}
	}
	own = own[min(first, len(own)):]
	more := len(own) > reply.DreamsPerPage
	m := reply.History(h.Catalog.For(in.Locale), own[:min(len(own), reply.DreamsPerPage)], page, more)
	return Answer{Notice: &m}, nil
}

// maxLists bounds how many parts of the list a page is looked for in.
const maxLists = 2 * reply.MaxPages * reply.DreamsPerPage / store.MaxPage

// show is the Show button: the job's card once more, for who asks.
type show struct {
	*Set
	pressOnly
}

func (s *show) press(ctx context.Context, in Interaction, _ reply.Action, j store.Job) (Answer, error) {
	return s.show(ctx, in, j)
}

// linkLimit bounds each look-up of a video before an answer is due.
const linkLimit = 1100 * time.Millisecond

// show draws a job as it stands, wherever its message is or was. The video is
// the one on its message, or else Luma's own.
func (s *Set) show(ctx context.Context, in Interaction, j store.Job) (Answer, error) {
	j.Video.URL = s.address(ctx, j)
	for _, p := range []*store.Picture{&j.Image, &j.EndImage} {
		if !p.Works(s.Now()) {
			*p = store.Picture{}
		}
	}
	m := reply.Copy(s.Catalog.For(in.Locale), j)
	return Answer{Notice: &m}, nil
}

// address is where the job's video can be seen now; empty: nowhere.
func (s *Set) address(ctx context.Context, j store.Job) string {
	if j.State != store.StateCompleted {
		return ""
	}
	for _, look := range []func(context.Context, store.Job) (string, error){s.Replies.VideoURL, s.Submitter.Link} {
		asking, cancel := context.WithTimeout(ctx, linkLimit)
		address, err := look(asking, j)
		cancel()
		if err != nil {
			s.Log.Warn("a video cannot be looked up", "job", j, "err", err)
		}
		if address != "" {
			return address
		}
	}
	return ""
}
