package community

import (
	"time"

	"dreambot/store"
)

// Prompt is a prompt that its author has shared with a server, and the video
// that came of it. Its video is the file on the result, or on the post in the
// showcase.
type Prompt struct {
	ID     string `json:"id"`     // of the job that it is of
	Guild  string `json:"guild"`  // snowflake
	Author string `json:"author"` // snowflake

	Text     string         `json:"text"`
	Settings store.Settings `json:"settings"`
	Pictures bool           `json:"pictures,omitempty"` // it was dreamed from pictures, too
	Extends  bool           `json:"extends,omitempty"`  // it went on from another video
	Spoiler  bool           `json:"spoiler,omitempty"`
	Remixes  []store.Credit `json:"remixes,omitempty"` // as Job.Remixes

	Result store.Spot    `json:"result"` // message of the result
	Video  store.Upload  `json:"video"`  // the file there
	Length time.Duration `json:"length,omitempty"`

	SharedAt time.Time `json:"shared_at"`
	Contest  string    `json:"contest,omitempty"` // id of the contest that it is an entry of
	Votes    int       `json:"votes"`             // kept by the store

	Post Post `json:"post,omitzero"`
	// Withdrawn: it is in no list any more, and goes once its post is gone.
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// Post is the message in a server's showcase that shows a shared prompt.
type Post struct {
	State PostState `json:"state,omitempty"`
	// Channel is where it is to stand, or stands.
	Channel string `json:"channel,omitempty"`
	Message string `json:"message,omitempty"` // snowflake, once it stands
	// TriedAt is when it was first sent. Its nonce is forgotten within minutes: a
	// try long after looks for the message first.
	TriedAt time.Time    `json:"tried_at,omitzero"`
	Video   store.Upload `json:"video,omitzero"` // the file there
}

// PostState is how far a post is.
type PostState string

// The states of a post.
const (
	PostNone PostState = ""      // none is wished, or Discord has refused it for good
	PostDue  PostState = "due"   // to be sent
	PostMade PostState = "made"  // it stands
	PostGone PostState = "taken" // it was taken away again
)

// Due reports whether the showcase differs from what is stored.
func (p Prompt) Due() bool {
	return p.Withdrawn || p.Post.State == PostDue
}

// Spot is where the post stands.
func (p Post) Spot() store.Spot {
	if p.State != PostMade {
		return store.Spot{}
	}
	return store.Spot{Channel: p.Channel, Message: p.Message}
}

// Place is which message of a prompt a reaction is under.
type Place string

// The places of votes.
const (
	PlaceResult Place = "result"
	PlacePost   Place = "post"
)

// Vote is a member's 🌟 under a result, or under its post. One member has one vote
// for a prompt, wherever it stands and however often: it is taken back with the
// last of the reactions.
type Vote struct {
	Guild  string
	Prompt string // id of the job; it need not be shared yet
	Member string
	Place  Place
}

// Contest is a competition of prompts that are shared in a server while it runs.
type Contest struct {
	ID        string       `json:"id"`      // an xid
	Guild     string       `json:"guild"`   // snowflake
	Channel   string       `json:"channel"` // snowflake; where it was begun, and its winners are announced
	Message   string       `json:"message,omitempty"`
	Theme     string       `json:"theme"`
	StartedBy string       `json:"started_by"` // snowflake, or store.Nobody
	Locale    string       `json:"locale"`     // that it is announced in
	Starts    time.Time    `json:"starts"`
	Ends      time.Time    `json:"ends"`
	State     ContestState `json:"state"`
	Winners   []Winner     `json:"winners,omitempty"` // once it is over; MaxWinners at most
	Entries   int          `json:"entries"`           // once it is over
	// TriedAt is as in Post, for the announcement, and Announced its message.
	TriedAt   time.Time `json:"tried_at,omitzero"`
	Announced string    `json:"announced,omitempty"`
}

// ContestState is how far a contest is.
type ContestState string

// The states of a contest.
const (
	ContestRunning ContestState = "running"
	ContestOver    ContestState = "over"   // the winners are known, and to be announced
	ContestClosed  ContestState = "closed" // announced, or Discord has refused that for good
)

// Winner is an entry that has won, as it stood at the end.
type Winner struct {
	Prompt string     `json:"prompt"`
	Author string     `json:"author"` // snowflake, or store.Nobody
	Text   string     `json:"text"`
	Votes  int        `json:"votes"`
	Result store.Spot `json:"result"`
}

// Bounds of contests.
const (
	MaxWinners  = 3
	MaxTheme    = 200 // characters
	MinDuration = 5 * time.Minute
	MaxDuration = 90 * 24 * time.Hour
	// MaxEntries is how many entries are looked at for the winners.
	MaxEntries = 10_000
)

// Standing is what a member has done for the gallery of a server.
type Standing struct {
	Shared int // prompts that stand in it
	Votes  int // for those
}
