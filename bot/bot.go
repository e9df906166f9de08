// Package bot is the Discord side: it receives interactions, has them handled
// by the commands, answers them within Discord's three seconds, and keeps the
// replies true afterwards.
package bot

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"dreambot/bot/gateway"
	"dreambot/bot/reply"
	"dreambot/bot/rest"
	"dreambot/commands"
	"dreambot/internal/i18n"
	"dreambot/internal/metrics"
	"dreambot/store"
)

// Tracker hears what became of a job's first reply. *tracker.Tracker is one.
type Tracker interface {
	// Answered: Discord accepted the reply as message; it shows revision shown.
	Answered(ctx context.Context, id, message string, shown int64) error
	// Unanswered: Discord refused it, so the job is dropped, unpaid.
	Unanswered(ctx context.Context, id string) error
	// Doubtful: nobody knows; it is to be looked up.
	Doubtful(id string)
}

// Votes hears that reactions may have come and gone unheard. *community.Community
// does.
type Votes interface{ Missed() }

// Config is what a Bot needs; all but Votes, Guild, Log, Metrics and Now is required.
type Config struct {
	Gateway  gateway.Config // Handle and Intents are the bot's to set
	REST     *rest.Client
	Guild    string // the only guild to register commands in; empty: everywhere
	Commands *commands.Set
	Tracker  Tracker
	Votes    Votes
	Catalog  *i18n.Catalog
	Log      *slog.Logger
	Metrics  *metrics.Metrics
	Now      func() time.Time
}

// Intents of the gateway. None is privileged.
// Source: discord-api-docs, events/gateway#list-of-intents.
const intents = 1<<0 | // GUILDS: which servers there are
	1<<10 | // GUILD_MESSAGE_REACTIONS
	1<<13 // DIRECT_MESSAGE_REACTIONS

// Bounds of handling interactions.
const (
	// maxHandlers is how many interactions are handled at once. Beyond it the
	// person sees "did not respond"; nothing is stored.
	maxHandlers = 1024
	// maxReactions is how many reactions wait or are dealt with at once; they
	// never take the place of an interaction. Beyond it they come to nothing.
	maxReactions = 256
	// ackLimit is how long handling and answering may take. Discord voids the
	// interaction after 3 s, some of which the way here has used.
	ackLimit = 2800 * time.Millisecond
	// settleLimit bounds what is written down after the answer.
	settleLimit = 10 * time.Second
)

// Bot is made by New and works in Run.
type Bot struct {
	Config
	session   *gateway.Session
	self      string // user id of the bot; set before the gateway opens
	room      chan struct{}
	reactions reactions
	handlers  sync.WaitGroup
}

// New returns a bot that does nothing before Run.
func New(c Config) *Bot {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	b := &Bot{Config: c, room: make(chan struct{}, maxHandlers)}
	g := c.Gateway
	g.Intents, g.Handle = intents, b.handle
	b.session = gateway.New(g)
	return b
}

// Ready returns nil while the gateway is open, else what is amiss.
func (b *Bot) Ready() error {
	if !b.session.Ready() {
		return errors.New("not connected to Discord's gateway")
	}
	return nil
}

// Run introduces the bot to Discord and answers interactions until ctx ends.
// It returns after the last one that it began. An error is one that only the
// operator can mend.
func (b *Bot) Run(ctx context.Context) error {
	defer b.handlers.Wait()
	defer b.reactions.end()
	if err := b.introduce(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	return b.session.Run(ctx)
}

// handle takes an event from the gateway and returns at once.
func (b *Bot) handle(ev gateway.Event) {
	switch ev.Type {
	case "INTERACTION_CREATE":
		b.begin(ev.Data)
	case "READY": // of a session that begins; one that is resumed has missed nothing
		if b.Votes != nil {
			b.Votes.Missed()
		}
	case "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE", "MESSAGE_REACTION_REMOVE_ALL", "MESSAGE_REACTION_REMOVE_EMOJI":
		if r, ok := b.reaction(ev); ok {
			b.queue(r)
		}
	}
}

// begin has an interaction handled where there is room for it.
func (b *Bot) begin(payload []byte) {
	received := b.Now()
	select {
	case b.room <- struct{}{}:
	default:
		b.Log.Error("an interaction is dropped: too many at once", "limit", maxHandlers)
		return
	}
	b.handlers.Go(func() {
		defer func() { <-b.room }()
		b.interact(payload, received)
	})
}

// response is the body of a callback.
// Source: discord-api-docs, interactions/receiving-and-responding#interaction-response-object.
type response struct {
	Type int `json:"type"`
	Data any `json:"data,omitempty"`
}

const (
	respondMessage  = 4
	respondDeferred = 6 // to a button: the message stays as it is for now
	respondUpdate   = 7 // to a button: its message is replaced
	respondChoices  = 8
	respondModal    = 9
)

type choices struct {
	Choices []commands.Choice `json:"choices"`
}

// interact handles one interaction and answers it. A handler that was begun
// ends within ackLimit and settleLimit, also while the bot stops. It is the one
// place where a panic of anything that it calls ends.
func (b *Bot) interact(payload []byte, received time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), ackLimit-b.Now().Sub(received))
	defer cancel()
	log := b.Log
	var in commands.Interaction
	var way rest.Interaction
	defer func() {
		if r := recover(); r != nil {
			b.Metrics.Panic("interaction")
			log.Error("an interaction panicked", "command", in.Command, "panic", r, "stack", stack())
			// A job that was stored is looked up by the tracker, and dropped for
			// want of a card.
			_, err := b.REST.Respond(ctx, way, b.response(in, commands.Answer{}, errPanicked))
			log.Debug("answered after the panic", "err", err)
		}
	}()

	in, err := commands.Decode(payload, received)
	if in.ID == "" {
		log.Warn("an interaction cannot be read", "err", err)
		return
	}
	way = rest.Interaction{Application: in.Application, ID: in.ID, Token: in.Token}
	log = log.With("interaction", in.ID, "guild", in.Guild, "channel", in.Channel)
	var answer commands.Answer
	if err == nil {
		answer, err = b.Commands.Handle(ctx, in)
	}
	outcome := "ok"
	var refusal *commands.Refusal
	if errors.As(err, &refusal) && refusal.Err == nil {
		outcome = "refused"
		log.Debug("refused", "why", refusal.Key)
	} else if err != nil {
		outcome = "error"
		log.Error("an interaction failed", "command", in.Command, "err", err)
	}

	m, err := b.REST.Respond(ctx, way, b.response(in, answer, err), enclosed(answer, err)...)
	if err != nil {
		outcome = "unanswered"
		log.Warn("an interaction could not be answered", "err", err)
	}
	b.Metrics.Interaction(kindName(in.Kind), outcome, b.Now().Sub(in.Received))
	switch {
	case answer.Sent != nil && err == nil && m.ID != "":
		b.note(answer.Sent, m.ID, log)
	case answer.Job != nil:
		b.settle(*answer.Job, m, err)
	case answer.Erased && err == nil:
		b.erase(way, log)
	}
}

// note tells of the message that an answer has become. That it fails does no harm
// but that nothing refers to the message.
func (b *Bot) note(sent func(context.Context, string) error, message string, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), settleLimit)
	defer cancel()
	if err := sent(ctx, message); err != nil {
		log.Warn("the message of an answer could not be noted", "err", err)
	}
}

// erase deletes the message whose button was pressed. That it fails does no
// harm: pressed again, it says that there is nothing to decide any more.
func (b *Bot) erase(way rest.Interaction, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), settleLimit)
	defer cancel()
	if err := b.REST.DeleteOriginal(ctx, way); err != nil {
		log.Warn("a question that was answered could not be taken away", "err", err)
	}
}

// errPanicked is answered as any other error of ours.
var errPanicked = errors.New("handling the interaction panicked")

func stack() string { return string(debug.Stack()) }

// response draws the answer to an interaction.
func (b *Bot) response(in commands.Interaction, a commands.Answer, err error) response {
	var refusal *commands.Refusal
	switch {
	case in.Kind == commands.KindComplete:
		return response{respondChoices, choices{append([]commands.Choice{}, a.Choices...)}}
	case errors.As(err, &refusal):
		return response{respondMessage, reply.Notice(b.Catalog.For(in.Locale), refusal.Key, refusal.Args)}
	case err != nil:
		return response{respondMessage, reply.Notice(b.Catalog.For(in.Locale), "refusal.internal", nil)}
	case a.Modal != nil:
		return response{respondModal, a.Modal}
	case a.Public != nil:
		return response{respondMessage, a.Public}
	case a.Deferred, a.Erased:
		return response{Type: respondDeferred}
	case a.Notice != nil && a.Replace:
		m := *a.Notice
		m.Flags &^= reply.FlagEphemeral // it stays what it was, and cannot be set by an edit
		return response{respondUpdate, m}
	case a.Notice != nil:
		return response{respondMessage, a.Notice}
	}
	return response{respondMessage, reply.Card(b.Catalog.For(a.Job.Locale), *a.Job, reply.ScreenUpload)}
}

// enclosed are the files that go with an answer; an error comes without any.
func enclosed(a commands.Answer, err error) []rest.File {
	if a.File == nil || err != nil {
		return nil
	}
	return []rest.File{{Name: a.File.Name, ContentType: a.File.ContentType, Size: int64(len(a.File.Content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(a.File.Content)), nil }}}
}

// settle tells the tracker what became of a new job's first reply.
func (b *Bot) settle(j store.Job, m rest.Message, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), settleLimit)
	defer cancel()
	switch {
	case err == nil && m.ID != "":
		shown := j.Revision
		if !j.Image.IsZero() || !j.EndImage.IsZero() {
			shown = 0 // it is drawn again, with its pictures as files of its own
		}
		err = b.Tracker.Answered(ctx, j.ID, m.ID, shown)
	case refused(err):
		// Also where the interaction was answered already: then this is its
		// second delivery, or another process has it, and one job is enough.
		err = b.Tracker.Unanswered(ctx, j.ID)
	default:
		b.Tracker.Doubtful(j.ID)
		return
	}
	if err != nil {
		b.Log.Error("what became of a first reply cannot be stored yet", "job", j, "err", err)
		b.Tracker.Doubtful(j.ID)
	}
}

func kindName(k commands.Kind) string {
	switch k {
	case commands.KindCommand:
		return "command"
	case commands.KindComponent:
		return "component"
	case commands.KindComplete:
		return "autocomplete"
	case commands.KindModal:
		return "modal"
	}
	return "other"
}
