package luma

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
)

const (
	// maxWords bounds what is kept of a service's words, in runes.
	maxWords = 500
	// minHidden is the length from which a key is cut out of a service's words,
	// in bytes. A shorter one is no secret, and would be found in any word.
	minHidden = 6
	// hidden stands where the key was.
	hidden = "[key]"
)

// tidy makes one line of a service's words: without control characters, cut
// to maxWords, and without the key, which some servers echo.
func (k key) tidy(words string) string {
	words = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(words, "\uFFFD"))
	words = strings.Join(strings.Fields(words), " ")
	// The key goes before the cut, which could leave a part of it.
	return cut(k.hide(words), maxWords)
}

func (k key) hide(words string) string {
	if len(*k.value) < minHidden {
		return words
	}
	return strings.ReplaceAll(words, *k.value, hidden)
}

// page makes one line of a body that is not what it should be.
func (k key) page(body []byte) string {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return "an HTML page"
	}
	return k.tidy(string(body))
}

// cut shortens words to at most n runes, the ellipsis among them.
func cut(words string, n int) string {
	seen := 0
	end := 0 // of the first n-1 runes
	for i := range words {
		if seen == n-1 {
			end = i
		}
		if seen == n {
			return words[:end] + "…"
		}
		seen++
	}
	return words
}

// veil is an error whose text would show the key, with the key left out.
type veil struct {
	err  error
	text string
}

func (v veil) Error() string { return v.text }
func (v veil) Unwrap() error { return v.err }

// veil hides the key in err's text. The transport quotes an answer that is
// not HTTP, and that may be an echo of the request.
func (k key) veil(err error) error {
	if text := err.Error(); k.hide(text) != text {
		return veil{err, k.hide(text)}
	}
	return err
}

// reasonOf tells from a service's words why it refused or failed something;
// it is empty where they do not tell. Words that were seen: "Contains
// blacklisted words", "Advanced prompt moderation failed", "Frame moderation
// failed", "failed to moderate image", "Failed to read user input frames".
func reasonOf(words string) Reason {
	list := tokensOf(words)
	has := list.begin
	line := strings.Join(list, " ")
	picture := has("image", "frame", "keyframe", "picture", "photo")
	moderated := has("moderat", "blacklist", "nsfw") ||
		strings.Contains(line, "sensitive word") || strings.Contains(line, "sensitive content") ||
		strings.Contains(line, "content policy")
	switch {
	case moderated && picture && !has("prompt"):
		return ReasonImageModerated
	case moderated:
		return ReasonPromptModerated
	case picture && has("read", "unread", "fetch", "download", "load", "decod", "access", "retriev",
		"corrupt", "unsupported", "invalid"), picture && has("large", "big", "exceed") && !has("prompt"):
		return ReasonImageUnreadable
	}
	return ""
}

// accountOf tells from the words of a 403 what is refused: the balance
// (ErrInsufficientQuota), the key or its account (ErrUnauthorized), or nothing
// that they name (ErrForbidden), such as a single model. The Chinese words are
// those of the routers in front of Dream Machine.
func accountOf(words string) error {
	list := tokensOf(words)
	says := func(signs ...string) bool {
		return slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(words, sign) })
	}
	switch {
	case list.begin("balance", "quota", "credit", "billing", "payment", "fund"), says("余额", "额度", "欠费"):
		return ErrInsufficientQuota
	case list.begin("model"), says("模型"):
		return ErrForbidden
	case list.begin("account", "suspend", "banned", "deactivat", "authentic", "apikey"), list.hold("key", "token"),
		says("令牌", "密钥", "账户", "账号", "封禁"):
		return ErrUnauthorized
	}
	return ErrForbidden
}

// insufficient reports whether the words of a 400 say that the balance does not do.
func insufficient(words string) bool {
	list := tokensOf(words)
	return list.hold("insufficient") && list.begin("balance", "quota", "credit", "fund")
}

// tokens are the words of a text, in lower case.
type tokens []string

func tokensOf(text string) tokens {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
}

// begin reports whether a word begins with one of the stems.
func (t tokens) begin(stems ...string) bool {
	return slices.ContainsFunc(t, func(token string) bool {
		return slices.ContainsFunc(stems, func(stem string) bool { return strings.HasPrefix(token, stem) })
	})
}

// hold reports whether one of the words is there as it stands.
func (t tokens) hold(words ...string) bool {
	return slices.ContainsFunc(t, func(token string) bool { return slices.Contains(words, token) })
}
