// Package disgo_test shows that a bot written with disgo works on the sandbox.
package disgo_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"

	"github.com/disgoorg/disgo"
	"github.com/disgoorg/disgo/bot"
	"github.com/disgoorg/disgo/discord"
	"github.com/disgoorg/disgo/events"
	"github.com/disgoorg/disgo/gateway"
	"github.com/disgoorg/disgo/rest"

	"dreambot/internal/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }

func TestABotWithDisgo(t *testing.T) {
	s := e2e.Headless(t)
	p := &painter{t: t}
	client, err := disgo.New(s.Environ["DISCORD_TOKEN"],
		bot.WithRestClientConfigOpts(rest.WithURL(s.Environ["DISCORD_API_URL"]+"/api/v10")),
		// The gateway's address is asked for at the same place.
		bot.WithGatewayConfigOpts(gateway.WithIntents(gateway.IntentGuilds, gateway.IntentGuildMessageReactions)),
		bot.WithEventListenerFunc(p.paint),
		bot.WithEventListenerFunc(p.thank),
		bot.WithLogger(slog.New(slog.DiscardHandler)),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(context.Background())
	defer p.running.Wait()
	_, err = client.Rest().SetGlobalCommands(client.ApplicationID(), []discord.ApplicationCommandCreate{
		discord.SlashCommandCreate{Name: "paint", Description: "Paint a picture", Options: []discord.ApplicationCommandOption{
			discord.ApplicationCommandOptionAttachment{Name: "picture", Description: "Which one", Required: true},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.OpenGateway(t.Context()); err != nil {
		t.Fatal(err)
	}
	e2e.PaintStory(t, s)
}

// painter is a bot that paints.
type painter struct {
	t       *testing.T
	running sync.WaitGroup
}

func (p *painter) paint(e *events.ApplicationCommandInteractionCreate) {
	p.running.Go(func() {
		picture := e.SlashCommandInteractionData().Attachment("picture")
		if err := e.CreateMessage(discord.MessageCreate{Content: "mixing colours"}); err != nil {
			p.t.Errorf("answering: %v", err)
			return
		}
		data, err := fetch(picture.URL)
		if err != nil {
			p.t.Errorf("fetching the picture: %v", err)
			return
		}
		m, err := e.Client().Rest().UpdateInteractionResponse(e.ApplicationID(), e.Token(), discord.NewMessageUpdateBuilder().
			SetContent("painted").AddFile("painted.png", "a painting", bytes.NewReader(data)).Build())
		if err != nil {
			p.t.Errorf("editing with a file: %v", err)
			return
		}
		if err := e.Client().Rest().AddReaction(m.ChannelID, m.ID, "🎨"); err != nil {
			p.t.Errorf("reacting: %v", err)
		}
	})
}

func (p *painter) thank(e *events.GuildMessageReactionAdd) {
	if e.Emoji.Name == nil || *e.Emoji.Name != "🌟" {
		return
	}
	p.running.Go(func() {
		_, err := e.Client().Rest().CreateMessage(e.ChannelID, discord.NewMessageCreateBuilder().
			SetContent("thank you").SetMessageReferenceByID(e.MessageID).Build())
		if err != nil {
			p.t.Errorf("replying: %v", err)
		}
	})
}

func fetch(address string) ([]byte, error) {
	resp, err := http.Get(address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return io.ReadAll(io.LimitReader(resp.Body, 1<<20))
}
