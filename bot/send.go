package bot

import (
	"context"
	"errors"
	"fmt"
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
	drawn := e.apart(ctx, j)
	drawn.Route = routeOf(by)
	d, err := e.draw(ctx, drawn, uploadLimit(drawn, by))
	if err != nil {
		return err
	}
	defer d.close()
	switch m, _, err := e.announce(ctx, j, channel); {
	case err != nil:
		return e.refusal(ctx, j, by, reply.ScreenPlain, err)
	case m.ID != "":
		return e.adopt(ctx, j, by, m, 0)
	}
	m, err := e.deliver(d, by, func() (rest.Message, error) {
		return e.REST.CreateMessage(ctx, channel, sent{
			Message: reply.Card(e.Catalog.For(j.Locale), d.job, d.screen),
			Nonce:   nonce(j, by), EnforceNonce: true, Reference: answers,
		}, d.files...)
	})
	switch {
	case err != nil:
		return e.refusal(ctx, j, by, d.screen, err)
	case m.ID == "":
		return errNoMessage
	}
	return e.adopt(ctx, j, by, m, d.length)
}

// errNoMessage is a success of Discord's that does not say which message it made.
var errNoMessage = errors.New("an answer to a new message holds no message")

// open sends the first message of a job that a reaction asked for: it answers
// the result, and its nonce is the job's id. Discord's no is no error, but there
// is no message then. shown is the revision that it shows; 0: not known, as an
// earlier try may have made it.
func (e *Editor) open(ctx context.Context, j store.Job) (message string, shown int64, err error) {
	m, first, err := e.announce(ctx, j, j.Channel)
	if err == nil && m.ID == "" {
		if m, err = e.begin(ctx, j); err == nil && m.ID == "" {
			err = errNoMessage
		}
	}
	switch {
	case denialToBot(err) != nil:
		e.Log.Warn("Discord refused the message of a job that a reaction asked for", "job", j, "err", err)
		e.Metrics.Edit("refused")
		return "", 0, nil
	case err != nil:
		return "", 0, fmt.Errorf("send the message of a job that a reaction asked for: %w", err)
	case first:
		shown = j.Revision
	}
	return m.ID, shown, nil
}

// begin sends the message of open. Pictures that were given go up with its first
// edit: the tracker waits for this.
func (e *Editor) begin(ctx context.Context, j store.Job) (rest.Message, error) {
	m := sent{Message: reply.Card(e.Catalog.For(j.Locale), e.apart(ctx, j), reply.ScreenUpload), Nonce: j.ID, EnforceNonce: true}
	if !j.Back.IsZero() && j.Back.Channel == j.Channel {
		m.Reference = &reference{Message: j.Back.Message}
	}
	made, err := e.REST.CreateMessage(ctx, j.Channel, m)
	if no := denialToBot(err); no != nil && no.Code == codeCannotAnswer && m.Reference != nil {
		m.Reference = nil
		made, err = e.REST.CreateMessage(ctx, j.Channel, m)
	}
	return made, err
}

// nonce is another one for each way: Discord knows a nonce by its author, in
// whatever channel it was used, and after the message was deleted too. The job's
// id is that of the first message, where the bot sends that.
func nonce(j store.Job, by way) string {
	switch {
	case by == byDirect:
		return j.ID + "d"
	case j.Reaction:
		return j.ID + "p"
	}
	return j.ID
}

// announce records that a message is about to be sent for the job, and reports
// whether it is the first try. Where one was so long ago that its nonce may be
// forgotten, announce looks for it, and returns it if it stands.
func (e *Editor) announce(ctx context.Context, j store.Job, channel string) (m rest.Message, first bool, err error) {
	now := e.Now()
	if j.PostedAt.IsZero() {
		at := now.UTC()
		after, err := e.record(ctx, j, func(now *store.Job) {
			if now.PostedAt.IsZero() {
				now.PostedAt = at
			}
		})
		if err != nil || after.PostedAt.Equal(at) {
			return rest.Message{}, err == nil, err
		}
		j.PostedAt = after.PostedAt // another has tried meanwhile
	}
	// A time to come was written before the clock was set back.
	if age := now.Sub(j.PostedAt); age >= 0 && age < nonceLife {
		return rest.Message{}, false, nil
	}
	m, err = e.find(ctx, j, channel)
	return m, false, err
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
func (e *Editor) adopt(ctx context.Context, j store.Job, by way, m rest.Message, length time.Duration) error {
	return e.update(ctx, j, func(now *store.Job) {
		now.Shown = max(now.Shown, j.Revision)
		e.moved(now, j, by, m, length)
	})
}

// moved makes m the job's message, in place of its first reply. was is the job as
// m shows it, and length that of a video that was uploaded with it.
func (e *Editor) moved(now *store.Job, was store.Job, by way, m rest.Message, length time.Duration) {
	now.Route, now.Posted, now.Message, now.Direct = routeOf(by), true, m.ID, ""
	if m.ChannelID != now.Channel {
		now.Direct = m.ChannelID
	}
	now.Origin.Token = secret.Text{} // it edits the first reply
	forgetFiles(now)                 // they stand there
	e.keep(now, m, length)
	now.Invitation = store.InvitationNone
	e.wishInvitation(now, was)
}
