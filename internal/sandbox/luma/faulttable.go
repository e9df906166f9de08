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

// faults is the table of faults.
func faults() []fault {
	const api = paid | query
	return []fault{
		{FaultRefusedConnections, api, "the connection is reset before anything takes effect", effect{reset: true}},
		{FaultHanging, api, "the call takes effect, and no answer ever comes", effect{hang: true}},
		{FaultLostAnswers, paid, "the call takes effect, and the connection is cut in place of an answer",
			effect{answer: Answer{Drop: true, After: true}}},
		{FaultUnauthorized, api, "401 invalid_api_key",
			refusing(http.StatusUnauthorized, "authentication_error", "invalid_api_key", "Invalid API key")},
		{FaultNoBalance, paid, "403 insufficient_quota",
			refusing(http.StatusForbidden, "billing", "insufficient_quota", "Insufficient quota")},
		{FaultForbidden, api, "403 with the HTML page of a firewall", showing(http.StatusForbidden, "403 Forbidden")},
		{FaultRateLimited, api, "429 without Retry-After",
			refusing(http.StatusTooManyRequests, "rate_limit_error", "rate_limit_exceeded", "Rate limit exceeded")},
		{FaultRateLimitedFor, api, "429 with Retry-After: 1", rateLimitedFor("1")},
		{FaultUnavailable, api, "503 in the form of the API's errors",
			refusing(http.StatusServiceUnavailable, "server_error", "unavailable", "The service is overloaded")},
		{FaultServerError, api, "500 in the form of the API's errors",
			refusing(http.StatusInternalServerError, "server_error", "internal_error", "Internal error")},
		{FaultBadGateway, api, "502 with the HTML page of a proxy", showing(http.StatusBadGateway, "502 Bad Gateway")},
		{FaultHTML, api, "200 with an HTML page, and nothing takes effect", showing(http.StatusOK, "Welcome")},
		{FaultLost, query, "404, as if there were no such generation",
			refusing(http.StatusNotFound, "invalid_request_error", "not_found", "Generation not found")},
		{FaultTruncated, api, "the call takes effect, and half of the JSON comes", effect{spoil: half}},
		{FaultTwoValues, api, "the call takes effect, and a second JSON value follows its answer", effect{spoil: twice}},
		{FaultSlow, api, fmt.Sprintf("the answer comes after %v", slowBy), effect{delay: slowBy}},
		{FaultUnknownState, api, "the state is a word that nobody knows, and there is no link", changing(estrange)},
		{FaultNoLink, query, "a completed generation has no link", changing(unlink)},
		{FaultModerating, paid, "what is accepted fails by moderation", effect{doom: true}},

		{FaultLinkForbidden, links, "403, as when a link has expired", linking(linkStatus(http.StatusForbidden))},
		{FaultLinkGone, links, "404", linking(linkStatus(http.StatusNotFound))},
		{FaultLinkError, links, "500", linking(linkStatus(http.StatusInternalServerError))},
		{FaultLinkText, links, "200 with an HTML page in place of a video", linking(linkText)},
		{FaultLinkRedirectLoop, links, "a redirect to itself", linking(linkLoop)},
		{FaultLinkInside, links, "a redirect to " + inside, linking(linkInside)},
		{FaultLinkShort, links, "Content-Length names twice the bytes that come", linking(linkShort)},
		{FaultLinkSlow, links, fmt.Sprintf("%d bytes come every %v", trickle, trickleWait), linking(linkSlow)},
		{FaultLinkEndless, links, "a body without Content-Length and without an end", linking(linkEndless)},
		{FaultLinkBomb, links, "Content-Encoding: gzip, which unpacks to 4 GiB", linking(linkBomb)},
		{FaultLarge, links, fmt.Sprintf("the video is whole, and padded to %d MiB", largeClip>>20), effect{size: largeClip}},
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

func changing(change func(*answer)) effect { return effect{change: []func(*answer){change}} }

func linking(link func(*Server, http.ResponseWriter, *http.Request, *clip)) effect {
	return effect{link: link}
}

func half(body []byte) []byte { return body[:len(body)/2] }

// twice adds what an envelope would say, without a generation in it.
func twice(body []byte) []byte {
	return append(body, `{"code":"success","message":"","data":null}`+"\n"...)
}

func estrange(a *answer) { a.State, a.Video, a.Failure = strange, nil, "" }

func unlink(a *answer) { a.Video = nil }
