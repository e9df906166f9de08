package bot

import (
	"context"
	"fmt"
	"time"

	"dreambot/internal/community"
	"dreambot/store"
)

// Rules are those of servers. A community.Store has them.
type Rules interface {
	Settings(ctx context.Context, guild string) (community.Settings, error)
}

// wishInvitation has the bot's own reaction put under a result that is shown
// now, where it is wished. was is the job as it is shown.
func (e *Editor) wishInvitation(now *store.Job, was store.Job) {
	if e.Emoji != "" && was.State == store.StateCompleted && now.Invitation == store.InvitationNone &&
		!now.Guest && !now.Removed {
		now.Invitation = store.InvitationDue
	}
}

// invitation invites to one result. It returns when to try again.
func (e *Editor) invitation(ctx context.Context, id string) time.Time {
	return e.attempt(ctx, "invite "+id, id, func(ctx context.Context, j store.Job) (bool, error) {
		if j.Invitation != store.InvitationDue {
			return true, nil
		}
		return true, e.invite(ctx, j)
	})
}

// invite puts the bot's own reaction under a result, unless the server wants no
// extensions by reactions. Discord's no is final: the result has a button too.
func (e *Editor) invite(ctx context.Context, j store.Job) error {
	off, err := e.uninviting(ctx, j)
	if err != nil {
		return err
	}
	if e.Emoji != "" && !off && !j.Guest && !j.Removed && j.Message != "" {
		err := e.REST.AddReaction(ctx, j.Spot().Channel, j.Message, e.Emoji)
		if err != nil && denialToBot(err) == nil {
			return err
		}
		if err != nil {
			e.Log.Warn("Discord does not let the bot react to a result", "job", j, "err", err)
			e.Metrics.Edit("refused")
		}
	}
	return e.update(ctx, j, func(now *store.Job) {
		if now.Spot() == j.Spot() {
			now.Invitation = store.InvitationMade
		}
	})
}

// uninviting reports whether nothing comes of reactions to a result where it
// stands.
func (e *Editor) uninviting(ctx context.Context, j store.Job) (bool, error) {
	if e.Rules == nil || j.SpotGuild() == "" {
		return false, nil
	}
	rules, err := e.Rules.Settings(ctx, j.SpotGuild())
	if err != nil {
		return false, fmt.Errorf("read the rules of server %s: %w", j.SpotGuild(), err)
	}
	return rules.Reaction.Off, nil
}
