package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"dreambot/bot/reply"
	"dreambot/bot/rest"
	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// ShowcaseConfig is what a Showcase needs. Jobs, REST and Catalog are required.
type ShowcaseConfig struct {
	Jobs    store.Store
	REST    *rest.Client
	Catalog *i18n.Catalog
	// Loopback allows videos from this machine over plain http.
	Loopback bool
	Now      func() time.Time // of nonces; nil: time.Now
	Log      *slog.Logger
}

// Showcase shows what is shared in the channels of its servers. It is what a
// community.Poster is at Discord.
type Showcase struct {
	ShowcaseConfig
	fetch *fetcher
}

// NewShowcase returns a showcase. Close ends it.
func NewShowcase(c ShowcaseConfig) *Showcase {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Showcase{ShowcaseConfig: c, fetch: newFetcher(c.Loopback)}
}

// Close gives up idle connections.
func (s *Showcase) Close() { s.fetch.close() }

// Post sends the post of a prompt, as community.Poster says, with its video as a
// file of its own: the result can be deleted, and Luma's link expires. Then the
// bot's own vote is put under it, which one click joins.
func (s *Showcase) Post(ctx context.Context, p community.Prompt, rules community.Settings) (store.Spot, store.Upload, error) {
	m, err := s.sent(ctx, p.Post.Channel, p.Post.TriedAt, func(m rest.Message) bool { return exhibits(m, p.ID) })
	var length time.Duration
	if err == nil && m.ID == "" {
		m, length, err = s.send(ctx, p, rules)
	}
	if err != nil {
		return store.Spot{}, store.Upload{}, final(err)
	}
	if err := s.REST.AddReaction(ctx, p.Post.Channel, m.ID, commands.VoteEmoji); err != nil {
		if denialToBot(err) == nil {
			return store.Spot{}, store.Upload{}, fmt.Errorf("invite to vote: %w", err)
		}
		s.Log.Warn("Discord does not let the bot react to a post", "prompt", p.ID, "channel", p.Post.Channel, "err", err)
	}
	a, _ := m.File(reply.FileName(store.Job{ID: p.ID}))
	if length == 0 {
		length = p.Length
	}
	return store.Spot{Channel: p.Post.Channel, Message: m.ID},
		store.Upload{ID: a.ID, Name: a.Filename, Size: a.Size, Length: length}, nil
}

// send sends the post. length is the video's, where it is known.
func (s *Showcase) send(ctx context.Context, p community.Prompt, rules community.Settings) (m rest.Message, length time.Duration, err error) {
	hidden := p.Spoiler || rules.Hides(p.Post.Channel, "")
	if !hidden && rules.Spoiler == community.SpoilerChannels {
		c, err := s.REST.Channel(ctx, p.Post.Channel) // which may be a thread
		if err != nil {
			return rest.Message{}, 0, fmt.Errorf("read channel %s: %w", p.Post.Channel, err)
		}
		hidden = rules.Hides(p.Post.Channel, parentOf(c))
	}
	locale := rules.Language
	j, err := s.Jobs.Get(ctx, p.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // which was long ago, then
		return rest.Message{}, 0, fmt.Errorf("read the job of prompt %s: %w", p.ID, err)
	}
	if locale == "" {
		locale = j.Locale
	}
	video, err := s.video(ctx, p, j)
	if err != nil {
		return rest.Message{}, 0, err
	}
	defer video.close()
	m, err = s.REST.CreateMessage(ctx, p.Post.Channel, sent{
		Message: reply.Showcase(s.Catalog.For(locale), p, hidden),
		Nonce:   p.ID + "g", EnforceNonce: true,
	}, video.upload(reply.FileName(store.Job{ID: p.ID})))
	if err == nil && m.ID == "" {
		err = errNoMessage
	}
	return m, video.length, err
}

// video fetches the video of a prompt from its result, or else from Luma, who may
// have it still.
func (s *Showcase) video(ctx context.Context, p community.Prompt, j store.Job) (*download, error) {
	m, err := s.REST.Message(ctx, p.Result.Channel, p.Result.Message)
	if err != nil && denialToBot(err) == nil {
		return nil, fmt.Errorf("read the address of the video of prompt %s: %w", p.ID, err)
	}
	a, _ := m.File(p.Video.Name)
	address := a.URL
	if address == "" {
		address = j.Video.URL
	}
	if address == "" {
		return nil, fmt.Errorf("the video of prompt %s stands nowhere: %w", p.ID, community.ErrRefused)
	}
	d, err := s.fetch.fetch(ctx, s.fetch.videos, address, max(p.Video.Size, directLimit))
	if errors.Is(err, errTooLarge) || errors.Is(err, errNever) {
		err = fmt.Errorf("%w: %w", err, community.ErrRefused)
	}
	return d, err
}

// Unpost deletes the post of a prompt, as community.Poster says.
func (s *Showcase) Unpost(ctx context.Context, p community.Prompt) error {
	id := p.Post.Message
	if id == "" {
		m, err := search(ctx, s.REST, p.Post.Channel, snowflake(p.Post.TriedAt.Add(-clockSkew)), func(m rest.Message) bool { return exhibits(m, p.ID) })
		if err != nil || m.ID == "" {
			return final(err)
		}
		id = m.ID
	}
	err := s.REST.DeleteMessage(ctx, p.Post.Channel, id)
	if no := denialToBot(err); no != nil && (no.Code == rest.CodeUnknownMessage || no.Code == rest.CodeUnknownChannel) {
		return nil
	}
	return final(err)
}

// exhibits reports whether the message is the post of a prompt, by its buttons.
func exhibits(m rest.Message, prompt string) bool {
	return offers(m, func(a reply.Action) bool { return a.Verb == reply.ActionUse && a.Job == prompt })
}

// Announce sends the announcement of a contest, as community.Poster says. It
// answers the message that the contest was begun with, where that stands.
func (s *Showcase) Announce(ctx context.Context, c community.Contest) (string, error) {
	m, err := s.sent(ctx, c.Channel, c.TriedAt, func(m rest.Message) bool { return m.Says(c.ID) })
	if err == nil && m.ID == "" {
		news := sent{Message: reply.ContestOver(s.Catalog.For(c.Locale), c), Nonce: c.ID + "w", EnforceNonce: true}
		if c.Message != "" {
			news.Reference = &reference{Message: c.Message}
		}
		m, err = s.REST.CreateMessage(ctx, c.Channel, news)
		if no := denialToBot(err); no != nil && no.Code == codeCannotAnswer && news.Reference != nil {
			news.Reference = nil
			m, err = s.REST.CreateMessage(ctx, c.Channel, news)
		}
		if err == nil && m.ID == "" {
			err = errNoMessage
		}
	}
	return m.ID, final(err)
}

// sent looks for a message that was sent so long ago that its nonce may be
// forgotten; a zero one where it is to be sent.
func (s *Showcase) sent(ctx context.Context, channel string, tried time.Time, is func(rest.Message) bool) (rest.Message, error) {
	// A time to come was written before the clock was set back.
	if age := s.Now().Sub(tried); age >= 0 && age < nonceLife {
		return rest.Message{}, nil
	}
	return search(ctx, s.REST, channel, snowflake(tried.Add(-clockSkew)), is)
}

// final marks Discord's no as one.
func final(err error) error {
	if denialToBot(err) != nil {
		return fmt.Errorf("%w: %w", community.ErrRefused, err)
	}
	return err
}
