package discord

import (
	"maps"
	"slices"
)

// command is a registered command with what people do not see of it.
type command struct {
	Command
	Version string `json:"version"`
	NSFW    bool   `json:"nsfw,omitempty"`
}

// scope finds whose commands a request is about: a guild's, or the global
// ones, whose scope is "". mu is held.
func (s *Server) scope(r *request) (string, error) {
	if r.vars["application"] != s.world.bot.ID {
		return "", errUnknownApplication()
	}
	id := r.vars["guild"]
	if _, found := s.world.guild(id); id != "" && (!found || s.absent(id)) {
		return "", errNoAccess()
	}
	return id, nil
}

func (s *Server) getCommands(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	guild, err := s.scope(r)
	if err != nil {
		return answer{}, err
	}
	return ok(s.commandsJSON(s.commands[guild]))
}

// putCommands replaces all commands of a scope. One that had the name and type
// before keeps its id.
func (s *Server) putCommands(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	guild, err := s.scope(r)
	if err != nil {
		return answer{}, err
	}
	f := newForm()
	raw, isList := r.body.json.([]any)
	if !isList {
		f.bad("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
		return answer{}, f.err()
	}
	list := readCommands(f, raw, guild == "")
	if err := f.err(); err != nil {
		return answer{}, err
	}
	for _, c := range list {
		if i := slices.IndexFunc(s.commands[guild], c.names); i >= 0 {
			c.ID = s.commands[guild][i].ID
		}
	}
	s.register(guild, list)
	return ok(s.commandsJSON(list))
}

// allCommands is every registered command, the global ones first. mu is held.
func (s *Server) allCommands() []Command {
	out := []Command{}
	for _, scope := range slices.Sorted(maps.Keys(s.commands)) {
		for _, c := range s.commands[scope] {
			shown := c.Command
			shown.Contexts, shown.IntegrationTypes = c.contexts(), c.installs()
			out = append(out, shown)
		}
	}
	return cloneCommands(out)
}

func (s *Server) commandsJSON(list []*command) []object {
	out := make([]object, 0, len(list))
	for _, c := range list {
		out = append(out, s.commandJSON(c))
	}
	return out
}

func (s *Server) commandJSON(c *command) object {
	o := object{
		"id": c.ID, "application_id": s.world.bot.ID, "version": c.Version, "type": c.Type,
		"name": c.Name, "name_localizations": orNullMap(c.NameLocalizations),
		"description": c.Description, "description_localizations": orNullMap(c.DescriptionLocalizations),
		"default_member_permissions": c.Permissions, "nsfw": c.NSFW, "dm_permission": true,
		"contexts": nil, "integration_types": c.installs(),
	}
	if c.Contexts != nil {
		o["contexts"] = c.Contexts
	}
	if c.GuildID != "" {
		o["guild_id"] = c.GuildID
	}
	if len(c.Options) > 0 {
		o["options"] = optionListJSON(c.Options)
	}
	return o
}

func optionListJSON(list []Option) []object {
	out := make([]object, 0, len(list))
	for _, p := range list {
		o := object{"type": p.Type, "name": p.Name, "description": p.Description}
		set := func(key string, v any, given bool) {
			if given {
				o[key] = v
			}
		}
		set("name_localizations", p.NameLocalizations, p.NameLocalizations != nil)
		set("description_localizations", p.DescriptionLocalizations, p.DescriptionLocalizations != nil)
		set("required", true, p.Required)
		set("autocomplete", true, p.Autocomplete)
		set("min_length", p.MinLength, p.MinLength != nil)
		set("max_length", p.MaxLength, p.MaxLength != nil)
		set("min_value", p.MinValue, p.MinValue != nil)
		set("max_value", p.MaxValue, p.MaxValue != nil)
		set("channel_types", p.ChannelTypes, p.ChannelTypes != nil)
		set("file_types", p.FileTypes, p.FileTypes != nil)
		if len(p.Choices) > 0 {
			choices := make([]object, 0, len(p.Choices))
			for _, c := range p.Choices {
				choice := object{"name": c.Name, "value": c.Value}
				if c.NameLocalizations != nil {
					choice["name_localizations"] = c.NameLocalizations
				}
				choices = append(choices, choice)
			}
			o["choices"] = choices
		}
		if len(p.Options) > 0 {
			o["options"] = optionListJSON(p.Options)
		}
		out = append(out, o)
	}
	return out
}

func orNullMap(m map[string]string) any {
	if m == nil {
		return nil
	}
	return m
}

func cloneCommands(list []Command) []Command {
	if list == nil {
		return nil
	}
	out := slices.Clone(list)
	for i := range out {
		c := &out[i]
		c.NameLocalizations = maps.Clone(c.NameLocalizations)
		c.DescriptionLocalizations = maps.Clone(c.DescriptionLocalizations)
		c.Options = cloneOptions(c.Options)
		c.Contexts, c.IntegrationTypes = slices.Clone(c.Contexts), slices.Clone(c.IntegrationTypes)
		c.Permissions = clonePtr(c.Permissions)
	}
	return out
}

func cloneOptions(list []Option) []Option {
	out := slices.Clone(list)
	for i := range out {
		o := &out[i]
		o.NameLocalizations = maps.Clone(o.NameLocalizations)
		o.DescriptionLocalizations = maps.Clone(o.DescriptionLocalizations)
		o.MinLength, o.MaxLength = clonePtr(o.MinLength), clonePtr(o.MaxLength)
		o.MinValue, o.MaxValue = clonePtr(o.MinValue), clonePtr(o.MaxValue)
		o.FileTypes, o.ChannelTypes = slices.Clone(o.FileTypes), slices.Clone(o.ChannelTypes)
		o.Choices = slices.Clone(o.Choices)
		for j := range o.Choices {
			o.Choices[j].NameLocalizations = maps.Clone(o.Choices[j].NameLocalizations)
		}
		o.Options = cloneOptions(o.Options)
	}
	return out
}
