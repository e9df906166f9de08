package discord

import (
	"fmt"
	"net/http"
)

// apiError is an answer that says no.
type apiError struct {
	status  int
	code    int
	message string
	errors  object  // of a form, nil for others
	retry   float64 // seconds to wait, of a 429
	global  bool    // the limit is that of the whole bot
	fault   Fault   // that is on, and without which it would not be
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %d: %s", e.status, e.code, e.message) }

// body is the error object.
// Source: discord-api-docs, reference, error messages.
func (e *apiError) body() object {
	o := object{"message": e.message, "code": e.code}
	if e.errors != nil {
		o["errors"] = e.errors
	}
	if e.status == http.StatusTooManyRequests {
		o["retry_after"], o["global"] = e.retry, e.global
	}
	return o
}

// The refusals, with Discord's words.
// Source: discord-api-docs, topics/opcodes-and-status-codes.

func errNotFound() *apiError { return &apiError{status: 404, message: "404: Not Found"} }
func errMethod() *apiError   { return &apiError{status: 405, message: "405: Method Not Allowed"} }
func errUnauthorized() *apiError {
	return &apiError{status: 401, message: "401: Unauthorized"}
}
func errUnknownApplication() *apiError {
	return &apiError{status: 404, code: 10002, message: "Unknown Application"}
}
func errUnknownChannel() *apiError {
	return &apiError{status: 404, code: 10003, message: "Unknown Channel"}
}
func errUnknownGuild() *apiError {
	return &apiError{status: 404, code: 10004, message: "Unknown Guild"}
}
func errUnknownUser() *apiError {
	return &apiError{status: 404, code: 10013, message: "Unknown User"}
}
func errUnknownMessage() *apiError {
	return &apiError{status: 404, code: 10008, message: "Unknown Message"}
}
func errUnknownEmoji() *apiError {
	return &apiError{status: 400, code: 10014, message: "Unknown Emoji"}
}
func errUnknownWebhook() *apiError {
	return &apiError{status: 404, code: 10015, message: "Unknown Webhook"}
}
func errUnknownInteraction() *apiError {
	return &apiError{status: 404, code: 10062, message: "Unknown interaction"}
}
func errUnknownCommand() *apiError {
	return &apiError{status: 404, code: 10063, message: "Unknown application command"}
}
func errTooManyReactions() *apiError {
	return &apiError{status: 400, code: 30010, message: "Maximum number of reactions reached (20)"}
}
func errTooManyAttachments() *apiError {
	return &apiError{status: 400, code: 30015, message: "Maximum number of attachments in a message reached (10)"}
}
func errTooManyCommands(most int) *apiError {
	return &apiError{status: 400, code: 30032, message: fmt.Sprintf("Maximum number of application commands reached (%d)", most)}
}
func errTooLarge() *apiError {
	return &apiError{status: 413, code: 40005, message: "Request entity too large"}
}
func errAcknowledged() *apiError {
	return &apiError{status: 400, code: 40060, message: "Interaction has already been acknowledged."}
}
func errTooManyFollowUps() *apiError {
	return &apiError{status: 400, code: 40094, message: "This interaction has reached the maximum number of follow-up messages"}
}
func errNoAccess() *apiError {
	return &apiError{status: 403, code: 50001, message: "Missing Access"}
}
func errNotAuthor() *apiError {
	return &apiError{status: 403, code: 50005, message: "Cannot edit a message authored by another user"}
}
func errEmpty() *apiError {
	return &apiError{status: 400, code: 50006, message: "Cannot send an empty message"}
}
func errCannotMessage() *apiError {
	return &apiError{status: 403, code: 50007, message: "Cannot send messages to this user"}
}
func errNoPermission() *apiError {
	return &apiError{status: 403, code: 50013, message: "Missing Permissions"}
}
func errTokenExpired() *apiError {
	return &apiError{status: 401, code: 50027, message: "Invalid Webhook Token"}
}
func errInvalidRecipient() *apiError {
	return &apiError{status: 400, code: 50033, message: "Invalid Recipient(s)"}
}
func errVersion() *apiError {
	return &apiError{status: 400, code: 50041, message: "Invalid API version provided"}
}
func errJSON() *apiError {
	return &apiError{status: 400, code: 50109, message: "The request body contains invalid JSON."}
}
func errNoHistory() *apiError {
	return &apiError{status: 403, code: 160002, message: "Cannot reply without permission to read message history"}
}
func errDisk() *apiError {
	return &apiError{status: 500, message: "500: Internal Server Error"}
}
func errLimited(retry float64) *apiError {
	return &apiError{status: 429, message: "You are being rate limited.", retry: retry}
}
