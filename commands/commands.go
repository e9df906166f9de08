// Package commands says which commands, buttons and modals there are, reads
// what a person filled in, checks it, and asks for the job. One file holds one
// command: its definition, its parsing and its checks.
package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/rs/xid"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/internal/money"
	"dreambot/luma"
	"dreambot/store"
)

// Submitter takes new jobs. The tracker is one.
type Submitter interface {
	// Submit stores a job and returns it as its first reply shows it;
	// store.ErrFull where the line is full, a *store.BusyError where the member
	// has as many unfinished jobs as one may have, a *store.SpentError where the
	// day's allowance does not reach.
	Submit(ctx context.Context, j store.Job) (store.Job, error)
	// Cancel takes back a job that waits in line; message is the reply whose
	// button was pressed. store.ErrConflict where it was sent or has ended.
	Cancel(ctx context.Context, id, message string) error
	// Remove has the reply of a finished job deleted; store.ErrConflict where it
	// is not finished.
	Remove(ctx context.Context, id string) error
	// React notes that a member wishes a finished video extended, or no longer
	// does, and returns the job. Without a member, nobody wishes it any more.
	React(ctx context.Context, id, member string, wishes bool) (store.Job, error)
	// Link asks Luma where a finished video can be seen now; empty: nowhere.
	Link(ctx context.Context, j store.Job) (string, error)
}

// Account tells of the operator's account at Luma. The tracker does, where the
// dialect can.
type Account interface {
	Balance(ctx context.Context) (money.Amount, error)
}

// Replies finds what stands on the messages of jobs. *bot.Editor does.
type Replies interface {
	// Fresh returns the job with addresses of its pictures that work. With an
	// error for which store.ErrPictureGone holds, those of the job's pictures
	// that do not work are gone for good.
	Fresh(ctx context.Context, j store.Job) (store.Job, error)
	// VideoURL returns where the job's video can be seen on its message; empty:
	// it does not stand there.
	VideoURL(ctx context.Context, j store.Job) (string, error)
}

// Config is what a Set needs; all of it is required but PricesFrom, PerMinute,
// Reactions, Log and Now.
type Config struct {
	Store        store.Store
	Submitter    Submitter
	Replies      Replies
	Rights       Rights
	Community    *community.Community
	Catalog      *i18n.Catalog
	Capabilities luma.Capabilities // what commands offer
	Account      Account           // asked where Capabilities.Balance
	// PricesFrom is the price from which a reply says what its video costs; nil: none
	// does.
	PricesFrom *money.Amount
	PerMinute  int // commands, buttons, modals and reactions of one member; 0: no bound
	Reactions  Reactions
	Log        *slog.Logger
	Now        func() time.Time
}

// Set is all commands, with the buttons and modals that belong to them.
type Set struct {
	Config
	commands map[string]command
	order    []command
	actions  map[reply.Verb]action
	pace     *pace
}

// command is a slash command, or an entry in the menu of messages: its definition and its handling in one value.
type command interface {
	definition() Definition
	run(ctx context.Context, in Interaction) (Answer, error)
}

// completer is a command with an option that completes.
type completer interface {
	complete(ctx context.Context, in Interaction) ([]Choice, error)
}

// action is what a button and the modal behind it do. The job is the zero one
// where the custom id names none.
type action interface {
	press(ctx context.Context, in Interaction, a reply.Action, j store.Job) (Answer, error)
	submit(ctx context.Context, in Interaction, a reply.Action, j store.Job) (Answer, error)
}

// New returns the set of all commands.
func New(c Config) *Set {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Set{Config: c, commands: map[string]command{}, pace: newPace(c.PerMinute)}
	s.actions = map[reply.Verb]action{}
	for _, p := range []part{s.dreaming(), s.sharing(), s.governing(), s.contests()} {
		s.order = append(s.order, p.commands...)
		maps.Copy(s.actions, p.actions)
	}
	for _, c := range s.order {
		s.commands[c.definition().Name] = c
	}
	return s
}

// part is a part of what the bot can do.
type part struct {
	commands []command
	actions  map[reply.Verb]action
}

// dreaming is what leads to videos, and what there is to do with one's own.
func (s *Set) dreaming() part {
	e, st, h, pictures := &extend{s}, &story{s}, &history{s}, &pictureMenu{s}
	list := append([]command{&dream{s}, e}, s.deriving()...)
	return part{append(list, st, h, pictures, &extendMenu{e}), map[reply.Verb]action{
		reply.ActionExtend:  e,
		reply.ActionRemix:   &take{s, reply.ActionRemix},
		reply.ActionAgain:   &take{s, reply.ActionAgain},
		reply.ActionRetry:   &take{s, reply.ActionRetry},
		reply.ActionCancel:  &cancel{Set: s},
		reply.ActionDelete:  &ask{Set: s},
		reply.ActionRemove:  &remove{Set: s},
		reply.ActionKeep:    &keep{Set: s},
		reply.ActionShow:    &show{Set: s},
		reply.ActionStory:   st,
		reply.ActionHistory: h,
		reply.ActionBegin:   pictures,
	}}
}

// deriving is what the dialect can make from completed videos besides extensions.
func (s *Set) deriving() (list []command) {
	if s.Capabilities.Blend {
		list = append(list, &blend{s})
	}
	if len(s.Capabilities.Upscale) > 0 {
		list = append(list, &upscale{s})
	}
	if s.Capabilities.Sound {
		list = append(list, &sound{s})
	}
	return list
}

// dreams are the actions that lead to a video.
func dreams(v reply.Verb) bool {
	switch v {
	case reply.ActionExtend, reply.ActionRemix, reply.ActionAgain, reply.ActionRetry, reply.ActionBegin,
		reply.ActionUse, reply.ActionReuse:
		return true
	}
	return false
}

// Definitions returns the commands as they are registered. In a guild alone
// they go without the fields that Discord takes only for global ones.
func (s *Set) Definitions(guildOnly bool) []Definition {
	list := make([]Definition, 0, len(s.order))
	for _, c := range s.order {
		d := c.definition()
		if guildOnly {
			d.Contexts, d.IntegrationTypes = nil, nil
		}
		list = append(list, d)
	}
	return list
}

// Answer is what an interaction leads to: exactly one of its fields is set,
// Replace, File and Sent aside.
type Answer struct {
	Job     *store.Job   // stored; its card is the reply
	Modal   *reply.Modal // opened
	Choices []Choice     // suggested; empty but not nil where there are none
	// Notice is an answer that only the person sees; with Replace it takes the
	// place of the message whose button was pressed.
	Notice  *reply.Message
	Replace bool
	// Deferred: the card that the button is on is edited by itself; there is
	// nothing to say besides.
	Deferred bool
	// File goes with Notice, which shows it.
	File *reply.Document
	// Erased: the message that the button is on is deleted.
	Erased bool
	// Public is an answer that everybody sees. Sent, where it is not nil, is called
	// with the id of its message.
	Public *reply.Message
	Sent   func(ctx context.Context, message string) error
}

// Refusal is a mistake of the person's, or a bound that they met: what they
// read is the sentence Key of the catalog.
type Refusal struct {
	Key  string
	Args i18n.Args
	Err  error // set where it is a fault of ours, which the operator must read
}

func (r *Refusal) Error() string {
	if r.Err != nil {
		return fmt.Sprintf("refused: %s: %v", r.Key, r.Err)
	}
	return fmt.Sprintf("refused: %s", r.Key)
}

// Unwrap returns the fault of ours.
func (r *Refusal) Unwrap() error { return r.Err }

func refuse(key string, args ...i18n.Args) error {
	r := &Refusal{Key: key}
	if len(args) > 0 {
		r.Args = args[0]
	}
	return r
}

// Handle reads and checks an interaction and does what it asks for. A *Refusal
// is for the person; any other error is ours.
func (s *Set) Handle(ctx context.Context, in Interaction) (Answer, error) {
	// A completion is asked for with every key, and costs nobody anything.
	if in.Kind != KindComplete {
		if again, ok := s.pace.take(in.Member, s.Now()); !ok {
			return Answer{}, refuse("refusal.pace", i18n.Args{"Max": s.PerMinute, "Time": again})
		}
	}
	switch in.Kind {
	case KindCommand:
		if c, ok := s.commands[in.Command]; ok {
			return c.run(ctx, in)
		}
	case KindComplete:
		if c, ok := s.commands[in.Command].(completer); ok {
			choices, err := c.complete(ctx, in)
			return Answer{Choices: append([]Choice{}, choices...)}, err
		}
		return Answer{Choices: []Choice{}}, nil
	case KindComponent, KindModal:
		return s.act(ctx, in)
	}
	return Answer{}, refuse("refusal.unknown")
}

// act handles a button or a modal. Its custom id can be forged: the job must
// be one that this person can see from here.
func (s *Set) act(ctx context.Context, in Interaction) (Answer, error) {
	a, err := reply.ParseAction(in.CustomID)
	if err != nil {
		return Answer{}, refuse("refusal.unknown")
	}
	if dreams(a.Verb) && !in.mayDream() {
		return Answer{}, refuse("refusal.may_not")
	}
	if dreams(a.Verb) {
		if err := s.mayBegin(ctx, in); err != nil {
			return Answer{}, err
		}
	}
	act, ok := s.actions[a.Verb]
	if !ok {
		return Answer{}, refuse("refusal.unknown")
	}
	var j store.Job
	if a.Verb.OfJob() {
		j, err = s.visible(ctx, in, a.Job)
	}
	if errors.Is(err, store.ErrNotFound) {
		return Answer{}, refuse("refusal.job.gone")
	}
	if err != nil {
		return Answer{}, err
	}
	if in.Kind == KindModal {
		return act.submit(ctx, in, a, j)
	}
	return act.press(ctx, in, a, j)
}

// visible returns a job of the interaction's place; store.ErrNotFound for any
// other, and for one that was removed.
func (s *Set) visible(ctx context.Context, in Interaction, id string) (store.Job, error) {
	j, err := s.Store.Get(ctx, id)
	if err != nil {
		return store.Job{}, fmt.Errorf("read job %q: %w", id, err)
	}
	if !in.sees(j) || j.Removed {
		return store.Job{}, fmt.Errorf("job %q is another server's or member's, or removed: %w", id, store.ErrNotFound)
	}
	return j, nil
}

// start completes a job by what the interaction says, and submits it.
func (s *Set) start(ctx context.Context, in Interaction, j store.Job) (Answer, error) {
	j.ID = xid.New().String()
	j.Guild, j.Channel, j.Member = in.Guild, in.Channel, in.Member
	j.UploadLimit, j.Guest = in.UploadLimit, in.Guest
	j.Locale = publicLocale(community.Settings{}, in) // unless the rules say otherwise
	j, err := s.admit(ctx, j, in.Parent, in.Roles)
	if err != nil {
		return Answer{}, err
	}
	j.Origin = store.Origin{Application: in.Application, Interaction: in.ID, Token: in.Token, Expires: in.Received.Add(TokenLife)}
	j.CreatedAt = s.Now()
	if j, err = s.Submitter.Submit(ctx, j); err != nil {
		return Answer{}, unsubmitted(err)
	}
	return Answer{Job: &j}, nil
}

// prompt checks a prompt and returns it as it is stored: without control
// characters, and with white space at its ends cut off.
func (s *Set) prompt(text string) (string, error) {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r < 0x20, r >= 0x7f && r < 0xa0: // C0 and C1 controls
			return -1
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // directions that reach beyond the prompt
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n")))
	switch n, c := len([]rune(text)), s.Capabilities; {
	case strings.Trim(reply.Label(text), "\u200c\u200d\u3164\u2800 ") == "": // nothing that could be seen
		return "", refuse("refusal.prompt.blank")
	case n < c.PromptMin:
		return "", refuse("refusal.prompt.short", i18n.Args{"Min": c.PromptMin})
	case n > c.PromptMax:
		return "", refuse("refusal.prompt.long", i18n.Args{"Length": n, "Max": c.PromptMax})
	}
	return text, nil
}

// modalPrompt puts a modal's prompt together and checks it.
func (s *Set) modalPrompt(in Interaction) (string, error) {
	var text strings.Builder
	for _, id := range reply.PromptInputs() {
		text.WriteString(in.Inputs[id])
	}
	return s.prompt(text.String())
}
