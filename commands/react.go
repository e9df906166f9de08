package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rs/xid"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/store"
)

// Member is who reacted, with what their rights follow from.
type Member struct {
	ID       string
	Roles    []string // ids; none in direct messages
	TimedOut bool     // a moderator has silenced them
}

// Rights finds out what a member may do in a channel, where no interaction says
// so. *bot.Rights is one.
type Rights interface {
	// Permissions returns the bits that a member has in a channel of a server.
	// Source: discord-api-docs, topics/permissions.
	Permissions(ctx context.Context, guild, channel string, m Member) (uint64, error)
	// Parent returns the channel that a thread of a server belongs to; empty where
	// the channel is none.
	Parent(ctx context.Context, guild, channel string) (string, error)
}

// Reactions says what reactions to results do.
type Reactions struct {
	Extend  string // emoji, as Emoji writes it, that asks for an extension; empty: none does
	Members int    // how many different members it takes; at least 1
}

// removeEmoji asks whether to remove a result.
const removeEmoji = "❌"

// VoteEmoji is a vote for a result, or for its post in a showcase.
const VoteEmoji = "🌟"

// Emoji writes an emoji as what it is compared by: "name:id" for one of a
// server's own, or else the character, whichever way it is to be drawn.
func Emoji(name, id string) string {
	if id != "" {
		return name + ":" + id
	}
	return strings.TrimSuffix(name, "\uFE0F")
}

// Reaction is an emoji that somebody has put under a message, or taken away
// from there.
type Reaction struct {
	Member  Member // whose it is; nobody: those of all were taken away
	Guild   string // empty in direct messages
	Channel string
	Message string
	Emoji   string // as Emoji writes it; empty: all were taken away
	Removed bool   // it was taken away
}

// Heeds reports whether reactions with an emoji can do anything.
func (s *Set) Heeds(emoji string) bool {
	return emoji == removeEmoji || emoji == VoteEmoji || s.Reactions.Extend != "" && emoji == s.Reactions.Extend
}

// Outcome is what came of a reaction.
type Outcome string

// The outcomes.
const (
	ReactionIgnored  Outcome = "ignored"  // it is about nothing, or not to be heeded
	ReactionCounted  Outcome = "counted"  // nothing is to be done yet, or any more
	ReactionRefused  Outcome = "refused"  // the member may not, or not now
	ReactionExtended Outcome = "extended" // a job was begun
	ReactionAsked    Outcome = "asked"    // there is a question to be put
	ReactionVoted    Outcome = "voted"    // a vote was given
	ReactionUnvoted  Outcome = "unvoted"  // and taken back
)

// React does what a reaction asks for. With ReactionAsked, the question is to be
// put under the message.
func (s *Set) React(ctx context.Context, r Reaction) (Outcome, *reply.Message, error) {
	switch r.Emoji {
	case VoteEmoji:
		outcome, err := s.reactToVote(ctx, r)
		return outcome, nil, err
	case "": // those of all were taken away, votes among them
		outcome, err := s.reactToVote(ctx, r)
		if err != nil {
			return ReactionIgnored, nil, err
		}
		if other, _, err := s.reactToResult(ctx, r); err != nil || other != ReactionIgnored {
			return other, nil, err
		}
		return outcome, nil, nil
	}
	return s.reactToResult(ctx, r)
}

// reactToVote notes a vote that was given, or was taken back.
func (s *Set) reactToVote(ctx context.Context, r Reaction) (Outcome, error) {
	at := store.Spot{Channel: r.Channel, Message: r.Message}
	switch known, err := s.Community.Star(ctx, at, r.Guild, r.Member.ID, !r.Removed); {
	case err != nil:
		return ReactionIgnored, err
	case !known:
		return ReactionIgnored, nil
	case r.Removed:
		return ReactionUnvoted, nil
	}
	return ReactionVoted, nil
}

// reactToResult does what a reaction to a result asks for.
func (s *Set) reactToResult(ctx context.Context, r Reaction) (Outcome, *reply.Message, error) {
	j, err := s.Store.ByMessage(ctx, r.Message)
	if errors.Is(err, store.ErrNotFound) {
		return ReactionIgnored, nil, nil
	}
	if err != nil {
		return ReactionIgnored, nil, fmt.Errorf("read the job of a message: %w", err)
	}
	if j.Spot() != (store.Spot{Channel: r.Channel, Message: r.Message}) || j.SpotGuild() != r.Guild || j.Removed {
		return ReactionIgnored, nil, nil
	}
	if r.Emoji == removeEmoji {
		return s.reactToRemove(ctx, r, j)
	}
	if j.State != store.StateCompleted {
		return ReactionIgnored, nil, nil
	}
	outcome, err := s.reactToExtend(ctx, r, j)
	return outcome, nil, err
}

// reactToRemove puts a question that only those can answer who may remove the
// result; nobody else gets it to be asked.
func (s *Set) reactToRemove(ctx context.Context, r Reaction, j store.Job) (Outcome, *reply.Message, error) {
	if r.Removed || !j.State.Final() {
		return ReactionIgnored, nil, nil
	}
	if r.Member.ID != j.Member {
		permissions, err := s.permissions(ctx, r)
		if err != nil || r.Guild == "" || !has(permissions, permissionManageMessages) {
			return ReactionRefused, nil, err
		}
	}
	if _, ok := s.pace.take(r.Member.ID, s.Now()); !ok {
		return ReactionRefused, nil, nil
	}
	m := reply.OpenQuestion(s.Catalog.For(j.Locale), j, r.Member.ID)
	return ReactionAsked, &m, nil
}

// reactToExtend counts a reaction, and goes on from the video once there are
// enough. Of many at once, the store takes one.
func (s *Set) reactToExtend(ctx context.Context, r Reaction, j store.Job) (Outcome, error) {
	if r.Removed {
		_, err := s.Submitter.React(ctx, j.ID, r.Member.ID, false)
		return ReactionCounted, err
	}
	rules, err := s.rules(ctx, r.Guild, false)
	if err != nil {
		return ReactionIgnored, err
	}
	if rules.Reaction.Off {
		return ReactionIgnored, nil
	}
	parent, err := s.parent(ctx, r, rules)
	if err != nil {
		return ReactionIgnored, err
	}
	carried, err := s.Store.Carried(ctx, j.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return ReactionIgnored, fmt.Errorf("look for an extension of job %s: %w", j.ID, err)
	}
	if !carried.Claims() {
		// Only those count who could have used the command.
		permissions, err := s.permissions(ctx, r)
		if err != nil || r.Guild != "" && !has(permissions, permissionUseCommands) ||
			rules.Allow(community.Wish{Channel: r.Channel, Parent: parent, Roles: r.Member.Roles, Text: j.Prompt}) != nil {
			return ReactionRefused, err
		}
	}
	j, err = s.Submitter.React(ctx, j.ID, r.Member.ID, true)
	if err != nil || carried.Claims() || len(j.Reactors) < cmp.Or(rules.Reaction.Members, s.Reactions.Members) {
		return ReactionCounted, err
	}
	if _, ok := s.pace.take(r.Member.ID, s.Now()); !ok {
		return ReactionRefused, nil
	}
	words, err := s.shows(ctx, j)
	if err != nil {
		return ReactionIgnored, err
	}
	next := s.continuing(j, r.Guild, words)
	next.ID, next.Reaction, next.CreatedAt = xid.New().String(), true, s.Now()
	next.Guild, next.Channel, next.Member = r.Guild, r.Channel, r.Member.ID
	next.Locale, next.UploadLimit = j.Locale, j.UploadLimit
	if next, err = s.admit(ctx, next, parent, r.Member.Roles); err == nil {
		_, err = s.Submitter.Submit(ctx, next)
	}
	var refusal *Refusal
	var busy *store.BusyError
	var spent *store.SpentError
	switch {
	case errors.Is(err, store.ErrClaimed):
		return ReactionCounted, nil
	case errors.As(err, &refusal), errors.Is(err, store.ErrFull), errors.As(err, &busy), errors.As(err, &spent):
		return ReactionRefused, nil
	case err != nil:
		return ReactionRefused, fmt.Errorf("extend job %s by a reaction: %w", j.ID, err)
	}
	return ReactionExtended, nil
}

// maxOver bounds how often a video is followed back that was made over.
const maxOver = 5

// shows are the words for what a job's video shows. Those of one with sound are for
// what is heard: they are the ones of the video that it was given to, while that is
// there.
func (s *Set) shows(ctx context.Context, j store.Job) (string, error) {
	of := j
	for range maxOver {
		if of.Kind != store.KindSound && of.Kind != store.KindUpscale {
			return of.Prompt, nil
		}
		parent, err := s.Store.Get(ctx, of.Parent)
		if errors.Is(err, store.ErrNotFound) || err == nil && parent.Removed {
			break
		}
		if err != nil {
			return "", fmt.Errorf("read the job that %s was made from: %w", of.ID, err)
		}
		of = parent
	}
	return j.Prompt, nil
}

// parent is the channel that a thread belongs to in which somebody reacted. Discord
// is asked for it only where the rules of the server may depend on it.
func (s *Set) parent(ctx context.Context, r Reaction, rules community.Settings) (string, error) {
	if len(rules.Channels) == 0 && rules.Spoiler != community.SpoilerChannels {
		return "", nil
	}
	parent, err := s.Rights.Parent(ctx, r.Guild, r.Channel)
	if err != nil {
		return "", fmt.Errorf("ask for the channel of a thread: %w", err)
	}
	return parent, nil
}

// permissions are those of who reacted. Outside of servers there are none.
func (s *Set) permissions(ctx context.Context, r Reaction) (uint64, error) {
	if r.Guild == "" {
		return 0, nil
	}
	p, err := s.Rights.Permissions(ctx, r.Guild, r.Channel, r.Member)
	if err != nil {
		return 0, fmt.Errorf("ask for the rights of who reacted: %w", err)
	}
	return p, nil
}
