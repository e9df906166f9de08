package bolt

import "dreambot/internal/community"

// Community is the community.Store in the file of a Store.
type Community struct {
	community.Store
	s *Store
}

// Community returns what members share, in the same file.
func (s *Store) Community() *Community { return &Community{s: s} }
