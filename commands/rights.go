package commands

import (
	"dreambot/store"
)

// Permissions that decide what a member may do with the bot.
// Source: discord-api-docs, topics/permissions.
const (
	permissionAdministrator  = 1 << 3
	permissionManageServer   = 1 << 5
	permissionViewChannel    = 1 << 10
	permissionManageMessages = 1 << 13
	permissionUseCommands    = 1 << 31 // USE_APPLICATION_COMMANDS
)

// has reports whether permissions hold a right, which administrators always
// have.
func has(permissions, right uint64) bool {
	return permissions&(right|permissionAdministrator) != 0
}

// manages reports whether the person may cancel or delete a job: who asked for
// it, and who may delete any message in its channel. It is asked at every
// press, since a button shows for everybody.
func (in Interaction) manages(j store.Job) bool {
	return in.Member == j.Member || in.Channel == j.Channel && has(in.Permissions, permissionManageMessages)
}

// only refuses a button to those who have no right to it.
func only(in Interaction, j store.Job) error {
	if in.manages(j) {
		return nil
	}
	return refuse("refusal.rights")
}

// mayDream reports whether the person may begin a video here: whoever may use
// commands. Discord itself sees to it where a command is typed, but not where a
// button is pressed.
func (in Interaction) mayDream() bool {
	return in.Guild == "" || has(in.Permissions, permissionUseCommands)
}

// sees reports whether a job is one of this place: of the server, or outside of
// servers of this person or this channel.
func (in Interaction) sees(j store.Job) bool {
	if in.Guild == "" {
		return j.Member == in.Member || j.Guild == "" && j.Channel == in.Channel
	}
	return j.Guild == in.Guild
}
