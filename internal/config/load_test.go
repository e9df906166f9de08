package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreambot/internal/config"
)

// value is a variable with a value, and what the problem with it says; empty
// where there is none.
type value struct{ name, value, says string }

var values = []value{
	{"DISCORD_TOKEN", "a b", "has white space in it"},
	{"DISCORD_TOKEN", "a\u00a0b", "has white space in it"},
	{"DISCORD_TOKEN", "a\x00b", "has a character in it that no token has"},
	{"DISCORD_TOKEN", "a\u200bb", "has a character in it that no token has"},
	{"DISCORD_TOKEN", `"` + token + `"`, "has a quotation mark in it"},
	{"DISCORD_TOKEN", "Bot", "is not set; it should be a bot's token"},
	{"DISCORD_TOKEN", "Bot Bot " + token, "has white space in it"},
	{"DISCORD_TOKEN", "Botany", ""},
	{"LUMA_API_KEY", key + "\n" + key, "has white space in it"},
	{"LUMA_API_KEY", "Bearer", "is not set; it should be an API key"},

	{"DISCORD_API_URL", "https://discord.example:8443", ""},
	{"DISCORD_API_URL", "http://localhost:8642", ""},
	{"DISCORD_API_URL", "http://LOCALHOST", ""},
	{"DISCORD_API_URL", "http://127.3.2.1:80/", ""},
	{"DISCORD_API_URL", "http://[::1]:8642", ""},
	{"DISCORD_API_URL", "http://discord.example", "sends a secret over plain http"},
	{"DISCORD_API_URL", "http://localhost.example", "sends a secret over plain http"},
	{"DISCORD_API_URL", "http://127.0.0.1.example", "sends a secret over plain http"},
	{"DISCORD_API_URL", "http://0.0.0.0:8642", "sends a secret over plain http"},
	{"DISCORD_API_URL", "http://10.0.0.1", "sends a secret over plain http"},
	{"DISCORD_API_URL", "http://[::2]", "sends a secret over plain http"},
	{"DISCORD_API_URL", "http://localhost:8642@discord.example", "has a user name or password"},
	{"DISCORD_API_URL", "https://me:hunter2@discord.example", "has a user name or password"},
	{"DISCORD_API_URL", "https://discord.com/api/v9", "has a path; it should be an origin"},
	{"DISCORD_API_URL", "https://discord.com?", "has a query or fragment"},
	{"DISCORD_API_URL", "https://discord.com/?a=hunter2", "has a query or fragment"},
	{"DISCORD_API_URL", "https://discord.com/#", "has a query or fragment"},
	{"DISCORD_API_URL", "discord.com", "is no full address"},
	{"DISCORD_API_URL", "//discord.com", "is no full address"},
	{"DISCORD_API_URL", "https:discord.com", "is no full address"},
	{"DISCORD_API_URL", "https://", "is no full address"},
	{"DISCORD_API_URL", "https://:443", "is no full address"},
	{"DISCORD_API_URL", "https://discord.com:", "is no full address"},
	{"DISCORD_API_URL", "https://discord.com:0", "is no full address"},
	{"DISCORD_API_URL", "https://discord.com:65536", "is no full address"},
	{"DISCORD_API_URL", "https://[fe80::1%25eth0]", "is no full address"},
	{"DISCORD_API_URL", "https://dis<cord.com", "is no full address"},
	{"DISCORD_API_URL", "https://me:hunter2 x@discord.com", "is no address that can be read"},
	{"DISCORD_API_URL", "https://discord.com:hunter2", "is no address that can be read"},
	{"DISCORD_API_URL", "ftp://discord.com", "has another scheme"},
	{"LUMA_API_URL", "https://luma.example/dream-machine/v1", ""},
	{"LUMA_API_URL", "http://127.0.0.1:8642/luma", ""},
	{"LUMA_API_URL", "http://luma.example", "sends a secret over plain http"},
	{"LUMA_API_URL", "https://luma.example/a/../b", "has a path with empty or dotted parts"},
	{"LUMA_API_URL", "https://luma.example/%2e%2e/b", "has a path with empty or dotted parts"},
	{"LUMA_API_URL", "https://luma.example//", "has a path with empty or dotted parts"},
	{"LUMA_API_URL", "https://luma.example/a b", "is no address that can be read"},

	{"DISCORD_GUILD_ID", "41771983423143937", ""},
	{"DISCORD_GUILD_ID", "18446744073709551615", ""},
	{"DISCORD_GUILD_ID", "18446744073709551616", `is "18446744073709551616"; it should be a server's id`},
	{"DISCORD_GUILD_ID", "4177198342314393", `is "4177198342314393"`},
	{"DISCORD_GUILD_ID", "041771983423143937", `is "041771983423143937"`},
	{"DISCORD_GUILD_ID", "-41771983423143937", `is "-41771983423143937"`},
	{"DISCORD_GUILD_ID", "my server", `is "my server"`},

	{"LUMA_API", "lumalabs", ""},
	{"LUMA_API", "Lumalabs", `is "Lumalabs"; it should be one of: crazyrouter, lumalabs, agents`},
	{"LUMA_API", "agents", ""},
	{"LUMA_POLL_INTERVAL", "100ms", ""},
	{"LUMA_POLL_INTERVAL", "5m", ""},
	{"LUMA_POLL_INTERVAL", "99ms", `is "99ms"; it should be a duration from 100ms to 5m`},
	{"LUMA_POLL_INTERVAL", "5m1ms", `is "5m1ms"`},
	{"LUMA_POLL_INTERVAL", "3", `is "3"; it should be a duration from 100ms to 5m, as 3s`},
	{"LUMA_POLL_INTERVAL", "1h", `is "1h"`},
	{"LUMA_CONCURRENCY", "1", ""},
	{"LUMA_CONCURRENCY", "1000", ""},
	{"LUMA_CONCURRENCY", "0", `is "0"; it should be a whole number from 1 to 1000`},
	{"LUMA_CONCURRENCY", "1001", `is "1001"`},
	{"LUMA_CONCURRENCY", "2.5", `is "2.5"`},
	{"LUMA_CONCURRENCY", "99999999999999999999", `is "99999999999999999999"`},
	{"PRICES", `[{"resolution":"720p","duration":"5s","usd":0.30}]`, ""},
	{"PRICES", "[\n]", ""},
	{"PRICES", "0.30 a video", `cannot be used: row 7 is "0.30 a video"; it should be a JSON array, as [{"resolution":"720p","duration":"5s","usd":0.30}], or empty`},
	{"PRICES", "sk-Az09+/=~_.", `cannot be used: row 7 is "sk-Az09+/=~_."; it`},
	{"PRICES", "[sk-Qy7PqU0zT3sVn8mWbKd2L", `cannot be used: row 7 is "[sk-Qy7PqU0zT3sVn8mWbKd2L"; it`},
	{"PRICES", "[sk-Qy7PqU0zT3sVn8mWbKd2Lh]", `cannot be used: row 7 is "[(25 bytes)]"; it`},
	{"PRICES", token, "cannot be used: it holds a secret of another variable"},
	{"PRICES", "[" + key, "cannot be used: it holds a secret of another variable"},
	{"PRICE_SHOWN_FROM", "0", ""},
	{"PRICE_SHOWN_FROM", "0.50", ""},
	{"PRICE_SHOWN_FROM", "1000000.000000", ""},
	{"PRICE_SHOWN_FROM", "1000000.000001", `is "1000000.000001"; it should be an amount in US dollars from 0 to 1000000, as 0.50, or empty`},
	{"PRICE_SHOWN_FROM", "$0.50", `is "$0.50"`},
	{"PRICE_SHOWN_FROM", "-1", `is "-1"`},
	{"BALANCE_WARN", "5", ""},
	{"BALANCE_WARN", "5.0000001", `is "5.0000001"; it should be an amount in US dollars from 0 to 1000000, as 5, or empty`},
	{"BALANCE_WARN", "little", `is "little"`},
	{"CALLBACK_URL", "https://bot.example", ""},
	{"CALLBACK_URL", "https://bot.example:8443/dreams/", ""},
	{"CALLBACK_URL", "http://127.0.0.1:9090", ""},
	{"CALLBACK_URL", "http://bot.example", "sends a secret over plain http to another machine; it should be an address, as https://host or https://host/path, with HTTP_ADDR set"},
	{"CALLBACK_URL", "https://me:hunter2@bot.example", "has a user name or password"},
	{"CALLBACK_URL", "https://bot.example/?key=hunter2", "has a query or fragment"},
	{"CALLBACK_URL", "https://bot.example/a/../b", "has a path with empty or dotted parts"},
	{"CALLBACK_URL", "bot.example", "is no full address"},
	{"JOB_DEADLINE", "10s", ""},
	{"JOB_DEADLINE", "24h", ""},
	{"JOB_DEADLINE", "9s", `is "9s"; it should be a duration from 10s to 24h`},
	{"JOB_DEADLINE", "24h1s", `is "24h1s"`},
	{"JOB_DEADLINE", "soon", `is "soon"`},
	{"JOB_RETENTION", "0", ""},
	{"JOB_RETENTION", "24h", ""},
	{"JOB_RETENTION", "87600h", ""},
	{"JOB_RETENTION", "23h", `is "23h"; it should be a duration from 24h to 87600h, as 2160h, or 0`},
	{"JOB_RETENTION", "-1h", `is "-1h"`},
	{"JOB_RETENTION", "90d", `is "90d"`},
	{"MEMBER_COMMANDS_PER_MINUTE", "0", ""},
	{"MEMBER_COMMANDS_PER_MINUTE", "1000", ""},
	{"MEMBER_COMMANDS_PER_MINUTE", "-1", `is "-1"; it should be a whole number from 0 to 1000`},
	{"MEMBER_COMMANDS_PER_MINUTE", "1001", `is "1001"`},
	{"MEMBER_MAX_JOBS", "0", ""},
	{"MEMBER_MAX_JOBS", "1000", ""},
	{"MEMBER_MAX_JOBS", "1001", `is "1001"`},
	{"MEMBER_MAX_JOBS", "few", `is "few"`},

	{"REACTION_EXTEND", "", ""},
	{"REACTION_EXTEND", "⏩", ""},
	{"REACTION_EXTEND", "▶️", ""},
	{"REACTION_EXTEND", "1️⃣", ""},
	{"REACTION_EXTEND", "🇩🇪", ""},
	{"REACTION_EXTEND", "👨‍👩‍👧‍👦", ""},
	{"REACTION_EXTEND", "onward:41771983423143937", ""},
	{"REACTION_EXTEND", "<:onward:41771983423143937>", ""},
	{"REACTION_EXTEND", "<a:onward:41771983423143937>", ""},
	{"REACTION_EXTEND", "❌", `is "❌", which asks whether to remove a result; it should be another emoji`},
	{"REACTION_EXTEND", "🌟", `is "🌟", which is a vote; it should be another emoji`},
	{"REACTION_EXTEND", "❌\uFE0F", `is "❌", which asks whether to remove a result; it should be another emoji`},
	{"REACTION_EXTEND", "more", `is "more"; it should be an emoji, as ⏩`},
	{"REACTION_EXTEND", ":fast_forward:", `is ":fast_forward:"`},
	{"REACTION_EXTEND", "⏩ more", `is "⏩ more"`},
	{"REACTION_EXTEND", "⏩ ⏩", `is "⏩ ⏩"`},
	{"REACTION_EXTEND", "⏩>", `is "⏩>"`},
	{"REACTION_EXTEND", "继续", `is "继续"`},
	{"REACTION_EXTEND", "7", `is "7"`},
	{"REACTION_EXTEND", "\uFE0F", "is \"\uFE0F\""},
	{"REACTION_EXTEND", "⏩\x00", `is "⏩\x00"`},
	{"REACTION_EXTEND", "onward:4177198342314393", `is "onward:4177198342314393"`},
	{"REACTION_EXTEND", "<:on ward:41771983423143937>", `is a text of`},
	{"REACTION_EXTEND", strings.Repeat("⏩", 17), `is a text of 51 bytes`},
	{"REACTION_EXTEND_MEMBERS", "1", ""},
	{"REACTION_EXTEND_MEMBERS", "100", ""},
	{"REACTION_EXTEND_MEMBERS", "0", `is "0"; it should be a whole number from 1 to 100`},
	{"REACTION_EXTEND_MEMBERS", "-1", `is "-1"`},
	{"REACTION_EXTEND_MEMBERS", "101", `is "101"`},
	{"REACTION_EXTEND_MEMBERS", "all", `is "all"`},

	{"DATABASE_URL", "./a:b.db", ""},
	{"DATABASE_URL", `C:\dreams\jobs.db`, ""},
	{"DATABASE_URL", "postgres://me:hunter2@db/dreams", "is an address, and only a file is supported; it should be the path of a file"},
	{"DATABASE_URL", "sqlite:dreams.db", "is an address"},
	{"DATABASE_URL", "dreams/", "is the path of a folder"},
	{"DATABASE_URL", `dreams\`, "is the path of a folder"},
	{"DATABASE_URL", "..", "is the path of a folder"},
	{"DATABASE_URL", "dreams\x00.db", "has a control character in it"},

	{"HTTP_ADDR", ":9090", ""},
	{"HTTP_ADDR", "127.0.0.1:0", ""},
	{"HTTP_ADDR", "[::]:65535", ""},
	{"HTTP_ADDR", "bot.example:80", ""},
	{"HTTP_ADDR", "9090", `is "9090"; it should be host:port`},
	{"HTTP_ADDR", "localhost:http", `is "localhost:http"`},
	{"HTTP_ADDR", "localhost:65536", `is "localhost:65536"`},
	{"HTTP_ADDR", "http://localhost:9090", `is "http://localhost:9090"`},
	{"HTTP_ADDR", "local host:9090", `is "local host:9090"`},

	{"LOG_LEVEL", "debug", ""},
	{"LOG_LEVEL", "Warn", ""},
	{"LOG_LEVEL", "error", ""},
	{"LOG_LEVEL", "trace", `is "trace"; it should be debug, info, warn or error`},
	{"LOG_LEVEL", "info+1", `is "info+1"`},
	{"LOG_FORMAT", "json", ""},
	{"LOG_FORMAT", "xml", `is "xml"; it should be text or json`},
}

// serving is minimal with an address that is served, which others need.
func serving(name, value string) map[string]string {
	return minimal("HTTP_ADDR", "127.0.0.1:9090", name, value)
}

func TestValues(t *testing.T) {
	t.Parallel()
	for _, c := range values {
		_, err := config.Load(serving(c.name, c.value), known)
		if c.says == "" {
			if err != nil {
				t.Errorf("%s=%q: %v", c.name, c.value, err)
			}
			continue
		}
		var problems config.Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Variable != c.name || !strings.HasPrefix(problems[0].Message, c.says) {
			t.Errorf("%s=%q: %v, want %s", c.name, c.value, err, c.says)
			continue
		}
		if !strings.Contains(problems[0].Message, "; it should be ") {
			t.Errorf("%s=%q: %v does not say what it should be", c.name, c.value, err)
		}
		for _, hidden := range []string{token, key, "hunter2"} {
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("%s=%q: the problem shows it: %v", c.name, c.value, err)
			}
		}
	}
}

func TestEveryVariableHasABadValueAmongTheTested(t *testing.T) {
	t.Parallel()
	bad := map[string]bool{}
	for _, c := range values {
		bad[c.name] = bad[c.name] || c.says != ""
	}
	for _, v := range config.Variables() {
		if !bad[v.Name] {
			t.Errorf("no bad value of %s is tested", v.Name)
		}
	}
}

func TestDeadlineIsLongerThanThePollInterval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ interval, deadline, want string }{
		{"1m", "61s", ""},
		{"1m", "1m", "JOB_DEADLINE"},
		{"5m", "10s", "JOB_DEADLINE"},
		{"1h", "30m", "LUMA_POLL_INTERVAL"}, // the deadline is not to blame
	} {
		_, err := config.Load(minimal("LUMA_POLL_INTERVAL", c.interval, "JOB_DEADLINE", c.deadline), known)
		var got []string
		var problems config.Problems
		if errors.As(err, &problems) {
			for _, p := range problems {
				got = append(got, p.Variable)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("interval %s, deadline %s: problems with %v, want %q", c.interval, c.deadline, got, c.want)
		}
	}
}

func TestAllProblemsAreReportedAtOnceInTheOrderOfTheVariables(t *testing.T) {
	t.Parallel()
	environ := map[string]string{"DISCORD_TOKEN": "a b"}
	for _, v := range config.Variables() {
		if !v.Required {
			environ[v.Name] = "/ /"
		}
	}
	_, err := config.Load(environ, known)
	var problems config.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("Load: %v, want Problems", err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Variable)
	}
	var want []string
	for _, v := range config.Variables() {
		want = append(want, v.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != len(want) {
		t.Errorf("%d lines for %d problems:\n%v", len(lines), len(want), err)
	}
}

func TestErrorTextIsWhatPeopleRead(t *testing.T) {
	t.Parallel()
	_, err := config.Load(map[string]string{"LUMA_POLL_INTERVAL": "3"}, known)
	want := `DISCORD_TOKEN is not set; it should be a bot's token, from the Bot page of an application in Discord's developer portal
LUMA_API_KEY is not set; it should be an API key of the service that LUMA_API names
LUMA_POLL_INTERVAL is "3"; it should be a duration from 100ms to 5m, as 3s
nothing is configured yet; dreambot sandbox needs no account and no configuration`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSandboxIsNamedOnlyWhereNothingIsConfigured(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ map[string]string
		want    bool
	}{
		"nothing":       {map[string]string{}, true},
		"other things":  {map[string]string{"LOG_LEVEL": "debug"}, true},
		"a token":       {map[string]string{"DISCORD_TOKEN": token}, false},
		"a bad token":   {map[string]string{"DISCORD_TOKEN": "a b"}, false},
		"a key":         {map[string]string{"LUMA_API_KEY": key}, false},
		"both, and bad": {minimal("LOG_LEVEL", "loud"), false},
	} {
		_, err := config.Load(c.environ, known)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if got := errors.Is(err, config.ErrNothingConfigured); got != c.want {
			t.Errorf("%s: errors.Is(err, ErrNothingConfigured) = %v", name, got)
		}
		if got := strings.Contains(err.Error(), "dreambot sandbox"); got != c.want {
			t.Errorf("%s: the sandbox is named: %v\n%v", name, got, err)
		}
	}
}

func TestASecretInTheWrongVariableIsNotShown(t *testing.T) {
	t.Parallel()
	const short = "tok3n"
	for _, v := range config.Variables() {
		// A long one whose own variable is not set, and short ones that are set too.
		for _, environ := range []map[string]string{
			{"LOG_FORMAT": "xml", v.Name: token},
			{"LOG_FORMAT": "xml", "DISCORD_TOKEN": short, v.Name: short},
			{"LOG_FORMAT": "xml", "LUMA_API_KEY": short, v.Name: "=" + short},
		} {
			_, err := config.Load(environ, known)
			if err == nil {
				t.Errorf("%s: no error", v.Name)
				continue
			}
			if strings.Contains(err.Error(), token) || strings.Contains(err.Error(), short) {
				t.Errorf("%s: %v", v.Name, err)
			}
		}
	}
}
