package commands

// governing is the rules of a server, and what a member can do with their own data.
func (s *Set) governing() part { return part{} }
