// Package discordjs_test shows that a bot written with discord.js works on the
// sandbox.
package discordjs_test

import (
	"os"
	"os/exec"
	"testing"

	"dreambot/internal/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }

func TestABotWithDiscordJS(t *testing.T) {
	node := e2e.Node(t, ".")
	s := e2e.Headless(t)
	bot := exec.Command(node, "bot.mjs")
	bot.Env = os.Environ()
	for name, value := range s.Environ {
		bot.Env = append(bot.Env, name+"="+value)
	}
	p := e2e.Run(t, bot)
	e2e.PaintStory(t, s)
	p.Stop()
}
