package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// sharing is the gallery: sharing a prompt, finding others', using them.
func (s *Set) sharing() part {
	sh, p := &share{Set: s}, &prompts{Set: s}
	return part{[]command{sh, p, &profile{s}}, map[reply.Verb]action{
		reply.ActionShare:    sh,
		reply.ActionWithdraw: &withdraw{Set: s},
		reply.ActionGallery:  p,
		reply.ActionUse:      &use{s, reply.ActionUse},
		reply.ActionReuse:    &use{s, reply.ActionReuse},
	}}
}

// inServer reports whether the person is in a server that the bot is in, too: only
// there is anything shared.
func (in Interaction) inServer() bool { return in.Guild != "" && !in.Guest }

// share is /share and the Share button: a member's own result enters the gallery
// of its server.
type share struct {
	*Set
	pressOnly
}

func (s *share) definition() Definition {
	return s.defineInServers("share", 0, s.videoOption("video", "option.video.share"))
}

func (s *share) run(ctx context.Context, in Interaction) (Answer, error) {
	if !in.inServer() {
		return Answer{}, refuse("refusal.server")
	}
	j, err := s.chosenVideo(ctx, in, "refusal.share.none")
	if err != nil {
		return Answer{}, err
	}
	return s.share(ctx, in, j)
}

func (s *share) press(ctx context.Context, in Interaction, _ reply.Action, j store.Job) (Answer, error) {
	return s.share(ctx, in, j)
}

// complete suggests the member's own videos, as only those can be shared.
func (s *share) complete(ctx context.Context, in Interaction) ([]Choice, error) {
	if !in.inServer() {
		return nil, nil
	}
	jobs, err := s.completed(ctx, store.Query{Member: in.Member, Guild: in.Guild}, store.MaxPage)
	if err != nil {
		return nil, err
	}
	typed := strings.ToLower(strings.TrimSpace(in.Options["video"].Text))
	var choices []Choice
	for _, j := range jobs {
		if len(choices) == maxChoices {
			break
		}
		if j.Upload.ID != "" && (strings.Contains(strings.ToLower(j.Prompt), typed) || strings.HasPrefix(j.ID, typed)) {
			choices = append(choices, Choice{Name: videoName(j), Value: j.ID})
		}
	}
	return choices, nil
}

// share puts a job into the gallery. That it is there already is told to those who
// may withdraw it.
func (s *share) share(ctx context.Context, in Interaction, j store.Job) (Answer, error) {
	if !in.inServer() || j.Guild != in.Guild {
		return Answer{}, refuse("refusal.server")
	}
	switch shared, err := s.Community.Store.Prompt(ctx, in.Guild, j.ID); {
	case err == nil:
		if err := s.mayWithdraw(ctx, in, shared); err != nil {
			return Answer{}, refuse("refusal.share.not_yours")
		}
		return s.told(ctx, in, shared, true)
	case !errors.Is(err, community.ErrNotFound):
		return Answer{}, fmt.Errorf("look for job %s in the gallery: %w", j.ID, err)
	}
	j, err := s.recorded(ctx, j)
	if err != nil {
		return Answer{}, err
	}
	if err := s.shareable(ctx, in, j); err != nil {
		return Answer{}, err
	}
	shared, err := s.Community.Share(ctx, j)
	switch {
	case errors.Is(err, community.ErrExists): // pressed twice at once
		if shared, err = s.Community.Store.Prompt(ctx, in.Guild, j.ID); err != nil {
			return Answer{}, fmt.Errorf("read shared prompt %s: %w", j.ID, err)
		}
		return s.told(ctx, in, shared, true)
	case errors.Is(err, community.ErrNotVideo):
		return Answer{}, refuse("refusal.share.no_video")
	case errors.Is(err, community.ErrConflict):
		return Answer{}, refuse("refusal.share.leaving")
	case err != nil:
		return Answer{}, fmt.Errorf("share job %s: %w", j.ID, err)
	}
	return s.told(ctx, in, shared, false)
}

// Bounds of waiting until it is noted what a result shows.
const (
	recordLimit = 1500 * time.Millisecond // an answer is due within three seconds
	recordPause = 50 * time.Millisecond   // between two looks
)

// recorded returns a completed job as it stands once its video is noted: people see
// the result a moment before Discord has told the bot which file it is.
func (s *share) recorded(ctx context.Context, j store.Job) (store.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, recordLimit)
	defer cancel()
	for j.State == store.StateCompleted && j.Upload.ID == "" && j.Shown != j.Revision {
		select {
		case <-ctx.Done():
			return j, nil
		case <-time.After(recordPause):
		}
		now, err := s.Store.Get(ctx, j.ID)
		if ctx.Err() != nil {
			return j, nil // it took too long, which is no fault
		}
		if err != nil {
			return j, fmt.Errorf("read job %s again: %w", j.ID, err)
		}
		j = now
	}
	return j, nil
}

// shareable says why a job cannot be shared by who asks for it.
func (s *share) shareable(ctx context.Context, in Interaction, j store.Job) error {
	switch {
	case j.Member != in.Member:
		return refuse("refusal.share.not_yours")
	case !j.State.Final():
		return refuse("refusal.share.unfinished")
	case j.State != store.StateCompleted:
		return refuse("refusal.share.failed")
	case !community.Shareable(j):
		return refuse("refusal.share.no_video")
	}
	rules, err := s.rules(ctx, in.Guild, in.Guest)
	if err != nil {
		return err
	}
	// Where and by whom one may dream was asked when this was dreamed.
	var denied *community.Denied
	if err := (community.Settings{Unwanted: rules.Unwanted}).Allow(community.Wish{Text: j.Prompt}); errors.As(err, &denied) {
		return refuse("refusal.share.word", i18n.Args{"Word": reply.Covered(denied.Word)})
	}
	return nil
}

// told says that a prompt is shared, and what it takes part in.
func (s *share) told(ctx context.Context, in Interaction, shared community.Prompt, already bool) (Answer, error) {
	of := reply.Sharing{Prompt: shared, Already: already}
	if shared.Contest != "" {
		c, err := s.Community.Store.Contest(ctx, shared.Contest)
		if err != nil && !errors.Is(err, community.ErrNotFound) {
			return Answer{}, fmt.Errorf("read contest %s: %w", shared.Contest, err)
		}
		of.Contest = c
	}
	m := reply.Shared(s.Catalog.For(in.Locale), of)
	return Answer{Notice: &m}, nil
}

// withdraw is the Withdraw button: a prompt leaves the gallery.
type withdraw struct {
	*Set
	pressOnly
}

func (w *withdraw) press(ctx context.Context, in Interaction, a reply.Action, _ store.Job) (Answer, error) {
	shared, err := w.shared(ctx, in, a.Job)
	if err != nil {
		return Answer{}, err
	}
	if err := w.mayWithdraw(ctx, in, shared); err != nil {
		return Answer{}, err
	}
	err = w.Community.Withdraw(ctx, in.Guild, shared.ID)
	// Somebody else was faster: it is withdrawn all the same.
	if err != nil && !errors.Is(err, community.ErrNotFound) {
		return Answer{}, fmt.Errorf("withdraw shared prompt %s: %w", shared.ID, err)
	}
	m := reply.Withdrawn(w.Catalog.For(in.Locale))
	return Answer{Notice: &m, Replace: !in.Open}, nil
}

// shared is a prompt of the gallery of this server; no other is ever found.
func (s *Set) shared(ctx context.Context, in Interaction, id string) (community.Prompt, error) {
	if !in.inServer() {
		return community.Prompt{}, refuse("refusal.server")
	}
	shared, err := s.Community.Store.Prompt(ctx, in.Guild, id)
	if errors.Is(err, community.ErrNotFound) {
		return community.Prompt{}, refuse("refusal.shared.gone")
	}
	if err != nil {
		return community.Prompt{}, fmt.Errorf("read shared prompt %q: %w", id, err)
	}
	return shared, nil
}

// mayWithdraw refuses those who may not withdraw a prompt: all but its author and
// who may manage messages where it stands. To do so in some channel of their own
// is no right over the whole gallery.
func (s *Set) mayWithdraw(ctx context.Context, in Interaction, shared community.Prompt) error {
	switch {
	case in.Member == shared.Author:
		return nil
	case !has(in.Permissions, permissionManageMessages):
		return refuse("refusal.shared.rights")
	case has(in.Permissions, permissionManageServer), in.Channel == shared.Result.Channel, in.Channel == shared.Post.Spot().Channel:
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, linkLimit)
	defer cancel()
	permissions, err := s.Rights.Permissions(asking, in.Guild, shared.Result.Channel, Member{ID: in.Member, Roles: in.Roles})
	if err != nil {
		// Such as that the channel is gone: then only the server's managers are left.
		s.Log.Warn("the rights of a moderator cannot be looked up", "guild", in.Guild, "channel", shared.Result.Channel, "err", err)
	}
	if err != nil || !has(permissions, permissionManageMessages) {
		return refuse("refusal.shared.rights")
	}
	return nil
}
