package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
)

// Types of commands and of options.
// Source: discord-api-docs, interactions/application-commands.
const (
	typed      = 1 // CHAT_INPUT
	ofMessages = 3 // MESSAGE

	optionGroup       = 2 // and below: a subcommand
	optionInteger     = 4
	optionBoolean     = 5
	optionUser        = 6
	optionChannel     = 7
	optionRole        = 8
	optionMentionable = 9
	optionNumber      = 10
	optionAttachment  = 11
)

// What a value may begin with.
const (
	bySample    = "sample:"    // one of the sandbox's pictures
	bySuggested = "suggested:" // the first suggestion for the text behind it
)

// optionName matches the name of an option before its value.
// Source: discord-api-docs, interactions/application-commands, naming.
var optionName = regexp.MustCompile(`^([-_'\p{L}\p{N}]{1,32}):(?s:(.*))$`)

// written is a command as it stands in a script.
type written struct {
	path    string // its name, with group and subcommand
	options []option
}

type option struct{ name, value string }

// readCommand reads a command as Discord shows it. A value goes on to the next
// word that is an option's name; a text with a colon in it stands in quotes.
func readCommand(words []word) (run, error) {
	w := written{path: strings.TrimPrefix(words[0].text, "/")}
	if w.path == "" {
		return nil, errors.New("the command's name is missing behind the slash")
	}
	open := false // an option's value may still begin
	for _, one := range words[1:] {
		m := optionName.FindStringSubmatch(one.text)
		isName := m != nil && !one.quoted && (!open || m[2] == "")
		last := len(w.options) - 1
		switch {
		case isName:
			if open {
				return nil, fmt.Errorf("the option %q has no value", w.options[last].name)
			}
			w.options = append(w.options, option{m[1], m[2]})
			open = m[2] == ""
		case last < 0 && one.quoted:
			return nil, fmt.Errorf("%q stands behind no option's name", short(one.text))
		case last < 0:
			w.path += " " + one.text
		case open:
			w.options[last].value, open = one.text, false
		default:
			w.options[last].value += " " + one.text
		}
	}
	if open {
		return nil, fmt.Errorf("the option %q has no value", w.options[len(w.options)-1].name)
	}
	return func(ctx context.Context, p *player) error {
		i, known, err := p.invocation(w.path)
		if err != nil {
			return err
		}
		var shown strings.Builder
		for _, o := range w.options {
			if err := p.give(ctx, &i, known, o); err != nil {
				return err
			}
			fmt.Fprintf(&shown, " %s: %s", o.name, quoted(o.value))
		}
		p.log.line("%s in %s: /%s%s", p.actor.GlobalName, p.where(), w.path, shown.String())
		out, err := p.box.Discord.Invoke(ctx, i)
		return p.comes(out, err)
	}, nil
}

// quoted puts a text in quotes where a script would need them.
func quoted(text string) string {
	if words, err := split(text); err != nil || len(words) != 1 || words[0] != (word{text: text}) {
		return strconv.Quote(text)
	}
	return text
}

// readType reads "type /extend video boat": what is suggested is the outcome.
func readType(r *reader) (run, error) {
	var words []string
	for r.left() {
		words = append(words, r.words[0].text)
		r.words = r.words[1:]
	}
	if len(words) < 3 || !strings.HasPrefix(words[0], "/") || len(words[0]) < 2 {
		return nil, errors.New(`the command, its option and what is typed so far ("" for nothing) are needed`)
	}
	last := len(words) - 1
	command := strings.TrimPrefix(strings.Join(words[:last-1], " "), "/")
	option, text := strings.TrimSuffix(words[last-1], ":"), words[last]
	return func(ctx context.Context, p *player) error {
		i, known, err := p.invocation(command)
		if err != nil {
			return err
		}
		o, err := optionNamed(known, option)
		if err != nil {
			return err
		}
		p.log.line("%s types in %s: /%s %s: %s…", p.actor.GlobalName, p.where(), command, option, text)
		i.Focused, i.Options = o.Name, []discord.GivenValue{{Name: o.Name, Value: text}}
		out, err := p.box.Discord.Autocomplete(ctx, i)
		return p.comes(out, err)
	}, nil
}

// invocation begins a command of the bot's, and returns the options that it has.
func (p *player) invocation(path string) (discord.Invocation, []discord.Option, error) {
	i := discord.Invocation{User: p.actor.ID, Channel: p.channel}
	words := strings.Fields(path)
	names := []string{}
	for _, c := range p.box.Discord.State().Commands {
		if c.Type != typed {
			continue
		}
		names = append(names, "/"+c.Name)
		if !called(words[0], c.Name, c.NameLocalizations) {
			continue
		}
		i.Command = c.Name
		options := c.Options
		for _, w := range words[1:] {
			at := slices.IndexFunc(options, func(o discord.Option) bool { return called(w, o.Name, o.NameLocalizations) && o.Type <= optionGroup })
			if at < 0 {
				return i, nil, &Failed{Found: fmt.Sprintf("/%s has no subcommand %q; it has %s", c.Name, w, list(optionNames(options)))}
			}
			i.Command += " " + options[at].Name
			options = options[at].Options
		}
		return i, options, nil
	}
	return i, nil, &Failed{Found: fmt.Sprintf("the bot has no command /%s; it has %s", words[0], list(names))}
}

// called reports whether something has a name, in whichever language.
func called(name, own string, others map[string]string) bool {
	if name == own {
		return true
	}
	for _, other := range others {
		if name == other {
			return true
		}
	}
	return false
}

func optionNames(all []discord.Option) []string {
	names := []string{}
	for _, o := range all {
		names = append(names, o.Name)
	}
	return names
}

func optionNamed(all []discord.Option, name string) (discord.Option, error) {
	for _, o := range all {
		if called(name, o.Name, o.NameLocalizations) {
			return o, nil
		}
	}
	return discord.Option{}, &Failed{Found: fmt.Sprintf("the command has no option %q; it has %s", name, list(optionNames(all)))}
}

// give fills in an option.
func (p *player) give(ctx context.Context, i *discord.Invocation, known []discord.Option, w option) error {
	o, err := optionNamed(known, w.name)
	if err != nil {
		return err
	}
	var v any
	text, suggested := strings.CutPrefix(w.value, bySuggested)
	if suggested && o.Autocomplete {
		v, err = p.suggested(ctx, *i, o, text)
	} else {
		v, err = p.value(ctx, o, w.value)
	}
	i.Options = append(i.Options, discord.GivenValue{Name: o.Name, Value: v})
	return err
}

// suggested is the first value that the bot suggests for a text.
func (p *player) suggested(ctx context.Context, i discord.Invocation, o discord.Option, text string) (any, error) {
	i.Focused = o.Name
	i.Options = append(slices.Clone(i.Options), discord.GivenValue{Name: o.Name, Value: text})
	out, err := p.box.Discord.Autocomplete(ctx, i)
	if err != nil {
		return nil, err
	}
	if len(out.Choices) == 0 {
		return nil, &Failed{Found: fmt.Sprintf("nothing is suggested for %q", text)}
	}
	return out.Choices[0].Value, nil
}

// value turns what is written into an option's value.
func (p *player) value(ctx context.Context, o discord.Option, text string) (any, error) {
	if len(o.Choices) > 0 {
		names := []string{}
		for _, c := range o.Choices {
			if called(text, c.Name, c.NameLocalizations) || fmt.Sprint(c.Value) == text {
				return c.Value, nil
			}
			names = append(names, c.Name)
		}
		return nil, &Failed{Found: fmt.Sprintf("%s has no choice %q; it has %s", o.Name, text, list(names))}
	}
	switch o.Type {
	case optionAttachment:
		return p.upload(ctx, text)
	case optionInteger, optionNumber:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, &Failed{Found: fmt.Sprintf("%s is a number, not %q", o.Name, text)}
		}
		return n, nil
	case optionBoolean:
		on, err := strconv.ParseBool(text)
		if err != nil {
			return nil, &Failed{Found: fmt.Sprintf("%s is true or false, not %q", o.Name, text)}
		}
		return on, nil
	case optionUser, optionChannel, optionRole, optionMentionable:
		menus := map[int]int{optionUser: typeUsers, optionChannel: typeChannels, optionRole: typeRoles, optionMentionable: typeMentionable}
		return p.thing(p.box.Discord.State(), menus[o.Type], text), nil
	}
	return text, nil
}

// upload gives a file to Discord and returns its id.
func (p *player) upload(ctx context.Context, file string) (string, error) {
	data, err := p.file(file)
	if err != nil {
		return "", err
	}
	a, err := p.box.Discord.Upload(ctx, path.Base(filepath.ToSlash(strings.TrimPrefix(file, bySample))), data)
	return a.ID, err
}

// file reads a file of the script's folder, or a sample.
func (p *player) file(name string) ([]byte, error) {
	if sample, ok := strings.CutPrefix(name, bySample); ok {
		data, ok := sandbox.Sample(sample)
		if !ok {
			return nil, &Failed{Found: fmt.Sprintf("the sandbox has no sample %q; boat.jpg is one", sample)}
		}
		return data, nil
	}
	data, err := beside(p.dir, filepath.FromSlash(name))
	if err != nil {
		return nil, &Failed{Found: fmt.Sprintf("the file %q cannot be read beside the script: %v", name, err)}
	}
	return data, nil
}

// beside reads a file of a folder. What is no file, as a pipe, could be waited
// for without an end.
func beside(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	case info.Size() > discord.MaxUpload:
		return nil, fmt.Errorf("it has more than %d MiB", discord.MaxUpload>>20)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, discord.MaxUpload))
}
