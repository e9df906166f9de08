package discord

import "slices"

// number gives an id to each component without one, in order.
func (r *reader) number(list []Component) {
	next := 1
	eachComponent(list, func(c *Component) {
		if c.ID != 0 {
			return
		}
		for r.ids[next] {
			next++
		}
		c.ID = next
		r.ids[next] = true
	})
}

// eachComponent visits components and those inside of them, in order.
func eachComponent(list []Component, visit func(*Component)) {
	for i := range list {
		c := &list[i]
		visit(c)
		eachComponent(c.Components, visit)
		for _, inner := range []*Component{c.Accessory, c.Component} {
			if inner != nil {
				visit(inner)
			}
		}
	}
}

// cloneComponents copies components as deep as they go.
func cloneComponents(list []Component) []Component {
	if list == nil {
		return nil
	}
	out := slices.Clone(list)
	for i := range out {
		c := &out[i]
		c.Emoji, c.Media, c.File = clonePtr(c.Emoji), clonePtr(c.Media), clonePtr(c.File)
		c.AccentColor, c.Divider, c.Required = clonePtr(c.AccentColor), clonePtr(c.Divider), clonePtr(c.Required)
		c.MinValues, c.MaxValues = clonePtr(c.MinValues), clonePtr(c.MaxValues)
		c.Items = slices.Clone(c.Items)
		c.Options = slices.Clone(c.Options)
		c.DefaultValues, c.ChannelTypes = slices.Clone(c.DefaultValues), slices.Clone(c.ChannelTypes)
		for j := range c.Options {
			c.Options[j].Emoji = clonePtr(c.Options[j].Emoji)
		}
		c.Components = cloneComponents(c.Components)
		for _, inner := range []**Component{&c.Accessory, &c.Component} {
			if *inner != nil {
				*inner = &cloneComponents([]Component{**inner})[0]
			}
		}
	}
	return out
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
