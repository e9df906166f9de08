// Package config reads the configuration from the environment, and reports
// everything that is wrong with it at once.
//
// The struct Config is the only list of the variables: its tags name each one,
// its default, what it should be and what it means. Parsing, the words of a
// problem, the help text and .env.example are all made from it.
package config

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"time"

	"dreambot/internal/money"
	"dreambot/internal/secret"
)

// Config is a configuration that was checked. It can be printed and logged:
// its secrets stay hidden.
type Config struct {
	Discord  Discord
	Luma     Luma
	Job      Job
	Member   Member
	Reaction Reaction
	Database string `env:"DATABASE_URL" envDefault:"dreambot.db" is:"the path of a file" means:"the file that keeps the jobs; it is made where there is none"`
	HTTPAddr string `env:"HTTP_ADDR" is:"host:port, as 127.0.0.1:9090, or empty" means:"address that serves /healthz, /readyz and /metrics, /luma/ where CALLBACK_URL is set, and to this machine alone what dreambot backup asks for; empty: none does"`
	Log      Log
}

// Discord is how to reach Discord.
type Discord struct {
	Token  secret.Text `env:"DISCORD_TOKEN,required" is:"a bot's token, from the Bot page of an application in Discord's developer portal" means:"signs the bot in to Discord; keep it secret"`
	APIURL string      `env:"DISCORD_API_URL" envDefault:"https://discord.com" is:"an origin, as https://discord.com; plain http only to this machine" means:"origin that REST calls go to, below /api/v9; the gateway's address is asked there too"`
	// GuildID is empty where the commands are registered everywhere.
	GuildID string `env:"DISCORD_GUILD_ID" is:"a server's id, 17 to 20 digits, or empty" means:"register the commands in this server alone, where they show at once; empty: in all servers"`
}

// Luma is how to reach Luma.
type Luma struct {
	Dialect string      `env:"LUMA_API" envDefault:"crazyrouter" is:"the name of a dialect" means:"the dialect of Luma's API that is spoken; an unknown name is answered with all that are known"`
	Key     secret.Text `env:"LUMA_API_KEY,required" is:"an API key of the service that LUMA_API names" means:"pays for the videos; keep it secret"`
	// APIURL is an origin, perhaps with a path to go before every call's own,
	// without a slash at its end. Empty means the dialect's own.
	APIURL       string        `env:"LUMA_API_URL" is:"an address, as https://host or https://host/path; plain http only to this machine" means:"address that Luma's calls go to; empty: the dialect's own"`
	PollInterval time.Duration `env:"LUMA_POLL_INTERVAL" envDefault:"3s" is:"a duration from 100ms to 5m, as 3s" means:"base interval between two queries of one job"`
	Concurrency  int           `env:"LUMA_CONCURRENCY" envDefault:"10" is:"a whole number from 1 to 1000" means:"jobs that may be unfinished at Luma at once; the others wait"`
	// CallbackURL is an origin, perhaps with a path, without a slash at its end.
	// Where it is set, HTTPAddr is set too.
	CallbackURL string `env:"CALLBACK_URL" is:"an address, as https://host or https://host/path, with HTTP_ADDR set; plain http only to this machine" means:"public address of HTTP_ADDR, below which Luma calls /luma/ when a video moves on, where the dialect has that; empty: it is asked at intervals alone"`
	// Prices is as it was given, and passes Known.Prices.
	Prices string `env:"PRICES" is:"a JSON array, as [{\"resolution\":\"720p\",\"duration\":\"5s\",\"usd\":0.30}], or empty" means:"what videos cost, by any of kind, model, resolution and duration; goes before the prices that the dialect's service has published"`
	// PriceShownFrom is nil where no reply says a price.
	PriceShownFrom *money.Amount `env:"PRICE_SHOWN_FROM" is:"an amount in US dollars from 0 to 1000000, as 0.50, or empty" means:"cost from which a reply says what its video costs; 0: all do; empty: none does"`
	// BalanceWarn is nil where nobody is warned.
	BalanceWarn *money.Amount `env:"BALANCE_WARN" is:"an amount in US dollars from 0 to 1000000, as 5, or empty" means:"balance under which the log warns, where the dialect's service tells it; empty: nobody is warned"`
}

// Job is what holds for every job.
type Job struct {
	Deadline time.Duration `env:"JOB_DEADLINE" envDefault:"30m" is:"a duration from 10s to 24h, as 30m, and longer than LUMA_POLL_INTERVAL" means:"time from the call to Luma after which a job fails as timed out"`
	// Retention is 0 where jobs are kept for ever.
	Retention time.Duration `env:"JOB_RETENTION" envDefault:"2160h" is:"a duration from 24h to 87600h, as 2160h, or 0" means:"how long a job is kept after its end; 0: for ever"`
}

// Member is what one member may do.
type Member struct {
	CommandsPerMinute int `env:"MEMBER_COMMANDS_PER_MINUTE" envDefault:"20" is:"a whole number from 0 to 1000" means:"commands, buttons, dialogs and reactions of one member in a minute; 0: no limit"`
	MaxJobs           int `env:"MEMBER_MAX_JOBS" envDefault:"5" is:"a whole number from 0 to 1000" means:"unfinished jobs of one member at once; 0: no limit"`
}

// Reaction is what members' reactions to results do.
type Reaction struct {
	// Extend is the emoji in the form that Discord's API takes: a character, or
	// name:id of one of a server's own. Empty: none does anything.
	Extend  string `env:"REACTION_EXTEND" envDefault:"⏩" is:"an emoji, as ⏩, or name:id of a server's own, or empty" means:"reaction to a video that has it extended, with the same prompt; empty: none does"`
	Members int    `env:"REACTION_EXTEND_MEMBERS" envDefault:"1" is:"a whole number from 1 to 100" means:"how many different members must react with it"`
}

// Log is how to log.
type Log struct {
	Level  slog.Level `env:"LOG_LEVEL" envDefault:"info" is:"debug, info, warn or error" means:"the least level that is logged"`
	Format string     `env:"LOG_FORMAT" envDefault:"text" is:"text or json" means:"how a line of the log is written"`
}

// Loopback reports whether Luma's address is on this machine.
func (l Luma) Loopback() bool {
	u, err := url.Parse(l.APIURL)
	return err == nil && isLoopback(u.Hostname())
}

// The bounds of what has any. The tags of Config say them too.
const (
	minPollInterval = 100 * time.Millisecond
	maxPollInterval = 5 * time.Minute
	minConcurrency  = 1
	maxConcurrency  = 1000
	minDeadline     = 10 * time.Second
	maxDeadline     = 24 * time.Hour
	minRetention    = 24 * time.Hour
	maxRetention    = 87600 * time.Hour
	maxOfMember     = 1000
	maxReactors     = 100
	maxDollars      = 1_000_000 * money.Dollar
)

// The values of Log.Format.
const (
	formatText = "text"
	formatJSON = "json"
)

// Logger returns a logger that writes to w as l says.
func (l Log) Logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.Level}
	if l.Format == formatJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// Variable is a variable of the environment that the configuration is read
// from.
type Variable struct {
	Name     string
	Default  string // empty: none
	Required bool
	Should   string // completes "it should be …"
	Meaning  string

	field string // its field's name in Config's structs
}

// Variables returns all variables, in the order in which people should read
// them.
func Variables() []Variable { return variables(reflect.TypeFor[Config]()) }

func variables(t reflect.Type) []Variable {
	var list []Variable
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("env"), ",")
		switch {
		case name != "":
			list = append(list, Variable{
				Name:     name,
				Default:  f.Tag.Get("envDefault"),
				Required: options == "required",
				Should:   f.Tag.Get("is"),
				Meaning:  f.Tag.Get("means"),
				field:    f.Name,
			})
		case f.Type.Kind() == reflect.Struct:
			list = append(list, variables(f.Type)...)
		}
	}
	return list
}

// Help says in plain text what the variables are, for the help command.
func Help() string {
	var b strings.Builder
	for _, v := range Variables() {
		switch {
		case v.Required:
			fmt.Fprintf(&b, "  %s (required)\n", v.Name)
		case v.Default == "":
			fmt.Fprintf(&b, "  %s (default: empty)\n", v.Name)
		default:
			fmt.Fprintf(&b, "  %s (default: %s)\n", v.Name, v.Default)
		}
		fmt.Fprintf(&b, "    %s\n    Should be %s.\n", sentence(v.Meaning), v.Should)
	}
	return b.String()
}

// sentence gives text a capital letter and a full stop.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }
