package bot

import (
	"context"

	"dreambot/commands"
	"dreambot/store"
)

// maxVoters is how many are read of those who voted under one message.
const maxVoters = 1000

// Voters returns whose votes stand under a message, as community.Poster says.
// Those of bots are none, the own one included.
func (s *Showcase) Voters(ctx context.Context, at store.Spot) (members []string, all bool, err error) {
	users, all, err := s.REST.Reactors(ctx, at.Channel, at.Message, commands.VoteEmoji, maxVoters)
	for _, u := range users {
		if !u.Bot {
			members = append(members, u.ID)
		}
	}
	return members, all, final(err)
}
