package config_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreambot/internal/config"
	"dreambot/internal/money"
)

// amount writes down an amount as it is given; none: "".
func amount(d *money.Amount) string {
	if d == nil {
		return ""
	}
	return strings.TrimPrefix(d.String(), "$")
}

func FuzzLoad(f *testing.F) {
	list := config.Variables()
	at := map[string]int{}
	for i, v := range list {
		at[v.Name] = i
	}
	for _, c := range values {
		f.Add(at[c.name], c.value)
	}
	f.Fuzz(func(t *testing.T, i int, value string) {
		if i < 0 || i >= len(list) {
			t.Skip()
		}
		name := list[i].Name
		c, err := config.Load(serving(name, value), known)
		if err != nil {
			var problems config.Problems
			if !errors.As(err, &problems) || len(problems) != 1 {
				t.Fatalf("%s=%q: %v, want one problem", name, value, err)
			}
			if strings.Contains(err.Error(), token) || strings.Contains(err.Error(), key) {
				t.Fatalf("%s=%q: %v shows a secret", name, value, err)
			}
			return
		}
		// What Load accepts it accepts again, in the form that it gives.
		again, err := config.Load(minimal(
			"DISCORD_TOKEN", c.Discord.Token.Reveal(), "DISCORD_API_URL", c.Discord.APIURL, "DISCORD_GUILD_ID", c.Discord.GuildID,
			"LUMA_API", c.Luma.Dialect, "LUMA_API_KEY", c.Luma.Key.Reveal(), "LUMA_API_URL", c.Luma.APIURL,
			"LUMA_POLL_INTERVAL", c.Luma.PollInterval.String(), "LUMA_CONCURRENCY", strconv.Itoa(c.Luma.Concurrency),
			"PRICES", c.Luma.Prices, "PRICE_SHOWN_FROM", amount(c.Luma.PriceShownFrom), "BALANCE_WARN", amount(c.Luma.BalanceWarn),
			"CALLBACK_URL", c.Luma.CallbackURL, "JOB_DEADLINE", c.Job.Deadline.String(),
			"JOB_RETENTION", c.Job.Retention.String(), "MEMBER_COMMANDS_PER_MINUTE", strconv.Itoa(c.Member.CommandsPerMinute),
			"MEMBER_MAX_JOBS", strconv.Itoa(c.Member.MaxJobs),
			"REACTION_EXTEND", c.Reaction.Extend, "REACTION_EXTEND_MEMBERS", strconv.Itoa(c.Reaction.Members),
			"DATABASE_URL", c.Database, "HTTP_ADDR", c.HTTPAddr, "LOG_LEVEL", c.Log.Level.String(), "LOG_FORMAT", c.Log.Format,
		), known)
		if diff := cmp.Diff(c, again, compareSecrets); err != nil || diff != "" {
			t.Fatalf("%s=%q: %v (-first +again):\n%s", name, value, err, diff)
		}
	})
}
