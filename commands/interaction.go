package commands

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/secret"
)

// Kind is what a person did.
type Kind int

// The kinds of interactions that the bot answers.
// Source: discord-api-docs, interactions/receiving-and-responding#interaction-object-interaction-type.
const (
	KindCommand   Kind = 2
	KindComponent Kind = 3
	KindComplete  Kind = 4
	KindModal     Kind = 5
)

// TokenLife is how long an interaction's token lives.
// Source: discord-api-docs, interactions/receiving-and-responding.
const TokenLife = 15 * time.Minute

// defaultUploadLimit is what Discord takes where it does not say.
const defaultUploadLimit = 10 << 20

// Interaction is one thing that a person did, as the bot reads it.
type Interaction struct {
	Kind        Kind
	ID          string
	Application string
	Token       secret.Text
	Received    time.Time

	Guild       string // empty in direct messages
	Channel     string
	Member      string   // user id
	Permissions uint64   // of the person in the channel; 0 in direct messages
	Roles       []string // ids of the person's; none in direct messages
	Parent      string   // channel that a thread belongs to; empty where it is none
	Locale      string   // of the person
	GuildLocale string   // that the server has chosen; empty where it cannot choose, and in direct messages
	UploadLimit int64    // bytes per file
	// Guest: the bot is not where this happens; the member has installed it for
	// themselves. Beyond the token nothing there can be reached.
	Guest bool

	Command string            // name, of a command or a completion
	Sub     string            // name of the subcommand; empty: it has none
	Options map[string]Option // by name
	Focused string            // name of the option being completed
	Files   map[string]File   // attachments, by id
	Target  Target            // of a command in a message's menu

	CustomID string              // of a component or a modal
	Values   []string            // that were chosen in a select menu
	Message  string              // id of the message that a component is on
	Open     bool                // that message is seen by everybody
	Inputs   map[string]string   // texts of a modal, by custom id
	Picked   map[string][]string // ids of files that a modal was given, by custom id
}

// Target is the message whose menu a command was chosen in.
type Target struct {
	ID    string // empty: there is none
	Files []File // what can be seen on it: attachments, embedded images, media
}

// Option is the value of an option; its type is the definition's.
type Option struct {
	Text string // string, and the id of an attachment
	Bool bool
}

// File is an attachment as Discord describes it.
type File struct {
	Name        string
	ContentType string
	URL         string
	Size        int64
	Width       int // pixels; 0 where Discord could not decode an image
	Height      int // pixels
}

// wire is the part of an interaction's payload that is read, as Discord
// documents it. discordgo's own type does not know the fields and components
// that are newer than it, and fails on the whole payload then.
type wire struct {
	ID            string `json:"id"`
	ApplicationID string `json:"application_id"`
	Type          Kind   `json:"type"`
	Token         string `json:"token"`
	GuildID       string `json:"guild_id"`
	ChannelID     string `json:"channel_id"`
	Locale        string `json:"locale"`
	GuildLocale   string `json:"guild_locale"`
	Guild         struct {
		Features []string `json:"features"`
	} `json:"guild"`
	UploadLimit int64           `json:"attachment_size_limit"`
	Data        json.RawMessage `json:"data"`
	Channel     struct {
		wireID
		Type     int    `json:"type"`
		ParentID string `json:"parent_id"`
	} `json:"channel"`
	Message struct {
		wireID
		Flags int `json:"flags"`
	} `json:"message"`
	Member struct {
		User        wireID   `json:"user"`
		Permissions string   `json:"permissions"`
		Roles       []string `json:"roles"`
	} `json:"member"`
	User   wireID                     `json:"user"`
	Where  int                        `json:"context"`
	Owners map[string]json.RawMessage `json:"authorizing_integration_owners"`
}

// Contexts and installations, as an interaction tells of them.
// Source: discord-api-docs, interactions/receiving-and-responding.
const (
	wherePrivate = 2   // between persons
	ownerGuild   = "0" // key of who has installed the application to the server
)

// guest reports whether the bot is not where the interaction comes from.
func (w *wire) guest() bool {
	_, installed := w.Owners[ownerGuild]
	return w.Where == wherePrivate || len(w.Owners) > 0 && !installed
}

// isThread reports whether a channel is a thread, whose parent is the channel
// that it belongs to; a channel's own parent is its category.
// Source: discord-api-docs, resources/channel#channel-object-channel-types.
func isThread(channelType int) bool { return channelType >= 10 && channelType <= 12 }

// wireID is what has an id, and more that is not read.
type wireID struct {
	ID string `json:"id"`
}

type wireCommand struct {
	Name     string       `json:"name"`
	TargetID string       `json:"target_id"`
	Options  []wireOption `json:"options"`
	Resolved struct {
		wireFiles
		Messages map[string]wireMessage `json:"messages"`
	} `json:"resolved"`
}

// wireOption is an option, or a subcommand with options of its own.
type wireOption struct {
	Type    int             `json:"type"`
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value"`
	Focused bool            `json:"focused"`
	Options []wireOption    `json:"options"`
}

type wireForm struct {
	Values     []string        `json:"values"`
	CustomID   string          `json:"custom_id"`
	Components []wireComponent `json:"components"`
	Resolved   wireFiles       `json:"resolved"`
}

// wireComponent is a component of a modal that came back: an Action Row or a
// Label around an input, or the input itself. A file or a choice that is no
// text leaves Value empty.
type wireComponent struct {
	CustomID   string          `json:"custom_id"`
	Value      json.RawMessage `json:"value"`
	Values     []string        `json:"values"`
	Component  *wireComponent  `json:"component"`
	Components []wireComponent `json:"components"`
}

// maxNesting bounds how deep a modal's components are followed; Discord nests
// them one deep.
const maxNesting = 4

// Decode reads an interaction's payload. An interaction of a kind that the bot
// does not answer is returned with that Kind and little else.
func Decode(payload []byte, received time.Time) (Interaction, error) {
	var w wire
	if err := json.Unmarshal(payload, &w); err != nil {
		// The error could quote the payload, which holds the token.
		return Interaction{}, fmt.Errorf("interaction is not the JSON that Discord documents (%T)", err)
	}
	in := Interaction{
		Kind: w.Type, ID: w.ID, Application: w.ApplicationID, Token: secret.New(w.Token), Received: received,
		Guild: w.GuildID, Channel: w.ChannelID, Member: w.Member.User.ID,
		Locale: w.Locale, UploadLimit: w.UploadLimit, Message: w.Message.ID,
		Roles: w.Member.Roles, Guest: w.guest(), Options: map[string]Option{}, Files: map[string]File{}, Inputs: map[string]string{},
		Picked: map[string][]string{},
	}
	// Every other server has en-US there, whatever its members speak.
	// Source: discord-api-docs, resources/guild, preferred_locale.
	if slices.Contains(w.Guild.Features, "COMMUNITY") {
		in.GuildLocale = w.GuildLocale
	}
	in.Open = in.Message != "" && w.Message.Flags&reply.FlagEphemeral == 0
	if in.Channel == "" {
		in.Channel = w.Channel.ID
	}
	if isThread(w.Channel.Type) {
		in.Parent = w.Channel.ParentID
	}
	if in.Member == "" {
		in.Member = w.User.ID
	}
	// What cannot be read gives no right. Beyond 64 bits ParseUint gives all.
	if rights, err := strconv.ParseUint(w.Member.Permissions, 10, 64); err == nil {
		in.Permissions = rights
	}
	if in.UploadLimit <= 0 {
		in.UploadLimit = defaultUploadLimit
	}
	if in.ID == "" || in.Token.IsZero() {
		return Interaction{}, fmt.Errorf("interaction of type %d lacks its id or token", w.Type)
	}
	var err error
	switch in.Kind {
	case KindCommand, KindComplete:
		err = in.readCommand(w.Data)
	case KindComponent, KindModal:
		err = in.readForm(w.Data)
	default:
		return in, nil
	}
	if err == nil && (in.Member == "" || in.Channel == "") {
		err = fmt.Errorf("interaction %s does not say who did it and where", in.ID)
	}
	return in, err
}

func (in *Interaction) readCommand(data json.RawMessage) error {
	var c wireCommand
	if err := json.Unmarshal(data, &c); err != nil {
		return fmt.Errorf("data of interaction %s: %w", in.ID, err)
	}
	in.Command = c.Name
	if len(c.Options) == 1 && c.Options[0].Type == optionSub {
		in.Sub, c.Options = c.Options[0].Name, c.Options[0].Options
	}
	for _, o := range c.Options {
		in.Options[o.Name] = readValue(o.Value)
		if o.Focused {
			in.Focused = o.Name
		}
	}
	c.Resolved.into(in)
	if c.TargetID != "" {
		in.Target = Target{ID: c.TargetID, Files: c.Resolved.Messages[c.TargetID].files()}
	}
	return nil
}

func (in *Interaction) readForm(data json.RawMessage) error {
	var f wireForm
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("data of interaction %s: %w", in.ID, err)
	}
	in.CustomID, in.Values = f.CustomID, f.Values
	f.Resolved.into(in)
	in.readInputs(f.Components, maxNesting)
	return nil
}

func (in *Interaction) readInputs(list []wireComponent, depth int) {
	if depth == 0 {
		return
	}
	for _, c := range list {
		if c.CustomID != "" {
			in.Inputs[c.CustomID] = readValue(c.Value).Text
			in.Picked[c.CustomID] = c.Values
		}
		if c.Component != nil {
			in.readInputs([]wireComponent{*c.Component}, depth-1)
		}
		in.readInputs(c.Components, depth-1)
	}
}

// readValue reads an option's value, which is a string, a boolean or a number,
// and what that is is the command's to know.
func readValue(raw json.RawMessage) Option {
	var o Option
	if json.Unmarshal(raw, &o.Text) == nil {
		return o
	}
	_ = json.Unmarshal(raw, &o.Bool) // a number leaves both empty
	return o
}
