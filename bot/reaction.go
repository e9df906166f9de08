package bot

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"dreambot/bot/gateway"
	"dreambot/bot/reply"
	"dreambot/commands"
)

// reactionLimit bounds what a reaction leads to: nobody waits for an answer, but
// the bot's end waits for it.
const reactionLimit = 5 * time.Second

// wireReaction is the part of a reaction's event that is read. Only one that is
// added says who it is that reacts, and one that takes all away names nobody, and
// perhaps no emoji.
// Source: discord-api-docs, topics/gateway-events#message-reaction-add.
type wireReaction struct {
	UserID    string `json:"user_id"`
	ChannelID string `json:"channel_id"`
	MessageID string `json:"message_id"`
	GuildID   string `json:"guild_id"`
	AuthorID  string `json:"message_author_id"`
	Burst     bool   `json:"burst"` // a super reaction, of which there can be one beside the usual one
	Emoji     struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"emoji"`
	Member struct {
		User struct {
			Bot bool `json:"bot"`
		} `json:"user"`
		Roles   []string   `json:"roles"`
		Silence *time.Time `json:"communication_disabled_until"`
	} `json:"member"`
}

// reaction reads an event. ok is false for one that can lead to nothing, as
// most cannot: it costs no look at the store then.
func (b *Bot) reaction(ev gateway.Event) (r commands.Reaction, ok bool) {
	var w wireReaction
	if err := json.Unmarshal(ev.Data, &w); err != nil {
		b.Log.Warn("a reaction cannot be read", "err", err)
		return r, false
	}
	r = commands.Reaction{
		Member: commands.Member{ID: w.UserID, Roles: w.Member.Roles,
			TimedOut: w.Member.Silence != nil && b.Now().Before(*w.Member.Silence)},
		Guild: w.GuildID, Channel: w.ChannelID, Message: w.MessageID,
		Emoji: commands.Emoji(w.Emoji.Name, w.Emoji.ID), Removed: ev.Type != "MESSAGE_REACTION_ADD",
	}
	switch ev.Type {
	case "MESSAGE_REACTION_REMOVE_ALL":
		return r, true
	case "MESSAGE_REACTION_REMOVE_EMOJI":
		return r, b.Commands.Heeds(r.Emoji)
	}
	if w.Burst && r.Emoji == commands.VoteEmoji {
		return r, false // one member has one vote, and Discord counts these apart
	}
	own := b.self == "" || r.Member.ID == b.self
	foreign := w.AuthorID != "" && w.AuthorID != b.self
	return r, r.Member.ID != "" && !own && !w.Member.User.Bot && !foreign && b.Commands.Heeds(r.Emoji)
}

// reactions are those that wait or are dealt with, by the message that they are
// under. Those of one message are dealt with in the order in which they came: one
// that was taken back must not come before the one that was given.
type reactions struct {
	mu    sync.Mutex
	under map[string][]commands.Reaction // the first of each is being dealt with
	n     int                            // of all of them
	ended bool
}

// end has nothing begun any more; what waits is dropped.
func (q *reactions) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
}

// next is told that the first reaction to a message was dealt with, and returns
// the one after it; ok is false where there is none.
func (q *reactions) next(message string) (r commands.Reaction, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := q.under[message][1:]
	q.n--
	if len(list) == 0 || q.ended {
		q.n -= len(list)
		delete(q.under, message)
		return r, false
	}
	q.under[message] = list
	return list[0], true
}

// queue has a reaction dealt with when those before it are.
func (b *Bot) queue(r commands.Reaction) {
	q := &b.reactions
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return
	}
	if q.n >= maxReactions {
		b.Log.Error("a reaction is dropped: too many at once", "limit", maxReactions)
		return
	}
	if q.under == nil {
		q.under = map[string][]commands.Reaction{}
	}
	q.under[r.Message] = append(q.under[r.Message], r)
	q.n++
	if len(q.under[r.Message]) > 1 {
		return // it follows on the one before
	}
	b.handlers.Go(func() {
		for ok := true; ok; r, ok = q.next(r.Message) {
			b.react(r)
		}
	})
}

// react does what a reaction asks for. A panic of anything that it calls ends
// here.
func (b *Bot) react(r commands.Reaction) {
	ctx, cancel := context.WithTimeout(context.Background(), reactionLimit)
	defer cancel()
	log := b.Log.With("guild", r.Guild, "channel", r.Channel, "message", r.Message)
	defer func() {
		if p := recover(); p != nil {
			b.Metrics.Panic("reaction")
			log.Error("a reaction panicked", "panic", p, "stack", stack())
		}
	}()
	outcome, question, err := b.Commands.React(ctx, r)
	if err == nil && question != nil {
		err = b.put(ctx, r, *question)
	}
	if err != nil {
		b.Metrics.Reaction("error")
		log.Error("a reaction could not be dealt with", "err", err)
		return
	}
	b.Metrics.Reaction(string(outcome))
	log.Debug("a reaction", "emoji", r.Emoji, "outcome", string(outcome))
}

// put asks a question under the message that was reacted to. By its nonce, the
// same asked twice within a minute stands there once.
func (b *Bot) put(ctx context.Context, r commands.Reaction, m reply.Message) error {
	_, err := b.REST.CreateMessage(ctx, r.Channel, sent{Message: m,
		Nonce: "q" + r.Message + strconv.FormatInt(b.Now().Unix()/60%1000, 10), EnforceNonce: true, Reference: &reference{Message: r.Message}})
	if no := denialToBot(err); no != nil {
		b.Log.Info("Discord does not take a question", "channel", r.Channel, "err", no)
		return nil
	}
	return err
}
