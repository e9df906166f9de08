package reply

import (
	"dreambot/internal/i18n"
	"dreambot/store"
)

// origin says what a job's video is made from, and leads there.
func origin(p i18n.Printer, j store.Job) []string {
	switch j.Kind {
	case store.KindExtend:
		return part(p, j)
	case store.KindBlend:
		return []string{p.Say("card.blend", i18n.Args{
			"First":  source(p.Say("card.source.first"), j.Guild, j.Parent, j.Back),
			"Second": source(p.Say("card.source.second"), j.Guild, j.Second, j.SecondBack)})}
	case store.KindUpscale:
		return []string{p.Say("card.upscaled", i18n.Args{"Video": source(p.Say("card.source"), j.Guild, j.Parent, j.Back)})}
	case store.KindSound:
		return []string{p.Say("card.sound", i18n.Args{"Video": source(p.Say("card.source"), j.Guild, j.Parent, j.Back)})}
	}
	return nil
}

// source names the video of another job: by a link that says name where it stands
// somewhere, or else by the job's id.
func source(name, guild, job string, at store.Spot) string {
	if at.IsZero() {
		return "`" + job + "`"
	}
	return "[" + name + "](" + Link(guild, at) + ")"
}

// part says which part of a story a job is, and leads to the one that it was made
// from: the one before, or, where it goes backward, the one that it leads to.
func part(p i18n.Printer, j store.Job) []string {
	if j.Parent == "" {
		return nil
	}
	args := i18n.Args{"Part": max(j.Part, 2), "Before": max(j.Part-1, 1), "Job": j.Parent, "URL": Link(j.Guild, j.Back)}
	switch named := j.Back.IsZero(); {
	case j.Backward && named:
		return []string{p.Say("card.part.backward.job", args)}
	case j.Backward:
		return []string{p.Say("card.part.backward", args)}
	case named:
		return []string{p.Say("card.part.job", args)}
	}
	return []string{p.Say("card.part", args)}
}
