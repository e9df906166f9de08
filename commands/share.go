package commands

// sharing is the gallery: sharing a prompt, finding others', using them.
func (s *Set) sharing() part { return part{} }
