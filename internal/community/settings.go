package community

import (
	"slices"
	"time"

	"dreambot/internal/words"
	"dreambot/store"
)

// Settings are the rules of one server. The zero value is a server that has set
// nothing: everybody may dream everywhere, as much as the operator allows.
type Settings struct {
	Channels []string `json:"channels,omitempty"` // in which one may dream; none: in all
	Roles    []string `json:"roles,omitempty"`    // of which one needs one to dream; none: everybody may

	MemberDreams int           `json:"member_dreams,omitempty"` // that a member may start in a day; 0: no bound
	GuildLength  time.Duration `json:"guild_length,omitempty"`  // of video that the server may use in a day; 0: no bound

	Defaults store.Settings `json:"defaults"` // where a member does not choose

	Showcase string    `json:"showcase,omitempty"` // channel that shared prompts are posted in; empty: none
	Reaction Reaction  `json:"reaction"`
	Language string    `json:"language,omitempty"` // locale of what everybody reads; empty: as Discord says
	Unwanted []string  `json:"unwanted,omitempty"` // words and phrases that no prompt may hold, as they were written
	Spoiler  Spoiler   `json:"spoiler,omitempty"`
	Hidden   []string  `json:"hidden,omitempty"` // channels whose videos are hidden, with SpoilerChannels
	Changed  time.Time `json:"changed,omitzero"` // at last
}

// Reaction is what the reaction that asks for an extension does in a server.
type Reaction struct {
	Off     bool `json:"off,omitempty"`
	Members int  `json:"members,omitempty"` // how many must react; 0: as the operator has set it
}

// Spoiler says which videos are hidden until somebody wants to see them, besides
// those whose members wish it.
type Spoiler string

// The values of Spoiler.
const (
	SpoilerWished   Spoiler = ""         // no others
	SpoilerChannels Spoiler = "channels" // those in the channels of Settings.Hidden
	SpoilerAlways   Spoiler = "always"   // all
)

// Bounds of Settings.
const (
	MaxChannels     = 25              // of each list, as many as a select menu takes
	MaxRoles        = 25              // likewise
	MaxUnwanted     = 200             // words and phrases
	MaxUnwantedSize = 100             // characters of one of them
	MaxMemberDreams = 1000            // in a day
	MaxGuildLength  = 100 * time.Hour // in a day
	MaxMembers      = 100             // of Reaction
)

// Wish is what somebody is about to dream in a server.
type Wish struct {
	Channel string
	Parent  string   // channel that a thread belongs to; empty: it is none, or nobody knows
	Roles   []string // of the member
	Text    string
}

// Denied is why the rules of a server do not allow a wish.
type Denied struct {
	Reason Reason
	Word   string   // as the server wrote it, for ReasonWord
	Where  []string // channels, or roles, that are allowed
}

func (d *Denied) Error() string { return "the server's rules do not allow it: " + string(d.Reason) }

// Reason is what a wish is denied for.
type Reason string

// The reasons.
const (
	ReasonChannel Reason = "channel"
	ReasonRole    Reason = "role"
	ReasonWord    Reason = "word"
)

// Allow returns a *Denied where the rules do not allow a wish.
func (s Settings) Allow(w Wish) error {
	if len(s.Channels) > 0 && !slices.Contains(s.Channels, w.Channel) && !slices.Contains(s.Channels, w.Parent) {
		return &Denied{Reason: ReasonChannel, Where: slices.Clone(s.Channels)}
	}
	if len(s.Roles) > 0 && !slices.ContainsFunc(s.Roles, func(r string) bool { return slices.Contains(w.Roles, r) }) {
		return &Denied{Reason: ReasonRole, Where: slices.Clone(s.Roles)}
	}
	if word, ok := words.Find(w.Text, s.Unwanted); ok {
		return &Denied{Reason: ReasonWord, Word: word}
	}
	return nil
}

// Hides reports whether a video in a channel is hidden whatever its member wishes.
// parent is as in Wish.
func (s Settings) Hides(channel, parent string) bool {
	return s.Spoiler == SpoilerAlways || s.Spoiler == SpoilerChannels &&
		(slices.Contains(s.Hidden, channel) || parent != "" && slices.Contains(s.Hidden, parent))
}

// Allowance is what a day holds for a job in the server.
func (s Settings) Allowance() store.Allowance {
	return store.Allowance{MemberDreams: s.MemberDreams, GuildLength: s.GuildLength}
}
