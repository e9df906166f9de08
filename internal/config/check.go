package config

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// check notes what is wrong with the parsed values, and brings those that are
// right into their one form.
func (c *Config) check(f *findings, known Known) {
	if what := badSecret(c.Discord.Token.Reveal()); what != "" {
		f.add("DISCORD_TOKEN", what)
	}
	if what := badSecret(c.Luma.Key.Reveal()); what != "" {
		f.add("LUMA_API_KEY", what)
	}

	var what string
	if c.Discord.APIURL, what = address(c.Discord.APIURL, false); what != "" {
		f.add("DISCORD_API_URL", what)
	}
	if c.Luma.APIURL != "" {
		if c.Luma.APIURL, what = address(c.Luma.APIURL, true); what != "" {
			f.add("LUMA_API_URL", what)
		}
	}
	if c.Discord.GuildID != "" && !isSnowflake(c.Discord.GuildID) {
		f.add("DISCORD_GUILD_ID", "is "+f.shown("DISCORD_GUILD_ID"))
	}

	if !slices.Contains(known.Dialects, c.Luma.Dialect) {
		f.addShould("LUMA_API", "is "+f.shown("LUMA_API"), "one of: "+strings.Join(known.Dialects, ", "))
	}
	c.Luma.check(f, known, c.HTTPAddr != "")
	badInterval := outside(c.Luma.PollInterval, minPollInterval, maxPollInterval)
	if badInterval {
		f.add("LUMA_POLL_INTERVAL", "is "+f.shown("LUMA_POLL_INTERVAL"))
	}
	if c.Luma.Concurrency < minConcurrency || c.Luma.Concurrency > maxConcurrency {
		f.add("LUMA_CONCURRENCY", "is "+f.shown("LUMA_CONCURRENCY"))
	}
	if outside(c.Job.Deadline, minDeadline, maxDeadline) || !badInterval && c.Job.Deadline <= c.Luma.PollInterval {
		f.add("JOB_DEADLINE", "is "+f.shown("JOB_DEADLINE"))
	}
	if c.Job.Retention != 0 && outside(c.Job.Retention, minRetention, maxRetention) {
		f.add("JOB_RETENTION", "is "+f.shown("JOB_RETENTION"))
	}
	if c.Member.CommandsPerMinute < 0 || c.Member.CommandsPerMinute > maxOfMember {
		f.add("MEMBER_COMMANDS_PER_MINUTE", "is "+f.shown("MEMBER_COMMANDS_PER_MINUTE"))
	}
	if c.Member.MaxJobs < 0 || c.Member.MaxJobs > maxOfMember {
		f.add("MEMBER_MAX_JOBS", "is "+f.shown("MEMBER_MAX_JOBS"))
	}

	switch emoji, ok := emoji(c.Reaction.Extend); {
	case !ok:
		f.add("REACTION_EXTEND", "is "+f.shown("REACTION_EXTEND"))
	case strings.TrimSuffix(emoji, "\uFE0F") == "❌":
		f.addShould("REACTION_EXTEND", `is "❌", which asks whether to remove a result`, "another emoji, as ⏩")
	case strings.TrimSuffix(emoji, "\uFE0F") == "🌟":
		f.addShould("REACTION_EXTEND", `is "🌟", which is a vote`, "another emoji, as ⏩")
	default:
		c.Reaction.Extend = emoji
	}
	if c.Reaction.Members < 1 || c.Reaction.Members > maxReactors {
		f.add("REACTION_EXTEND_MEMBERS", "is "+f.shown("REACTION_EXTEND_MEMBERS"))
	}

	if what := badFile(c.Database); what != "" {
		f.add("DATABASE_URL", what)
	}
	if c.HTTPAddr != "" && !isHostPort(c.HTTPAddr) {
		f.add("HTTP_ADDR", "is "+f.shown("HTTP_ADDR"))
	}
	// slog's own parser takes steps between these levels, too.
	if !slices.Contains([]slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}, c.Log.Level) {
		f.add("LOG_LEVEL", "is "+f.shown("LOG_LEVEL"))
	}
	c.Log.Format = strings.ToLower(c.Log.Format)
	if c.Log.Format != formatText && c.Log.Format != formatJSON {
		f.add("LOG_FORMAT", "is "+f.shown("LOG_FORMAT"))
	}
}

// check notes what is wrong with prices, and with the address for callbacks, which
// is of no use where nothing is served.
func (l *Luma) check(f *findings, known Known, served bool) {
	if l.Prices != "" && known.Prices != nil {
		if err := known.Prices(l.Prices); err != nil {
			f.add("PRICES", "cannot be used: "+f.reason(err))
		}
	}
	if l.CallbackURL == "" {
		return
	}
	var what string
	if l.CallbackURL, what = address(l.CallbackURL, true); what != "" {
		f.add("CALLBACK_URL", what)
	} else if !served {
		f.addShould("CALLBACK_URL", "is set, and HTTP_ADDR is not", "empty, or the public address of an HTTP_ADDR that is set")
	}
}

// customEmoji matches an emoji of a server's own as it is written in a message,
// or as the API takes it.
var customEmoji = regexp.MustCompile(`^(?:<a?:)?(\w{2,32}):(\d{17,20})>?$`)

// emoji brings an emoji into the form that the API takes, and reports whether
// it is one: a server's own, or characters outside of ASCII of which at least one
// is a symbol.
func emoji(value string) (string, bool) {
	if value == "" {
		return "", true
	}
	if own := customEmoji.FindStringSubmatch(value); own != nil {
		return own[1] + ":" + own[2], true
	}
	const longest = 16 // runes; families of people have 11
	runes, symbol := 0, false
	for _, r := range value {
		runes++
		keycap := strings.ContainsRune("0123456789#*", r) && strings.HasSuffix(value, "\u20E3")
		if r < 0x80 && !keycap || unicode.IsSpace(r) || unicode.IsLetter(r) && r < 0x1F000 && r != 'ℹ' {
			return "", false
		}
		symbol = symbol || unicode.IsSymbol(r) || unicode.Is(unicode.Me, r)
	}
	return value, symbol && runes <= longest
}

func outside(d, least, most time.Duration) bool { return d < least || d > most }

// badSecret says what is wrong with a token or key. It goes into a header, so
// only visible ASCII can be right; quotes are there where a tool took them for
// a part of the value.
func badSecret(value string) string {
	for _, r := range value {
		switch {
		case r == '"' || r == '\'':
			return "has a quotation mark in it"
		case unicode.IsSpace(r):
			return "has white space in it"
		case r <= ' ' || r > '~':
			return "has a character in it that no token has"
		}
	}
	return ""
}

// address brings an address that calls go to into its one form, without a
// slash at its end, or says what is wrong with it. A token travels there: plain
// http is for loopback alone. The words hold no part of the address but its
// scheme, since a password can be in the others.
func address(value string, path bool) (clean, what string) {
	u, err := url.Parse(value)
	switch {
	case err != nil || strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return "", "is no address that can be read"
	case u.Scheme == "" || u.Opaque != "" || !isHost(u.Hostname()) || !isPort(u):
		return "", "is no full address"
	case u.Scheme != "https" && u.Scheme != "http":
		return "", "has another scheme than https and http"
	case u.User != nil:
		return "", "has a user name or password in it"
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(value, "#"):
		return "", "has a query or fragment"
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return "", "sends a secret over plain http to another machine"
	case !path && u.Path != "" && u.Path != "/":
		return "", "has a path"
	case !isCleanPath(u.Path):
		return "", "has a path with empty or dotted parts"
	}
	return u.Scheme + "://" + u.Host + strings.TrimSuffix(u.EscapedPath(), "/"), ""
}

// isPort reports whether u has no port, or one that can be called.
func isPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}

func isCleanPath(p string) bool {
	return p == "" || !strings.Contains(p, "//") && strings.TrimSuffix(p, "/") == strings.TrimSuffix(path.Clean(p), "/")
}

// isLoopback reports whether host is this machine: localhost, 127.0.0.0/8 or
// ::1. Other names may mean this machine today and another one tomorrow.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// isSnowflake reports whether id has a snowflake's form: an unsigned 64-bit
// number whose upper bits count milliseconds since 2015, so that every server
// has one of 17 digits or more.
// Source: discord-api-docs, reference, "Snowflakes".
func isSnowflake(id string) bool {
	if len(id) < 17 || id[0] == '0' {
		return false
	}
	for _, r := range id {
		if r < '0' || r > '9' {
			return false
		}
	}
	_, err := strconv.ParseUint(id, 10, 64)
	return err == nil
}

// scheme is the beginning of what is an address and no path. Two letters at
// least: C:\dreambot.db is a path.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:`)

// badFile says why a path is no file's. A database's address can hold a
// password, so its value is never shown.
func badFile(name string) string {
	switch {
	case scheme.MatchString(name):
		return "is an address, and only a file is supported"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "has a control character in it"
	case strings.HasSuffix(name, "/") || strings.HasSuffix(name, `\`) || path.Base(name) == "." || path.Base(name) == "..":
		return "is the path of a folder"
	}
	return ""
}

// isHostPort reports whether a server can listen on addr; host may be empty,
// which is every address of this machine, and port 0, which is any free one.
func isHostPort(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil && (host == "" || isHost(host))
}

// hostname is a name as it can be looked up.
var hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

// isHost reports whether host is a name or an IP address, without a zone.
func isHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" || hostname.MatchString(host)
}
