package bot

import (
	"errors"
	"net/http"
	"time"

	"dreambot/bot/reply"
	"dreambot/bot/rest"
	"dreambot/internal/secret"
	"dreambot/store"
)

// way is how people are reached. Each follows on the one before when Discord
// has refused that.
type way string

const (
	byWebhook way = "webhook" // edits the reply, while its interaction's token lives
	byChannel way = "channel" // edits the reply, or what was sent for it, by bot token
	byPost    way = "post"    // sends a message to the channel
	byDirect  way = "direct"  // sends a direct message
	noWay     way = "none"
)

// wayTo is the way that a job is to be shown by at that time.
func wayTo(j store.Job, at time.Time) way {
	switch {
	case j.Route == store.RouteNone:
		return noWay
	case j.Posted:
		return byChannel
	case j.Route == store.RouteReply && tokenLives(j, at):
		return byWebhook
	case j.Route == store.RouteDirect, j.Guest: // as a guest it can do nothing in the channel
		return byDirect
	case j.Route == store.RoutePost:
		return byPost
	case j.Message != "":
		return byChannel
	}
	return byPost
}

// sends reports whether the way makes a message of its own.
func (w way) sends() bool { return w == byPost || w == byDirect }

func tokenLives(j store.Job, at time.Time) bool {
	return !j.Origin.Token.IsZero() && at.Before(j.Origin.Expires.Add(-tokenMargin))
}

// Values of Job.Fallback beyond the screens, for a job that is not at its end:
// its end is another card, of which nothing was refused yet.
const (
	plainUntilEnd  = int(reply.ScreenPlain) + 1 + iota // drawn without pictures
	silentUntilEnd                                     // not drawn
)

// silent reports whether there is nothing to be shown of the job as it is: a
// message of its own is sent for a video and for a failure alone.
func silent(j store.Job, by way) bool {
	if by.sends() {
		return j.State != store.StateCompleted && j.State != store.StateFailed
	}
	return !j.State.Final() && j.Fallback >= silentUntilEnd
}

// simplest is the first screen that was not refused for the job as it is.
func simplest(j store.Job) reply.Screen {
	switch {
	case j.Fallback <= int(reply.ScreenPlain):
		return reply.Screen(max(j.Fallback, 0))
	case j.State.Final():
		return reply.ScreenUpload
	}
	return reply.ScreenPlain
}

// codeCannotAnswer is Discord's no to a message that answers another one,
// where the bot may not read the channel's history.
// Source: discord-api-docs, topics/opcodes-and-status-codes.
const codeCannotAnswer = 160002

// codeTooFast is Discord's no to direct messages that are opened too fast: it
// passes.
// Source: discord-api-docs, topics/opcodes-and-status-codes.
const codeTooFast = 40003

// codeArchived is its no to an edit in a thread that is archived, whatever the
// card carries.
// Source: discord-api-docs, topics/opcodes-and-status-codes.
const codeArchived = 50083

// denial is Discord's no, or nil where err is none: asking again changes
// nothing then. What has no code is not Discord's word on the call, but of what
// stands before it, except that a token or a body's size is refused without one.
func denial(err error) *rest.Error {
	var no *rest.Error
	switch {
	case !errors.As(err, &no), no.Status < 400, no.Status >= 500,
		no.Status == http.StatusTooManyRequests, no.Status == http.StatusRequestTimeout,
		no.Code == codeTooFast:
		return nil
	case no.Code == 0 && no.Status != http.StatusUnauthorized && no.Status != http.StatusRequestEntityTooLarge:
		return nil
	}
	return no
}

// denialToBot is denial for a call with the bot's token. That the token is not
// accepted is nothing that a job could do about.
func denialToBot(err error) *rest.Error {
	if no := denial(err); no != nil && no.Status != http.StatusUnauthorized {
		return no
	}
	return nil
}

// denialTo is denial for a call by that way.
func denialTo(by way, err error) *rest.Error {
	if by == byWebhook {
		return denial(err)
	}
	return denialToBot(err)
}

func refused(err error) bool { return denial(err) != nil }

// ofTheCard reports whether a no can be to what the card carries: its size, a
// permission that the bot lacks, a picture that is gone. A simpler card may be
// taken.
func ofTheCard(no *rest.Error) bool {
	return no.Status == http.StatusBadRequest && no.Code != codeArchived ||
		no.Status == http.StatusRequestEntityTooLarge ||
		no.Code == rest.CodeTooLarge || no.Code == rest.CodeMissingPermissions
}

// descend writes a no into the job, so that it is not asked for again, after a
// restart either: a card that is not taken is drawn simpler, and a way that is
// closed is followed by the next. was is the job as it was drawn.
func descend(now *store.Job, was store.Job, by way, drawn reply.Screen, no *rest.Error) {
	switch {
	case no.Code == codeCannotAnswer && by == byPost && was.Message != "":
		now.Message = "" // the same message can go without answering it
	case !ofTheCard(no):
		closed(now, was, by, no)
	case !was.State.Final() && drawn < reply.ScreenPlain:
		now.Fallback = plainUntilEnd
	case !was.State.Final():
		now.Fallback = silentUntilEnd
	case drawn < reply.ScreenPlain && was.State == store.StateCompleted:
		now.Fallback = int(drawn) + 1
	case drawn < reply.ScreenPlain:
		now.Fallback = int(reply.ScreenPlain) // without a video there is no other step
	default:
		closed(now, was, by, no)
	}
}

// closed moves the job on from a way that is closed.
func closed(now *store.Job, was store.Job, by way, no *rest.Error) {
	switch {
	case was.Posted, by == byDirect:
		abandon(now, was)
	case was.Guest: // no other way leads there
		advance(now, store.RouteDirect)
		now.Fallback = 0
	case by == byWebhook && no.Code != rest.CodeUnknownMessage:
		now.Origin.Token = secret.Text{}
	case by == byPost, channelClosed(no):
		advance(now, store.RouteDirect)
		now.Fallback = 0 // what this channel does not take, another may
	default:
		advance(now, store.RoutePost)
	}
}

// channelClosed reports whether a no is to whatever the bot would do in the
// channel.
func channelClosed(no *rest.Error) bool {
	switch no.Code {
	case rest.CodeMissingAccess, rest.CodeUnknownChannel, rest.CodeUnknownGuild:
		return true
	}
	return false
}

func advance(now *store.Job, to store.Route) {
	now.Route, now.PostedAt, now.Origin.Token = to, time.Time{}, secret.Text{}
}

// abandon leaves what is shown as it is, for good. was is the job as it was
// shown: that its reply is to be deleted can have come meanwhile.
func abandon(now *store.Job, was store.Job) {
	advance(now, store.RouteNone)
	now.Shown = max(now.Shown, was.Revision)
	if now.Invitation == store.InvitationDue {
		now.Invitation = store.InvitationMade // it would stay due for ever
	}
}
