package rest

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// reactorsPage is how many users one answer holds at most.
// Source: discord-api-docs, resources/message, "Get Reactions".
const reactorsPage = 100

// AddReaction puts the bot's own reaction under a message, which needs the
// permissions to add reactions and to read the channel's history. emoji is a
// character of Unicode's, or NAME:ID of a server's own. That it is there already
// is no error.
// Source: discord-api-docs, resources/message, "Create Reaction".
func (c *Client) AddReaction(ctx context.Context, channel, message, emoji string) error {
	p := newPath(http.MethodPut).word("channels").id("channel", channel).word("messages").id("message", message).
		word("reactions").emoji(emoji).word("@me")
	return c.call(ctx, p, callOptions{bot: true, major: channel}, nil)
}

// Reactors returns who has reacted to a message with an emoji, at most limit of
// them, and whether these are all. Super reactions are not among them. emoji is as
// in AddReaction.
// Source: discord-api-docs, resources/message, "Get Reactions".
func (c *Client) Reactors(ctx context.Context, channel, message, emoji string, limit int) (users []Author, all bool, err error) {
	for after := ""; len(users) < limit; {
		p := newPath(http.MethodGet).word("channels").id("channel", channel).word("messages").id("message", message).
			word("reactions").emoji(emoji)
		p.query = url.Values{"limit": {strconv.Itoa(reactorsPage)}} // without a type, it is that of usual ones
		if after != "" {
			p.query.Set("after", after)
		}
		var page []Author
		if err := c.call(ctx, p, callOptions{bot: true, major: channel}, &page); err != nil {
			return nil, false, err
		}
		users = append(users, page...)
		if len(page) < reactorsPage {
			return users[:min(len(users), limit)], len(users) <= limit, nil
		}
		after = page[len(page)-1].ID
	}
	return users[:limit], false, nil
}
