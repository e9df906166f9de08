package bot

import (
	"context"
	"errors"
	"time"

	"dreambot/bot/reply"
	"dreambot/bot/rest"
	"dreambot/internal/secret"
	"dreambot/store"
)

// nonceLife is how long Discord surely knows a nonce ("the past few minutes").
// Source: discord-api-docs, resources/message#create-message.
const nonceLife = 2 * time.Minute

// sent is a new message in place of a reply that cannot be edited. Sent twice
// within minutes it is one message, by its nonce.
// Source: discord-api-docs, resources/message#create-message.
type sent struct {
	reply.Message
	Nonce        string     `json:"nonce"`
	EnforceNonce bool       `json:"enforce_nonce"`
	Reference    *reference `json:"message_reference,omitempty"`
}

// reference is the message that another one answers.
type reference struct {
	Message         string `json:"message_id"`
	FailIfNotExists bool   `json:"fail_if_not_exists"`
}

// send shows the end of a job by a message of its own.
func (e *Editor) send(ctx context.Context, j store.Job, by way) error {
	channel, answers, err := e.addressee(ctx, j, by)
	if err != nil {
		return e.refusal(ctx, j, by, reply.ScreenPlain, err)
	}
	drawn := j
	drawn.Upload = store.Upload{} // it stands on another message
	drawn.Route = routeOf(by)
	screen, files, done, err := e.screen(ctx, drawn, uploadLimit(drawn, by))
	if err != nil {
		return err
	}
	defer done()
	switch m, err := e.announce(ctx, j, channel); {
	case err != nil:
		return e.refusal(ctx, j, by, reply.ScreenPlain, err)
	case m.ID != "":
		return e.adopt(ctx, j, by, m)
	}
	m, err := e.REST.CreateMessage(ctx, channel, sent{
		Message: reply.Card(e.Catalog.For(j.Locale), drawn, screen),
		Nonce:   nonce(j, by), EnforceNonce: true, Reference: answers,
	}, files...)
	switch {
	case err != nil:
		return e.refusal(ctx, j, by, screen, err)
	case m.ID == "":
		return errors.New("an answer to a new message holds no message")
	}
	return e.adopt(ctx, j, by, m)
}

// nonce is another one for each way: Discord knows a nonce by its author, in
// whatever channel it was used.
func nonce(j store.Job, by way) string {
	if by == byDirect {
		return j.ID + "d"
	}
	return j.ID
}

// announce records that a message is about to be sent for the job. Where one
// was so long ago that its nonce may be forgotten, announce looks for it, and
// returns it if it stands.
func (e *Editor) announce(ctx context.Context, j store.Job, channel string) (rest.Message, error) {
	if j.PostedAt.IsZero() {
		at := time.Now().UTC()
		return rest.Message{}, e.update(ctx, j, func(now *store.Job) { now.PostedAt = at })
	}
	// A time to come was written before the clock was set back.
	if age := time.Since(j.PostedAt); age >= 0 && age < nonceLife {
		return rest.Message{}, nil
	}
	return e.find(ctx, j, channel)
}

func routeOf(by way) store.Route {
	if by == byDirect {
		return store.RouteDirect
	}
	return store.RoutePost
}

// addressee is the channel that a way's message goes to, and the message that
// it answers, if any.
func (e *Editor) addressee(ctx context.Context, j store.Job, by way) (channel string, answers *reference, err error) {
	if by == byDirect {
		channel, err = e.REST.DirectChannel(ctx, j.Member)
		return channel, nil, err
	}
	if j.Message != "" {
		answers = &reference{Message: j.Message}
	}
	return j.Channel, answers, nil
}

// adopt records the message that shows the job from now on.
func (e *Editor) adopt(ctx context.Context, j store.Job, by way, m rest.Message) error {
	return e.update(ctx, j, func(now *store.Job) {
		now.Shown = max(now.Shown, j.Revision)
		moved(now, by, m)
	})
}

// moved makes m the job's message, in place of its first reply.
func moved(now *store.Job, by way, m rest.Message) {
	now.Route, now.Posted, now.Message, now.Direct = routeOf(by), true, m.ID, ""
	if m.ChannelID != now.Channel {
		now.Direct = m.ChannelID
	}
	now.Origin.Token = secret.Text{} // it edits the first reply
	now.Upload = store.Upload{}      // it stands there
	keep(now, m)
}
