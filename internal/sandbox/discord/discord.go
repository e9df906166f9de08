// Package discord is a stand-in for Discord on loopback: REST under /api/v9
// and /api/v10, the gateway over a WebSocket, attachments served, and people
// who type commands, take them from a message's menu, press buttons, write and
// react.
//
// There are two servers that the bot is in, one that it is not, and a private
// channel between two people: everybody has installed the bot for themselves,
// so that its commands for users are offered there too.
//
// It is written from Discord's documentation and shares no struct with a
// client library, and it enforces Discord's rules with Discord's error codes.
// Bots on discordgo, disgo and discord.js work with it.
//
// Its troubles are named (SetFaults), can be done by people who moderate (Kick,
// Deny, DeleteChannel and others), happen to the gateway (Gateway), or are made
// by hand for one request (SetIntercept). Its clock can be set ahead (Skip).
//
// It lacks what the bot has no use for: threads, polls, stickers, super
// reactions, forwarded messages, user commands and premium buttons. A request
// for one of these is refused rather than half done. What is an emoji it tells
// by its characters: it has no list of Discord's pictures.
package discord

import (
	"errors"
	"time"
)

// User is an account.
type User struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
	Bot        bool   `json:"bot,omitempty"`
	Locale     string `json:"locale"`
}

// Guild is a server.
type Guild struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Locale   string    `json:"preferred_locale"`
	Channels []Channel `json:"channels"`
	Gone     []Channel `json:"gone,omitempty"`     // that were deleted
	Kicked   bool      `json:"kicked,omitempty"`   // the bot was thrown out
	Visiting bool      `json:"visiting,omitempty"` // the bot was never in: it comes with its users
	Roles    []Role    `json:"roles"`              // without @everyone, the highest first
	// Permissions are what each person may do there, as Discord writes it, by
	// their ids, without those of the crowd; a channel may deny them some of it.
	Permissions map[string]string `json:"permissions,omitempty"`
}

// Role is a role of a guild, and who has it.
type Role struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Color       int      `json:"color"` // RGB
	Permissions int64    `json:"permissions"`
	Members     []string `json:"members"` // ids
}

// Channel is a text channel of a guild, the direct messages of a person with
// the bot, or those of people with each other.
type Channel struct {
	ID        string   `json:"id"`
	GuildID   string   `json:"guild_id"`            // empty: direct messages
	Recipient string   `json:"recipient,omitempty"` // the person whose direct messages with the bot they are
	People    []string `json:"people,omitempty"`    // ids of those whose private channel it is, the bot not being one
	Name      string   `json:"name"`
	Denied    int64    `json:"denied,omitempty"` // permissions that the bot lacks here
}

// Attachment is a file of a message or of a command.
type Attachment struct {
	ID          string `json:"id"`
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	Size        int64  `json:"size"`
	URL         string `json:"url"`
	Width       int    `json:"width,omitempty"`  // set where an image or a video could be read
	Height      int    `json:"height,omitempty"` // likewise
	Ephemeral   bool   `json:"ephemeral,omitempty"`
}

// Component is a component of a message or a modal, of any type; fields that
// its type lacks are zero.
type Component struct {
	Type        int           `json:"type"`
	ID          int           `json:"id,omitempty"`
	CustomID    string        `json:"custom_id,omitempty"`
	Content     string        `json:"content,omitempty"`
	Label       string        `json:"label,omitempty"`
	Description string        `json:"description,omitempty"`
	Style       int           `json:"style,omitempty"`
	URL         string        `json:"url,omitempty"`
	Emoji       *Emoji        `json:"emoji,omitempty"`
	Disabled    bool          `json:"disabled,omitempty"`
	AccentColor *int          `json:"accent_color,omitempty"`
	Spoiler     bool          `json:"spoiler,omitempty"`
	Divider     *bool         `json:"divider,omitempty"`
	Spacing     int           `json:"spacing,omitempty"`
	Media       *Media        `json:"media,omitempty"`
	File        *Media        `json:"file,omitempty"`
	Items       []GalleryItem `json:"items,omitempty"`
	Accessory   *Component    `json:"accessory,omitempty"`
	Component   *Component    `json:"component,omitempty"` // of a Label
	Components  []Component   `json:"components,omitempty"`
	Options     []SelectItem  `json:"options,omitempty"`
	Placeholder string        `json:"placeholder,omitempty"`
	Value       string        `json:"value,omitempty"`
	MinLength   int           `json:"min_length,omitempty"`
	MaxLength   int           `json:"max_length,omitempty"`
	MinValues   *int          `json:"min_values,omitempty"`
	MaxValues   *int          `json:"max_values,omitempty"`
	Required    *bool         `json:"required,omitempty"`
	// DefaultValues and ChannelTypes are those of a select menu that Discord fills.
	DefaultValues []DefaultValue `json:"default_values,omitempty"`
	ChannelTypes  []int          `json:"channel_types,omitempty"`
}

// DefaultValue is what is chosen at first in a select menu of users, roles or
// channels.
type DefaultValue struct {
	ID   string `json:"id"`
	Type string `json:"type"` // "user", "role" or "channel"
}

// Emoji is an emoji of a button, an option or a reaction.
type Emoji struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty"`
	Animated bool   `json:"animated,omitempty"`
}

// Media is an unfurled media item: URL is absolute in what the server gives
// out; an attachment:// reference is resolved to the attachment.
type Media struct {
	URL          string `json:"url"`
	ProxyURL     string `json:"proxy_url,omitempty"`
	Width        int    `json:"width,omitempty"`
	Height       int    `json:"height,omitempty"`
	ContentType  string `json:"content_type,omitempty"`
	AttachmentID string `json:"attachment_id,omitempty"`
}

// GalleryItem is an item of a media gallery.
type GalleryItem struct {
	Media       Media  `json:"media"`
	Description string `json:"description,omitempty"`
	Spoiler     bool   `json:"spoiler,omitempty"`
}

// SelectItem is an option of a select menu.
type SelectItem struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Emoji       *Emoji `json:"emoji,omitempty"`
	Default     bool   `json:"default,omitempty"`
}

// Message is a message as people see it.
type Message struct {
	ID          string       `json:"id"`
	ChannelID   string       `json:"channel_id"`
	GuildID     string       `json:"guild_id,omitempty"`
	Author      User         `json:"author"`
	Content     string       `json:"content"`
	Timestamp   time.Time    `json:"timestamp"`
	Edited      *time.Time   `json:"edited_timestamp"`
	Flags       int          `json:"flags"`
	Attachments []Attachment `json:"attachments"`
	Components  []Component  `json:"components"`
	// Reactions are those under the message, in the order of their coming.
	Reactions []Reaction `json:"reactions"`
	// InteractionID and InvokerID are set on an answer to an interaction.
	InteractionID string `json:"interaction_id,omitempty"`
	InvokerID     string `json:"invoker_id,omitempty"`
	CommandName   string `json:"command_name,omitempty"`
	// OnlyFor is the one user who sees an ephemeral message.
	OnlyFor string `json:"only_for,omitempty"`
	// ReplyTo is the message that this one answers.
	ReplyTo string `json:"reply_to,omitempty"`
	// Edits counts the edits that were accepted.
	Edits int `json:"edits"`
	// Mentions is whom the message really mentions after allowed_mentions, as
	// "id" of a user, "&id" of a role, "@everyone" or "@here"; sorted.
	Mentions []string `json:"mentions"`
}

// Choice is a choice of an option, fixed or by autocomplete.
type Choice struct {
	Name  string `json:"name"`
	Value any    `json:"value"` // string or number
}

// Option is an option of a registered command.
type Option struct {
	Type                     int               `json:"type"`
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description"`
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Required                 bool              `json:"required,omitempty"`
	Choices                  []OptionChoice    `json:"choices,omitempty"`
	MinLength                *int              `json:"min_length,omitempty"`
	MaxLength                *int              `json:"max_length,omitempty"`
	MinValue                 *float64          `json:"min_value,omitempty"`
	MaxValue                 *float64          `json:"max_value,omitempty"`
	ChannelTypes             []int             `json:"channel_types,omitempty"`
	Autocomplete             bool              `json:"autocomplete,omitempty"`
	FileTypes                []string          `json:"file_types,omitempty"`
	Options                  []Option          `json:"options,omitempty"`
}

// OptionChoice is a fixed choice with its localizations.
type OptionChoice struct {
	Name              string            `json:"name"`
	NameLocalizations map[string]string `json:"name_localizations,omitempty"`
	Value             any               `json:"value"`
}

// Command is a command that the bot has registered.
type Command struct {
	ID                       string            `json:"id"`
	Type                     int               `json:"type"`
	GuildID                  string            `json:"guild_id,omitempty"` // empty: global
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description"`
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Options                  []Option          `json:"options,omitempty"`
	// Contexts and IntegrationTypes say where it is offered, and to those who
	// have installed the bot how. State fills in what holds where the bot says
	// nothing.
	Contexts         []int `json:"contexts,omitempty"`
	IntegrationTypes []int `json:"integration_types,omitempty"`
	// Permissions are those that a member of a guild needs to be offered it, all of
	// them; nil: none, "0": those of who administers.
	Permissions *string `json:"default_member_permissions,omitempty"`
}

// Invocation is a command that a person types, or takes from a message's menu.
type Invocation struct {
	User    string       `json:"user"`    // id
	Channel string       `json:"channel"` // id; may be empty with a Target
	Command string       `json:"command"` // name; with its group and subcommand behind spaces
	Options []GivenValue `json:"options"`
	// Target is the id of the message whose menu the command is taken from:
	// Command is then the full name of a message command.
	Target string `json:"target,omitempty"`
	// Focused is the name of the option being typed, for Autocomplete.
	Focused string `json:"focused,omitempty"`
}

// GivenValue is an option as a person filled it in.
type GivenValue struct {
	Name  string `json:"name"`
	Value any    `json:"value"` // string, float64 or bool; for an attachment the id that Upload returned
}

// Press is a click on a button, or a choice in a select menu.
type Press struct {
	User     string   `json:"user"`
	Message  string   `json:"message"`
	CustomID string   `json:"custom_id"`
	Values   []string `json:"values,omitempty"` // of a select menu
	// Forged: somebody made it up. There need be no such button on the message, and
	// a menu is taken to offer whatever is chosen; one that is not there is one of
	// strings where there are Values.
	Forged bool `json:"forged,omitempty"`
}

// Submission is a modal sent off.
type Submission struct {
	User  string `json:"user"`
	Modal string `json:"modal"` // Modal.ID
	// Values holds the text of each input by its custom id; for a select menu
	// or a file upload the chosen values, or the ids that Upload returned, one a
	// line.
	Values map[string]string `json:"values"`
}

// Modal is a dialog that the bot opened for one person.
type Modal struct {
	ID         string      `json:"id"` // the interaction that opened it
	User       string      `json:"user"`
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []Component `json:"components"`
}

// OutcomeKind says what came of an interaction.
type OutcomeKind string

// The kinds of outcomes.
const (
	OutcomeMessage  OutcomeKind = "message"  // a message answered it, maybe ephemeral
	OutcomeDeferred OutcomeKind = "deferred" // "thinking…"
	OutcomeUpdate   OutcomeKind = "update"   // the message it came from was edited, or will be
	OutcomeModal    OutcomeKind = "modal"
	OutcomeChoices  OutcomeKind = "choices"
	// OutcomeNone: "The application did not respond": no gateway session, or
	// no answer within Limits.Ack.
	OutcomeNone OutcomeKind = "none"
)

// Outcome is what a person sees at once after an interaction.
type Outcome struct {
	Kind        OutcomeKind   `json:"kind"`
	Interaction string        `json:"interaction"` // id
	Message     *Message      `json:"message,omitempty"`
	Modal       *Modal        `json:"modal,omitempty"`
	Choices     []Choice      `json:"choices,omitempty"`
	Took        time.Duration `json:"took"` // from the act to the bot's first response
}

// Event is a change that the page and the tests follow.
type Event struct {
	Seq  int64     `json:"seq"` // rises by one
	Type EventType `json:"type"`

	Message  *Message  `json:"message,omitempty"`  // created, edited, deleted
	Commands []Command `json:"commands,omitempty"` // registered
	Guilds   []Guild   `json:"guilds,omitempty"`   // all of them
	// Uninstalled are the users who now do not have the bot for themselves.
	Uninstalled []string `json:"uninstalled,omitzero"`

	Outcome *Outcome `json:"outcome,omitempty"` // none
	User    string   `json:"user,omitempty"`    // whom an outcome concerns
	Channel string   `json:"channel,omitempty"` // where
	Command string   `json:"command,omitempty"` // name
	Online  bool     `json:"online"`            // gateway
}

// EventType names a change.
type EventType string

// The types of events.
const (
	EventMessageCreate EventType = "message_create"
	EventMessageUpdate EventType = "message_update"
	EventMessageDelete EventType = "message_delete"
	EventCommands      EventType = "commands"
	EventNoResponse    EventType = "no_response" // an interaction that nobody answered in time
	EventGateway       EventType = "gateway"     // the bot came online or went offline
	EventGuilds        EventType = "guilds"      // moderators changed what Guilds tell of
	EventInstalls      EventType = "installs"    // somebody installed the bot for themselves, or removed it
)

// Errors of the people's acts, which Discord's own client would not allow.
var (
	ErrUnknown = errors.New("no such user, channel, message, command, component or modal")
	ErrInvalid = errors.New("not something Discord's client would send")
)

// State is everything that a page shows at its start.
type State struct {
	Seq         int64     `json:"seq"` // of the last event that is contained
	Application User      `json:"application"`
	Online      bool      `json:"online"`
	Users       []User    `json:"users"`
	Guilds      []Guild   `json:"guilds"`
	Direct      []Channel `json:"direct"`   // of each user's with the bot, and between users
	Messages    []Message `json:"messages"` // oldest first, at most 1,000 a channel
	Commands    []Command `json:"commands"`
	// Uninstalled are the users who do not have the bot for themselves.
	Uninstalled []string `json:"uninstalled,omitempty"`
}
