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

// Reply looks up whether the job's first reply stands, as tracker.Notifier
// says. Where the token is over it is looked for in the channel. What stands
// there may be another answer, a notice or the card of another job: then this
// one has no reply.
func (e *Editor) Reply(ctx context.Context, j store.Job) (string, error) {
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
	case m.Flags&reply.FlagEphemeral != 0, !m.Says(j.ID):
		return "", nil
	}
	return m.ID, nil
}

// replyInChannel finds the reply among what came first after its interaction:
// it came within seconds of it.
func (e *Editor) replyInChannel(ctx context.Context, j store.Job) (string, error) {
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
// it looks for: the first reply is one.
func (e *Editor) find(ctx context.Context, j store.Job, channel string) (rest.Message, error) {
	after := newer(j.Origin.Interaction, snowflake(j.PostedAt.Add(-clockSkew)))
	for range searchPages {
		list, err := e.REST.MessagesAfter(ctx, channel, after, searchPage)
		if err != nil {
			return rest.Message{}, fmt.Errorf("look for the message that was sent: %w", err)
		}
		for _, m := range list {
			if m.Author.Bot && m.Interaction.ID == "" && names(m, j.ID) {
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

// names reports whether a button of the message is of the job.
func names(m rest.Message, job string) bool {
	for _, id := range m.CustomIDs() {
		if a, err := reply.ParseAction(id); err == nil && a.Job == job {
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
