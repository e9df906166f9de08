package store

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"dreambot/internal/money"
	"dreambot/internal/secret"
)

// Kind says which paid call a job makes.
type Kind string

// The kinds of jobs.
const (
	KindDream   Kind = "dream"   // a new video, from a prompt and up to two pictures
	KindExtend  Kind = "extend"  // a video that goes on from the parent's, or leads to it
	KindBlend   Kind = "blend"   // the way from the parent's video to Second's
	KindUpscale Kind = "upscale" // the parent's video in a higher resolution
	KindSound   Kind = "sound"   // the parent's video with sound
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{KindDream, KindExtend, KindBlend, KindUpscale, KindSound} }

// Derived reports whether a job of the kind is made from the videos of others.
func (k Kind) Derived() bool { return k != KindDream }

// State is where a job stands. Its transitions are those of CanBecome.
type State string

// The states of a job, in the order of a life without trouble.
const (
	StateWaiting    State = "waiting"    // stored, not yet sent
	StateSubmitting State = "submitting" // the paid call may be on its way
	StateQueued     State = "queued"     // Luma has it
	StateDreaming   State = "dreaming"   // Luma works on it
	StateCompleted  State = "completed"  // the video is known
	StateFailed     State = "failed"     // with a Failure
	StateCancelled  State = "cancelled"  // taken back before it was sent
)

// transitions is the one table of legal changes of state. A change of anything
// else is legal while the state stays as it is.
var transitions = map[State][]State{
	// A waiting job fails when its line or its pictures outlive their bounds.
	StateWaiting: {StateSubmitting, StateFailed, StateCancelled},
	// Back to waiting only when the paid call surely did not start.
	StateSubmitting: {StateWaiting, StateQueued, StateDreaming, StateCompleted, StateFailed},
	StateQueued:     {StateDreaming, StateCompleted, StateFailed},
	StateDreaming:   {StateCompleted, StateFailed},
	StateCompleted:  {},
	StateFailed:     {},
	StateCancelled:  {},
}

// States returns all states, in the order of a life without trouble.
func States() []State {
	return []State{StateWaiting, StateSubmitting, StateQueued, StateDreaming,
		StateCompleted, StateFailed, StateCancelled}
}

// CanBecome reports whether a job in state s may go on to state next.
func (s State) CanBecome(next State) bool { return slices.Contains(transitions[s], next) }

// Final reports whether a job in state s never changes state again.
func (s State) Final() bool { return len(transitions[s]) == 0 }

// AtLuma reports whether a job in state s takes one of the places at Luma: the
// paid call may have been made and its end is not known.
func (s State) AtLuma() bool {
	return s == StateSubmitting || s == StateQueued || s == StateDreaming
}

// Failure is why a job failed. What a person reads for it is in the catalog
// of sentences; what Luma said in its own words is Job.Cause.
type Failure string

// The failures.
const (
	FailureUncertain       Failure = "uncertain"        // nobody can tell whether the paid call was accepted
	FailureTimedOut        Failure = "timed_out"        // not finished within the deadline
	FailureLineTooLong     Failure = "line_too_long"    // never sent: waited in line beyond its bound
	FailurePromptRejected  Failure = "prompt_rejected"  // Luma's moderation refused the prompt
	FailurePictureRejected Failure = "picture_rejected" // Luma's moderation refused a picture
	FailurePictureUnread   Failure = "picture_unread"   // Luma could not fetch or decode a picture
	FailurePictureGone     Failure = "picture_gone"     // never sent: a picture is no longer at Discord
	FailureInvalid         Failure = "invalid"          // Luma refused the request for another reason
	FailureAccount         Failure = "account"          // the operator's key or balance does not do
	FailureUnreachable     Failure = "unreachable"      // never sent: Luma could not be reached within the bounds
	FailureSourceGone      Failure = "source_gone"      // the video to extend is no longer at Luma
	FailureLost            Failure = "lost"             // Luma no longer knows the generation
	FailureNoVideo         Failure = "no_video"         // Luma calls it completed and gives no link
	FailureGeneration      Failure = "generation"       // Luma tried and failed, for reasons of its own
)

// Failures returns all failures.
func Failures() []Failure {
	return []Failure{FailureUncertain, FailureTimedOut, FailureLineTooLong, FailurePromptRejected,
		FailurePictureRejected, FailurePictureUnread, FailurePictureGone, FailureInvalid, FailureAccount,
		FailureUnreachable, FailureSourceGone, FailureLost, FailureNoVideo, FailureGeneration}
}

// MayCost reports whether a job that failed so may have been paid for all the
// same. Whoever tries again must know: nothing does so by itself. What Luma
// refuses or fails, it does not charge.
func (f Failure) MayCost() bool {
	switch f {
	case FailureUncertain, FailureTimedOut, FailureLost, FailureNoVideo:
		return true
	}
	return false
}

// Hold is why the line stands still.
type Hold string

// The reasons for which nothing is sent to Luma.
const (
	HoldNone        Hold = ""            // it moves
	HoldUnreachable Hold = "unreachable" // Luma cannot be reached, or is in trouble
	HoldAccount     Hold = "account"     // the operator's key is not accepted, or the balance is empty
)

// Holds returns all reasons, HoldNone aside.
func Holds() []Hold { return []Hold{HoldUnreachable, HoldAccount} }

// Route is a way by which a job is shown. Each is tried after Discord has
// refused the one before, and none again that was refused.
type Route string

// The routes, in their order.
const (
	// RouteReply edits the reply: by its interaction while the token lives,
	// then by its channel.
	RouteReply Route = ""
	// RoutePost sends a new message to the channel, which answers the reply.
	// It, and what follows, is for the end of a job alone.
	RoutePost Route = "post"
	// RouteDirect sends a direct message to the member.
	RouteDirect Route = "direct"
	// RouteNone leaves what is shown as it is: Discord has refused every way.
	RouteNone Route = "none"
)

// Settings are a member's wishes besides the prompt. A zero field leaves the
// choice to Luma.
type Settings struct {
	Model        string        `json:"model,omitempty"`
	Duration     time.Duration `json:"duration,omitempty"` // of the video
	Resolution   string        `json:"resolution,omitempty"`
	AspectRatio  string        `json:"aspect_ratio,omitempty"` // width:height, as "16:9"
	Loop         bool          `json:"loop,omitempty"`         // the end leads to the beginning
	ExpandPrompt *bool         `json:"expand_prompt,omitempty"`
}

// Picture is an image that a member gave. Its zero value means none.
type Picture struct {
	// URL is Discord's signed address of the picture, query included. It works
	// until Expires; after that a fresh one is read from the job's reply, if the
	// picture stands there.
	URL     string    `json:"url,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Name    string    `json:"name,omitempty"`   // file name, as the member gave it
	Width   int       `json:"width,omitempty"`  // pixels
	Height  int       `json:"height,omitempty"` // pixels
	Size    int64     `json:"size,omitempty"`   // bytes; 0: not known
	// Upload is the picture as it stands on the job's own reply: what a command
	// is given, Discord keeps for a day or so.
	Upload Upload `json:"upload,omitzero"`
}

// IsZero reports whether there is no picture.
func (p Picture) IsZero() bool { return p.URL == "" }

// Works reports whether the address can be used at that time.
func (p Picture) Works(at time.Time) bool { return at.Before(p.Expires) }

// Video is a finished video, as Luma serves it.
type Video struct {
	URL    string `json:"url,omitempty"`    // can expire within the hour
	Width  int    `json:"width,omitempty"`  // pixels, 0 where Luma does not say
	Height int    `json:"height,omitempty"` // pixels, 0 where Luma does not say
}

// Upload is a file that stands on the job's reply at Discord. Its zero value
// means that there is none. One with a name but no id is only ever drawn: it
// goes up with the message.
type Upload struct {
	ID     string        `json:"id,omitempty"`     // attachment id
	Name   string        `json:"name,omitempty"`   // file name, which a component refers to as attachment://NAME
	Size   int64         `json:"size,omitempty"`   // bytes
	Length time.Duration `json:"length,omitempty"` // of a video, as its file says; 0: not known
}

// Spot is where a message stands. Its zero value means nowhere.
type Spot struct {
	Channel string `json:"channel,omitempty"` // snowflake
	Message string `json:"message,omitempty"` // snowflake
}

// IsZero reports whether there is no message.
func (s Spot) IsZero() bool { return s.Message == "" }

// Invitation is the bot's own reaction under a result, which one click joins.
type Invitation string

// The invitations.
const (
	InvitationNone Invitation = ""     // not wished
	InvitationDue  Invitation = "due"  // to be put there
	InvitationMade Invitation = "made" // it is there, or Discord has refused it
)

// Origin is the interaction that asked for a job, and the way back to its
// reply while the token lives.
type Origin struct {
	Application string      `json:"application"` // id, a snowflake
	Interaction string      `json:"interaction"` // id, a snowflake
	Token       secret.Text `json:"-"`           // a backend stores it in a field of its own
	Expires     time.Time   `json:"expires"`     // when Discord voids the token, 15 min after the interaction
}

// Job is one video asked for: what was wished, where it is shown, and how far
// it is. It is a value; a change goes through Store.Update.
type Job struct {
	ID     string `json:"id"` // an xid: 20 characters, sorting by time
	Kind   Kind   `json:"kind"`
	Parent string `json:"parent,omitempty"` // id of the job whose video this is made from; the first of a blend
	Second string `json:"second,omitempty"` // id of the job whose video a blend leads to
	// Back is where the parent's video stood when this one was asked for, and
	// SecondBack where that of Second did.
	Back       Spot `json:"back,omitzero"`
	SecondBack Spot `json:"second_back,omitzero"`
	// Root is the id of the job that the story begins with: its own where that
	// is this one. Part is its place in the story, from 1: the parent's and one.
	Root string `json:"root,omitempty"`
	Part int    `json:"part,omitempty"`
	// Reaction: a member's reaction to the parent's result asked for this. There
	// is no interaction, and the bot makes the first message by itself.
	Reaction bool `json:"reaction,omitempty"`
	// Reactors are the members who ask for an extension of this result by their
	// reactions, in the order of coming, at most MaxReactors.
	Reactors []string `json:"reactors,omitempty"`

	// Source is Luma's id of the generation that this is made from: the parent may
	// be pruned while the job waits in line. Empty: the parent's Remote. SecondSource
	// is that of Second.
	Source       string `json:"source,omitempty"`
	SecondSource string `json:"second_source,omitempty"`
	// Backward: the extension ends where the parent's video begins.
	Backward bool `json:"backward,omitempty"`

	Prompt   string   `json:"prompt"`
	Settings Settings `json:"settings"`
	// Spoiler: the video is hidden until somebody wants to see it.
	Spoiler bool `json:"spoiler,omitempty"`
	// Remixes are the results that this was made after, the nearest first, back to
	// the first; at most MaxCredits.
	Remixes []Credit `json:"remixes,omitempty"`
	// Counts is the length of video that the job counts as, in a server's usage.
	Counts time.Duration `json:"counts,omitempty"`
	// Allowance is what Create holds a new job to. It is not stored.
	Allowance Allowance `json:"-"`
	Image     Picture   `json:"image"`     // first frame
	EndImage  Picture   `json:"end_image"` // last frame
	// Inline: Luma could not fetch a picture, so they are sent with the request.
	Inline bool `json:"inline,omitempty"`
	// Price is what the video costs; 0: not known.
	Price money.Amount `json:"price,omitempty"`
	// Priced: the reply says what the video costs.
	Priced bool `json:"priced,omitempty"`

	Guild   string `json:"guild,omitempty"`   // snowflake; empty in direct messages
	Channel string `json:"channel"`           // snowflake
	Message string `json:"message,omitempty"` // snowflake of the reply; empty until Discord accepted it
	Member  string `json:"member"`            // snowflake of the user who asked
	Locale  string `json:"locale"`            // Discord locale that the reply is written in
	// UploadLimit is the most bytes that Discord takes per file in the reply
	// (attachment_size_limit of the interaction).
	UploadLimit int64 `json:"upload_limit"`
	// Guest: the bot is not where the reply stands, as where a member alone has
	// installed it. The reply can be edited by its interaction's token alone.
	Guest  bool   `json:"guest,omitempty"`
	Origin Origin `json:"origin"`

	State   State   `json:"state"`
	Failure Failure `json:"failure,omitempty"` // set when failed
	Cause   string  `json:"cause,omitempty"`   // for the operator; never shown
	Remote  string  `json:"remote,omitempty"`  // Luma's id of the generation
	Video   Video   `json:"video"`
	Upload  Upload  `json:"upload"`

	// Fallback is the first way of showing the job that Discord has not refused
	// yet, 0 being the richest.
	Fallback int `json:"fallback,omitempty"`
	// Route is the first way of reaching people that Discord has not refused
	// yet.
	Route Route `json:"route,omitempty"`
	// Direct is the channel of the direct messages in which Message stands,
	// a snowflake, where that is not Channel.
	Direct string `json:"direct,omitempty"`
	// PostedAt is when a message of Route was first tried, with the job's id as
	// nonce. Discord knows a nonce for minutes: a try long after looks for the
	// message first.
	PostedAt time.Time `json:"posted_at,omitzero"`
	// Posted: Message is what Route has sent, and no longer the first reply.
	Posted bool `json:"posted,omitempty"`
	// Invitation is the bot's own reaction under the result.
	Invitation Invitation `json:"invitation,omitempty"`
	// Removed: the reply is to be deleted, or was.
	Removed bool `json:"removed,omitempty"`

	// Place is the place in line that the reply shows: 1 is next, 0 is not in
	// line. It is rounded as the tracker's doc says, so that a long line does
	// not cost an edit for every step.
	Place int `json:"place,omitempty"`
	// Ready is when the job is expected to be done, reckoned with its Place from
	// measured durations, while it is in line; zero: nothing was measured yet.
	Ready time.Time `json:"ready,omitzero"`
	// Hold is why the line stands still, while the job is in it.
	Hold Hold `json:"hold,omitempty"`
	// Expected is how long Luma takes as a rule, from SentAt to FinishedAt,
	// measured on jobs alike; 0 is unknown.
	Expected time.Duration `json:"expected,omitempty"`
	// Attempts counts paid calls that surely did not start.
	Attempts int `json:"attempts,omitempty"`

	// Revision rises with every change that the reply shows; Shown is the
	// revision that Discord last accepted. The reply is due for an edit while
	// they differ.
	Revision int64 `json:"revision"`
	Shown    int64 `json:"shown"`

	CreatedAt  time.Time `json:"created_at"`           // stored
	AnsweredAt time.Time `json:"answered_at,omitzero"` // Discord accepted the first reply
	SentAt     time.Time `json:"sent_at,omitzero"`     // submitting began, for the last time
	StartedAt  time.Time `json:"started_at,omitzero"`  // first seen dreaming
	NoVideoAt  time.Time `json:"no_video_at,omitzero"` // first seen completed without a link
	FinishedAt time.Time `json:"finished_at,omitzero"` // reached a final state
}

// Answered reports whether Discord accepted the first reply. Before that
// nothing is paid for.
func (j Job) Answered() bool { return !j.AnsweredAt.IsZero() }

// Due reports whether the reply shows less than is known, or lacks what
// belongs under it.
func (j Job) Due() bool {
	return j.Answered() && (j.Shown != j.Revision || j.Invitation == InvitationDue)
}

// Spot returns where the job's message stands.
func (j Job) Spot() Spot {
	if j.Direct != "" {
		return Spot{j.Direct, j.Message}
	}
	return Spot{j.Channel, j.Message}
}

// SpotGuild returns the guild that the job's message stands in; empty: it is
// outside of guilds.
func (j Job) SpotGuild() string {
	if j.Direct != "" {
		return ""
	}
	return j.Guild
}

// MaxReactors bounds Job.Reactors: it is more than a server can ask for.
const MaxReactors = 100

// Length returns how long the job's video is: as its file says, or else as it
// was asked for; 0: not known.
func (j Job) Length() time.Duration {
	if j.Upload.Length > 0 {
		return j.Upload.Length
	}
	return j.Settings.Duration
}

// Measure returns what the job's duration is compared by.
func (j Job) Measure() Measure {
	return Measure{Kind: j.Kind, Model: j.Settings.Model, Resolution: j.Settings.Resolution,
		Duration: j.Settings.Duration}
}

// LogValue implements slog.LogValuer: ids and state, no prompt, no token.
func (j Job) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", j.ID),
		slog.String("kind", string(j.Kind)),
		slog.String("state", string(j.State)),
		slog.String("remote", j.Remote),
		slog.String("guild", j.Guild),
		slog.String("channel", j.Channel),
	)
}

// shown is the part of a job that its reply shows; a change of it raises the
// revision.
type shown struct {
	State    State
	Failure  Failure
	Place    int
	Ready    time.Time
	Hold     Hold
	Video    Video
	Expected time.Duration
	Removed  bool
	Spoiler  bool
	Remixes  string // the credits, written out
}

// shown tells a waiting job without a place in line from a submitting one no
// more than the reply does: both are about to be sent, and nothing is expected
// yet.
func (j Job) shown() shown {
	s := shown{j.State, j.Failure, j.Place, j.Ready.UTC().Round(0), j.Hold, j.Video, j.Expected, j.Removed, j.Spoiler, ""}
	if len(j.Remixes) > 0 {
		s.Remixes = fmt.Sprintf("%q", j.Remixes)
	}
	if s.State == StateSubmitting {
		s.State = StateWaiting
	}
	if s.State == StateWaiting {
		s.Expected = 0
	}
	return s
}
