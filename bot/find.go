package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"dreambot/bot/reply"
	"dreambot/bot/rest"
	"dreambot/store"
)

// Bounds of looking for a message in its channel.
const (
	searchPage  = 100             // messages; Discord's most
	searchPages = 20              // for one that was sent
	clockSkew   = 5 * time.Minute // that this machine's clock may be ahead of Discord's
)

// Reply makes sure that the job's first message stands, as tracker.Notifier
// says: one that a reaction asked for is sent, and the reply to an interaction is
// looked up. shown is the revision that the message shows; 0: not known.
func (e *Editor) Reply(ctx context.Context, j store.Job) (message string, shown int64, err error) {
	if j.Reaction {
		return e.open(ctx, j)
	}
	message, err = e.lookUp(ctx, j)
	return message, 0, err
}

// lookUp finds the reply to the job's interaction. Where the token is over it is
// looked for in the channel, unless the bot is no more than a guest there. What
// stands there may be another answer, a notice or the card of another job: then
// this one has no reply.
func (e *Editor) lookUp(ctx context.Context, j store.Job) (string, error) {
	if j.Origin.Token.IsZero() {
		return e.replyInChannel(ctx, j)
	}
	m, err := e.REST.Original(ctx, origin(j))
	var no *rest.Error
	switch {
	case errors.As(err, &no) && no.Status == http.StatusUnauthorized:
		return e.replyInChannel(ctx, j)
	case denial(err) != nil && errors.As(err, &no) && no.Status == http.StatusNotFound:
		return "", nil // never answered, or deleted
	case err != nil:
		return "", fmt.Errorf("look up the first reply: %w", err)
	case m.Flags&reply.FlagEphemeral != 0 && !j.Guest, !m.Says(j.ID):
		return "", nil // Discord hides a guest's answers in some places
	}
	return m.ID, nil
}

// replyInChannel finds the reply among what came first after its interaction:
// it came within seconds of it.
func (e *Editor) replyInChannel(ctx context.Context, j store.Job) (string, error) {
	if j.Guest {
		return "", nil // it could not be edited any more, if it stands
	}
	list, err := e.REST.MessagesAfter(ctx, j.Channel, j.Origin.Interaction, searchPage)
	if denialToBot(err) != nil {
		return "", nil // nothing could be shown there
	}
	if err != nil {
		return "", fmt.Errorf("look for the first reply in its channel: %w", err)
	}
	for _, m := range list {
		if m.Interaction.ID == j.Origin.Interaction && m.Says(j.ID) {
			return m.ID, nil
		}
	}
	return "", nil
}

// find looks for the message that was sent for the job, whose answer was
// lost; a zero one where there is none. Answers to interactions are not what
// it looks for, as the first reply is one, nor what the job has already.
func (e *Editor) find(ctx context.Context, j store.Job, channel string) (rest.Message, error) {
	after := newer(j.Origin.Interaction, snowflake(j.PostedAt.Add(-clockSkew)))
	return search(ctx, e.REST, channel, after, func(m rest.Message) bool {
		return m.ID != j.Message && shows(m, j.ID)
	})
}

// search looks for a message that a bot has sent to a channel, other than as an
// answer to an interaction, among what came after an id; a zero one where there is
// none.
func search(ctx context.Context, client *rest.Client, channel, after string, is func(rest.Message) bool) (rest.Message, error) {
	for range searchPages {
		list, err := client.MessagesAfter(ctx, channel, after, searchPage)
		if err != nil {
			return rest.Message{}, fmt.Errorf("look for the message that was sent: %w", err)
		}
		for _, m := range list {
			if m.Author.Bot && m.Interaction.ID == "" && is(m) {
				if m.ChannelID == "" {
					m.ChannelID = channel
				}
				return m, nil
			}
			after = newer(after, m.ID)
		}
		if len(list) < searchPage {
			break
		}
	}
	return rest.Message{}, nil
}

// shows reports whether the message is a card of the job, by its buttons. The
// question whether to remove it has buttons of the job too, and a post in the
// showcase has some of what was shared of it.
func shows(m rest.Message, job string) bool {
	return offers(m, func(a reply.Action) bool {
		return a.Job == job && a.Verb.OfJob() && a.Verb != reply.ActionRemove && a.Verb != reply.ActionKeep
	})
}

// offers reports whether the message has a button for such an action.
func offers(m rest.Message, such func(reply.Action) bool) bool {
	for _, id := range m.CustomIDs() {
		if a, err := reply.ParseAction(id); err == nil && such(a) {
			return true
		}
	}
	return false
}

// snowflake is the least id that Discord gives at a time.
// Source: discord-api-docs, reference#snowflakes.
func snowflake(t time.Time) string {
	const epoch = 1420070400000 // ms; the first second of 2015
	return strconv.FormatInt(max(t.UnixMilli()-epoch, 0)<<22, 10)
}

// newer is the greater of two ids: decimal numbers without leading zeros.
func newer(a, b string) string {
	if len(a) > len(b) || len(a) == len(b) && a > b {
		return a
	}
	return b
}
