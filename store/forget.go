package store

import "slices"

// Forgotten returns the job without a member who is to be forgotten, and whether
// that is another job: one of theirs is Nobody's then, and has neither pictures nor
// the way back to the interaction; of another's, the name is taken out of Reactors
// and Remixes. Where what is drawn of it changes, and its message can still be
// edited, the revision rises. A job of theirs must be final. Every backend calls it
// in place of Apply, which changes no member.
func Forgotten(j Job, member string) (Job, bool) {
	own := j.Member == member
	reacts := slices.Contains(j.Reactors, member)
	credited := slices.ContainsFunc(j.Remixes, func(c Credit) bool { return c.Member == member })
	if member == Nobody || !own && !reacts && !credited {
		return j, false
	}
	if own {
		j.Member, j.Origin, j.Image, j.EndImage = Nobody, Origin{}, Picture{}, Picture{}
	}
	if reacts {
		j.Reactors = slices.DeleteFunc(slices.Clone(j.Reactors), func(m string) bool { return m == member })
	}
	if credited {
		j.Remixes = slices.Clone(j.Remixes)
		for i := range j.Remixes {
			if j.Remixes[i].Member == member {
				j.Remixes[i].Member = Nobody
			}
		}
	}
	if (own || credited) && j.editable() {
		j.Revision++
	}
	return j, true
}

// editable reports whether the message can be drawn anew by the channel that it
// stands in: for that, no interaction is needed.
func (j Job) editable() bool {
	return j.Message != "" && j.Route != RouteNone && !j.Guest && !j.Removed
}
