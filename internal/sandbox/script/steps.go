package script

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dreambot/internal/sandbox/discord"
)

// run does a step. Its error is a *Failed, without line and step, where the step
// did not go as it should.
type run func(ctx context.Context, p *player) error

// definition is a step of the language.
type definition struct {
	name  string
	usage string // how it is written
	read  func(r *reader) (run, error)
}

// definitions are all steps but commands, which begin with a slash.
func definitions() []definition {
	return []definition{
		{"as", `as ada [in general]`, readAs},
		{"type", `type /extend video "boat"`, readType},
		{"press", `press "Extend" [2]`, readPress},
		{"choose", `choose "Style" "Watercolor"…, or none`, readChoose},
		{"fill", `fill "Prompt" "it meets a storm"`, readFill},
		{"submit", `submit`, readSubmit},
		{"menu", `menu "Extend this video"`, readMenu},
		{"react", `react ⏩`, func(r *reader) (run, error) { return readReact(r, false) }},
		{"unreact", `unreact ⏩`, func(r *reader) (run, error) { return readReact(r, true) }},
		{"say", `say "good morning" [file: sample:boat.jpg] [reply]`, readSay},
		{"expect", `expect [` + strings.Join(kindNames(), "|") + `] "words"… [no "words"…]`, readExpect},
		{"wait", `wait [answer|message|video] "words"… [within 30s], or wait reaction ⏩, gone, online, offline, paid 2`, readWait},
		{"paid", `paid 2`, readPaid},
		{"remember", `remember first`, readRemember},
		{"back", `back to first`, readBack},
		{"fault", `fault luma no-balance on`, readFault},
		{"faults", `faults off`, readFaults},
		{"pace", `pace [queued 100ms] [dreaming 300ms] [held|running]`, readPace},
		{"tokens", `tokens expire`, readTokens},
		{"gateway", `gateway cut, or reconnect, invalidate, close 4000`, readGateway},
		{"bot", `bot restart, or kill, stop, start`, readBot},
		{"clock", `clock +504h`, readClock},
		{"delete", `delete message`, readDelete},
		{"deny", `deny bot|PERSON "Attach Files"… in general`, readDeny},
		{"allow", `allow bot|PERSON in general`, readAllow},
		{"give", `give ben "Artist"`, func(r *reader) (run, error) { return readRole(r, "gives", (*discord.Server).GiveRole) }},
		{"take", `take ben "Artist"`, func(r *reader) (run, error) { return readRole(r, "takes", (*discord.Server).TakeRole) }},
	}
}

// read reads a line that has words.
func read(words []word) (run, error) {
	name := words[0].text
	if strings.HasPrefix(name, "/") && !words[0].quoted {
		run, err := readCommand(words)
		if err != nil {
			return nil, fmt.Errorf(`%w; a command is written /dream prompt: "a paper boat"`, err)
		}
		return run, nil
	}
	all := definitions()
	i := slices.IndexFunc(all, func(d definition) bool { return d.name == name && !words[0].quoted })
	if i < 0 {
		names := make([]string, 0, len(all))
		for _, d := range all {
			names = append(names, d.name)
		}
		return nil, fmt.Errorf("there is no step %q; there are /COMMAND, %s", short(name), list(names))
	}
	r := &reader{words[1:]}
	run, err := all[i].read(r)
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return nil, fmt.Errorf("%w; it is written: %s", err, all[i].usage)
	}
	return run, nil
}
