package bot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"dreambot/bot/rest"
	"dreambot/commands"
)

// Permissions that the bot needs in a channel, and no more.
// Source: discord-api-docs, topics/permissions.
const permissions = 1<<6 | // Add Reactions
	1<<10 | // View Channel
	1<<11 | // Send Messages
	1<<14 | // Embed Links
	1<<15 | // Attach Files
	1<<16 | // Read Message History
	1<<38 // Send Messages in Threads

// introduce registers the commands and tells the operator where the bot is. It
// tries until Discord can be reached; Discord's no ends it.
func (b *Bot) introduce(ctx context.Context) error {
	var app rest.Application
	err := b.insist(ctx, "ask Discord who the bot is", func() (err error) {
		app, err = b.REST.Application(ctx)
		return err
	})
	var no *rest.Error
	if errors.As(err, &no) && no.Status == http.StatusUnauthorized {
		return fmt.Errorf("the bot token is not accepted by Discord; set DISCORD_TOKEN to a new one from the application's Bot page: %w", err)
	}
	if err != nil {
		return err
	}
	if b.self = app.Bot.ID; b.self == "" {
		b.Log.Error("Discord does not say which user the bot is: reactions are not heeded, since its own could not be told from others")
	}
	b.Log.Info("this link adds the bot to a server", "application", app.Name, "link", invite(app.ID))
	err = b.insist(ctx, "register the commands", func() error {
		err := b.REST.RegisterCommands(ctx, app.ID, b.Guild, b.Commands.Definitions(b.Guild != ""))
		if b.Guild != "" && errors.As(err, &no) && (no.Status == http.StatusForbidden || no.Status == http.StatusNotFound) {
			// Not an answer for good: somebody is about to add it.
			return fmt.Errorf("the bot is not in server %s (DISCORD_GUILD_ID) yet; add it by the link above (%s)", b.Guild, no.Message)
		}
		return err
	})
	if err != nil {
		return err
	}
	var guilds []rest.Guild
	err = b.insist(ctx, "ask Discord for the servers", func() (err error) {
		guilds, err = b.REST.Guilds(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, g := range guilds {
		b.Log.Info("in server", "guild", g.ID, "name", g.Name)
	}
	if b.Guild == "" {
		b.tidy(ctx, app.ID, guilds)
	}
	return nil
}

// maxTidied bounds in how many servers commands of their own are taken away.
const maxTidied = 25

// tidy takes away the commands that an earlier run with DISCORD_GUILD_ID left
// in a server: beside the global ones they would show twice. That it fails does
// no harm.
func (b *Bot) tidy(ctx context.Context, application string, guilds []rest.Guild) {
	for _, g := range guilds[:min(len(guilds), maxTidied)] {
		if err := b.REST.RegisterCommands(ctx, application, g.ID, []commands.Definition{}); err != nil {
			b.Log.Debug("a server's own commands could not be taken away", "guild", g.ID, "err", err)
		}
	}
}

// invite is the link by which somebody adds the bot to a server.
func invite(application string) string {
	return "https://discord.com/oauth2/authorize?" + url.Values{
		"client_id":   {application},
		"scope":       {"bot applications.commands"},
		"permissions": {strconv.Itoa(permissions)},
	}.Encode()
}

// insist repeats do until it succeeds, Discord refuses or ctx ends.
func (b *Bot) insist(ctx context.Context, what string, do func() error) error {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err := do()
		if err == nil {
			return nil
		}
		err = fmt.Errorf("%s: %w", what, err)
		if refused(err) || ctx.Err() != nil {
			return err
		}
		b.Log.Warn("not ready yet; trying again", "err", err, "in", wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait/2 + rand.N(wait/2)):
		}
	}
}
