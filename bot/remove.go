package bot

import (
	"context"
	"net/http"

	"dreambot/bot/rest"
	"dreambot/internal/secret"
	"dreambot/store"
)

// remove deletes the job's message. What is gone already, or may not be
// deleted, is done with.
func (e *Editor) remove(ctx context.Context, j store.Job) error {
	if by := wayTo(j, e.Now()); by.sends() && !j.PostedAt.IsZero() {
		found, err := e.unanswered(ctx, j, by)
		if found || err != nil {
			return err
		}
	}
	switch {
	case tokenLives(j, e.Now()) && !j.Posted:
		err := e.REST.DeleteOriginal(ctx, origin(j))
		switch no := denial(err); {
		case no != nil && no.Code != rest.CodeUnknownMessage:
			return e.update(ctx, j, func(now *store.Job) { now.Origin.Token = secret.Text{} }) // the channel next
		case no == nil && err != nil:
			return err
		}
	case j.Guest && !j.Posted: // without its token, the bot cannot reach it
	case j.Message != "":
		err := e.REST.DeleteMessage(ctx, j.Spot().Channel, j.Message)
		no := denialToBot(err)
		if no == nil && err != nil {
			return err
		}
		if no != nil && no.Status != http.StatusNotFound {
			e.Log.Warn("Discord does not let a reply be deleted", "job", j, "err", no)
			e.Metrics.Edit("refused")
		}
	}
	return e.update(ctx, j, func(now *store.Job) {
		abandon(now, j)
		forgetFiles(now)
	})
}

// unanswered looks for a message that was sent for a job without an answer,
// and records it.
func (e *Editor) unanswered(ctx context.Context, j store.Job, by way) (found bool, err error) {
	channel, _, err := e.addressee(ctx, j, by)
	var m rest.Message
	if err == nil {
		m, err = e.find(ctx, j, channel)
	}
	switch {
	case denialToBot(err) != nil:
		return false, nil
	case err != nil || m.ID == "":
		return false, err
	}
	return true, e.update(ctx, j, func(now *store.Job) { e.moved(now, j, by, m, 0) })
}
