package discord

import (
	"slices"
	"time"
)

const (
	nonceLife = 5 * time.Minute
	maxNonces = 10_000
)

// nonces are the newest nonces that messages were created with under
// enforce_nonce.
type nonces struct {
	byKey map[string]nonce
	order []string // keys, oldest first
}

// nonce is the message that a nonce made, and when.
type nonce struct {
	message string
	at      time.Time
}

func newNonces() nonces { return nonces{byKey: map[string]nonce{}} }

// find returns the id of the message that a nonce stands for, "" for none.
func (n *nonces) find(key string, now time.Time) string {
	found, ok := n.byKey[key]
	if !ok || now.Sub(found.at) > nonceLife {
		return ""
	}
	return found.message
}

// remember keeps a nonce, and lets go of what is over or too much.
func (n *nonces) remember(key, message string, now time.Time) {
	if _, again := n.byKey[key]; again {
		n.order = slices.DeleteFunc(n.order, func(k string) bool { return k == key })
	}
	n.byKey[key] = nonce{message, now}
	n.order = append(n.order, key)
	for len(n.order) > maxNonces || now.Sub(n.byKey[n.order[0]].at) > nonceLife {
		delete(n.byKey, n.order[0])
		n.order = n.order[1:]
	}
}
