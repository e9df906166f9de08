package luma

import (
	"fmt"
	"net/http"
	"time"
)

const (
	// slowBy is how late a slow service answers.
	slowBy = 3 * time.Second
	// largeClip is the size of a large clip, in bytes: over the 10 MiB that
	// Discord takes from a bot.
	largeClip = 12 << 20
	// strange is a state that no document names.
	strange = "transcending"
)

// What is to be watched for with several faults: a paid call that may have
// arrived, and one that did not.
const (
	watchUncertain = "A new dream fails with “we can't tell whether Luma got it” (with lumalabs once its list was looked through) " +
		"and is not sent twice; after a few in a row new ones wait as Queued, and those under way go on when you switch this off."
	watchAccount = "The card stays Queued and says that the bot's account needs whoever runs it; " +
		"nothing is lost, nothing is paid, and it goes on by itself soon after you switch this off."
	watchLimited = "The card stays Queued while the bot tries less and less often; nothing is paid twice, " +
		"and it goes on by itself within a minute or so after you switch this off."
	watchLink = "The finished card goes on saying Dreaming while the bot fetches the video again and again; " +
		"after some five minutes it says Completed with a link in place of the video."
)

// faults is the table of faults.
func faults() []fault {
	const api = paid | query | other
	return []fault{
		{FaultRefusedConnections, api, "the connection is reset before anything takes effect", watchUncertain, effect{reset: true}},
		{FaultHanging, api, "the call takes effect, and no answer ever comes",
			"A new dream stays Queued for a minute and then fails with “we can't tell whether Luma got it”; it is not sent twice " +
				"(with lumalabs it is found in the list), and those under way go on when you switch this off.", effect{hang: true}},
		{FaultLostAnswers, paid, "the call takes effect, and the connection is cut in place of an answer",
			"A new dream fails with “we can't tell whether Luma got it”: Luma did, but the bot cannot know, " +
				"and it does not pay a second time; with lumalabs it finds the dream in the list, and it completes.",
			effect{answer: Answer{Drop: true, After: true}}},
		{FaultUnauthorized, api, "401: the key is not accepted", watchAccount,
			refusing(http.StatusUnauthorized, "authentication_error", codeUnauthorized, "Invalid API key")},
		{FaultNoBalance, paid, "the account is empty: 403 insufficient_quota, or what the dialect says of it", watchAccount,
			refusing(http.StatusForbidden, "billing", codeNoBalance, "Insufficient quota")},
		{FaultForbidden, api, "403 with the HTML page of a firewall",
			"A new dream fails with “Luma did not accept this request” and is not paid for; " +
				"after three in a row new ones wait as Queued and say that the account needs whoever runs the bot.",
			showing(http.StatusForbidden, "403 Forbidden")},
		{FaultRateLimited, api, "429 without Retry-After", watchLimited,
			refusing(http.StatusTooManyRequests, "rate_limit_error", "rate_limit_exceeded", "Rate limit exceeded")},
		{FaultRateLimitedFor, api, "429 with Retry-After: 1", watchLimited, rateLimitedFor("1")},
		{FaultUnavailable, api, "503 in the form of the API's errors", watchUncertain,
			refusing(http.StatusServiceUnavailable, "server_error", "unavailable", "The service is overloaded")},
		{FaultServerError, api, "500 in the form of the API's errors", watchUncertain,
			refusing(http.StatusInternalServerError, "server_error", "internal_error", "Internal error")},
		{FaultBadGateway, api, "502 with the HTML page of a proxy", watchUncertain, showing(http.StatusBadGateway, "502 Bad Gateway")},
		{FaultHTML, api, "200 with an HTML page, and nothing takes effect", watchUncertain, showing(http.StatusOK, "Welcome")},
		{FaultLost, query, "404, as if there were no such generation",
			"A card under way stands still, and after some minutes of the same answer it fails with “Luma no longer knows this video”; " +
				"switched off before that, it goes on.",
			refusing(http.StatusNotFound, "invalid_request_error", "not_found", "Generation not found")},
		{FaultTruncated, api, "the call takes effect, and half of the JSON comes", watchUncertain, effect{spoil: half}},
		{FaultTwoValues, api, "the call takes effect, and a second JSON value follows its answer",
			"Nothing: the bot reads the first value, and the card goes on to Completed as always.", effect{spoil: twice}},
		{FaultSlow, api, fmt.Sprintf("the answer comes after %v", slowBy),
			"The bot answers a command at once as always; only the steps from Queued to Completed show some seconds later.",
			effect{delay: slowBy}},
		{FaultUnknownState, api, "the state is a word that nobody knows, and there is no link",
			"The card says Dreaming and keeps asking; it goes on to Completed when you switch this off, and fails as not finished after half an hour.",
			changing(estrange)},
		{FaultNoLink, query | other, "a completed generation has no link",
			"The card goes on saying Dreaming, and completes when you switch this off; " +
				"after two minutes it fails with “Luma says that it finished, but gave no video”.", changing(unlink)},
		{FaultModerating, paid, "what is accepted fails by moderation",
			"The card says Queued and then Failed, that Luma's moderation did not accept the prompt, and offers to edit and retry.",
			effect{doom: true}},
		{FaultPicturesUnreachable, paid, "no picture can be fetched: what is asked for fails, or is refused with 503 (agents)",
			"A dream from a picture fails and says that Luma could not read it, unpaid; with agents the bot sends the picture along, and it completes.",
			effect{blind: true}},
		{FaultCallbacksLost, callbacks, "none is made",
			"Nothing but that the steps from Queued to Completed show later: the bot asks by itself.", effect{times: -1}},
		{FaultCallbacksRepeated, callbacks, "each is made three times",
			"Nothing: the bot asks Luma no more often than once in a second, and the card goes on as always.", effect{times: 3}},

		{FaultLinkForbidden, links, "403, as when a link has expired", watchLink, linking(linkStatus(http.StatusForbidden))},
		{FaultLinkGone, links, "404", watchLink, linking(linkStatus(http.StatusNotFound))},
		{FaultLinkError, links, "500", watchLink, linking(linkStatus(http.StatusInternalServerError))},
		{FaultLinkText, links, "200 with an HTML page in place of a video", watchLink, linking(linkText)},
		{FaultLinkRedirectLoop, links, "a redirect to itself", watchLink, linking(linkLoop)},
		{FaultLinkInside, links, "a redirect to " + inside,
			"The card says at once Completed with a link in place of the video: the bot follows no link into the machine or the network that it runs in.",
			linking(linkInside)},
		{FaultLinkShort, links, "Content-Length names twice the bytes that come", watchLink, linking(linkShort)},
		{FaultLinkSlow, links, fmt.Sprintf("%d bytes come every %v", trickle, trickleWait), watchLink, linking(linkSlow)},
		{FaultLinkEndless, links, "a body without Content-Length and without an end",
			"The card says Completed, that the video is too large to upload, and links to it at Luma; the bot stops reading at its limit.",
			linking(linkEndless)},
		{FaultLinkBomb, links, "Content-Encoding: gzip, which unpacks to 4 GiB",
			watchLink, linking(linkBomb)},
		{FaultLarge, links, fmt.Sprintf("the video is whole, and padded to %d MiB", largeClip>>20),
			"The card says Completed, that the video is too large to upload, and plays it from Luma.", effect{size: largeClip}},
	}
}

func refusing(status int, kind, code, message string) effect {
	return effect{answer: *Refusal(status, kind, code, message)}
}

func rateLimitedFor(seconds string) effect {
	e := refusing(http.StatusTooManyRequests, "rate_limit_error", "rate_limit_exceeded", "Rate limit exceeded")
	e.answer.Header.Set("Retry-After", seconds)
	return e
}

// showing answers with a page, as what stands in front of a service does.
func showing(status int, title string) effect {
	return effect{answer: Answer{
		Status: status,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body:   page(title),
	}}
}

func page(title string) string {
	return "<!DOCTYPE html>\n<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>\n"
}

func changing(change func(*answer)) effect { return effect{change: change} }

func linking(link func(*Server, http.ResponseWriter, *http.Request, *clip)) effect {
	return effect{link: link}
}

func half(body []byte) []byte { return body[:len(body)/2] }

// twice adds what an envelope would say, without a generation in it.
func twice(body []byte) []byte {
	return append(body, `{"code":"success","message":"","data":null}`+"\n"...)
}

func estrange(a *answer) { a.State, a.link, a.Failure = strange, "", "" }

func unlink(a *answer) { a.link = "" }
