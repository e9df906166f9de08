package commands

// contests are competitions of what is shared.
func (s *Set) contests() part { return part{} }
