package discord

import "slices"

// menu reads a select menu, of strings or of users, roles and channels.
func (r *reader) menu(f form, m object, c *Component) {
	c.CustomID = r.customID(f, m)
	c.Placeholder, _ = f.text(m, "placeholder", 0, maxPlaceholder)
	c.Disabled, _ = f.flag(m, "disabled")
	if on, ok := f.flag(m, "required"); ok {
		c.Required = &on
	}
	r.counts(f, m, c, maxChoices)
	if c.Type != typeSelect {
		readFilled(f, m, c)
		return
	}
	if !f.need(m, "options") {
		return
	}
	l, _ := f.list(m, "options", 1, maxChoices)
	seen, defaults := map[string]bool{}, 0
	for i, v := range l {
		g := f.at("options").item(i)
		o, ok := g.asObject(v)
		if !ok {
			continue
		}
		item := SelectItem{Label: g.needText(o, "label", 1, 100), Value: g.needText(o, "value", 1, 100), Emoji: readEmoji(g, o)}
		item.Description, _ = g.text(o, "description", 0, 100)
		item.Default, _ = g.flag(o, "default")
		if seen[item.Value] {
			g.at("value").bad("SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
		}
		seen[item.Value] = true
		if item.Default {
			defaults++
		}
		c.Options = append(c.Options, item)
	}
	_, most := c.range_()
	if len(l) > 0 && most > len(l) {
		f.at("max_values").bad("SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", "max_values must not be more than the number of options")
	}
	if defaults > most {
		f.at("options").bad("SELECT_COMPONENT_TOO_MANY_DEFAULTS", "More options are default than max_values allows")
	}
}

// readFilled reads what a select menu has that Discord fills with users, roles or
// channels. How many are chosen at first must be a number that can be chosen.
// Source: discord-api-docs, components/reference, select default value structure.
func readFilled(f form, m object, c *Component) {
	kinds := map[int][]string{typeUserSelect: {"user"}, typeRoleSelect: {"role"}, typeMentionable: {"user", "role"}, typeChannels: {"channel"}}
	l, _ := f.list(m, "default_values", 0, maxChoices)
	for i, v := range l {
		g := f.at("default_values").item(i)
		o, ok := g.asObject(v)
		if !ok || !g.need(o, "id") || !g.need(o, "type") {
			continue
		}
		d := DefaultValue{}
		d.ID, _ = g.id(o, "id")
		if d.Type, _ = o["type"].(string); !slices.Contains(kinds[c.Type], d.Type) {
			g.at("type").bad("BASE_TYPE_CHOICES", "Value must be one of %v.", kinds[c.Type])
		}
		if slices.Contains(c.DefaultValues, d) {
			g.at("id").bad("SELECT_COMPONENT_DEFAULT_VALUE_DUPLICATED", "The specified default value is already used")
		}
		c.DefaultValues = append(c.DefaultValues, d)
	}
	if least, most := c.range_(); len(l) > 0 && (len(l) < least || len(l) > most) {
		f.at("default_values").bad("SELECT_COMPONENT_DEFAULT_VALUES_LENGTH", "The number of default values must be between %d and %d", least, most)
	}
	if v, there := m["channel_types"]; there && v != nil && c.Type != typeChannels {
		f.at("channel_types").bad("SELECT_COMPONENT_FIELD_INVALID", "Only a channel select has channel_types")
		return
	}
	c.ChannelTypes = readChannelTypes(f, m)
}

// readChannelTypes reads channel_types, of a select menu or of an option.
func readChannelTypes(f form, m object) []int {
	var out []int
	l, _ := f.list(m, "channel_types", 0, 20)
	for i, v := range l {
		n, ok := whole(v)
		if !ok || n < 0 || n > 16 {
			f.at("channel_types").item(i).bad("BASE_TYPE_CHOICES", "This is no type of channel.")
			continue
		}
		out = append(out, int(n))
	}
	return out
}

// counts reads min_values and max_values.
func (r *reader) counts(f form, m object, c *Component, most int64) {
	if n, ok := f.number(m, "min_values", 0, most); ok {
		c.MinValues = &n
	}
	if n, ok := f.number(m, "max_values", 1, most); ok {
		c.MaxValues = &n
	}
	if least, most := c.range_(); least > most {
		f.at("min_values").bad("SELECT_COMPONENT_MIN_VALUES_TOO_LARGE", "min_values must not be more than max_values")
	}
}

// range_ is how many values a select menu or a file upload takes.
func (c Component) range_() (least, most int) {
	least, most = 1, 1
	if c.MinValues != nil {
		least = *c.MinValues
	}
	if c.MaxValues != nil {
		most = *c.MaxValues
	}
	return least, most
}
