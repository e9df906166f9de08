package tracker

import (
	"errors"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

// Bounds of the breaker.
const (
	maxFails     = 5 // calls of any kind in a row that show an outage
	maxPaidFails = 3 // paid ones, each of which can cost a member the job
	maxForbidden = 3 // paid calls in a row, each of another job, that only a firewall refuses

	outagePolls    = 5 // intervals of polling before the first question: 15 s by default; it doubles
	maxOutageWait  = 5 * time.Minute
	accountPolls   = 20 // the same where the account is in trouble: a minute
	maxAccountWait = 10 * time.Minute
)

// word is what a call says of Luma, besides what it says of its job.
type word int

const (
	noWord       word = iota // nothing: limited, refused on this side, or an odd error
	accepted                 // it did as it was asked
	declined                 // it was reached, took the key, and refused this request
	troubled                 // it was not reached, or is in trouble
	keyRefused               // the key is not accepted
	balanceEmpty             // the balance does not suffice
	forbidden                // a firewall refused, as it seems
)

// wordOf returns what the error of a call says of Luma.
func wordOf(err error) word {
	var detail *luma.Error
	errors.As(err, &detail)
	switch {
	case err == nil:
		return accepted
	case detail == nil:
		return noWord
	case errors.Is(err, luma.ErrUnavailable):
		return troubled
	case errors.Is(err, luma.ErrUnauthorized):
		return keyRefused
	case errors.Is(err, luma.ErrInsufficientQuota):
		return balanceEmpty
	case errors.Is(err, luma.ErrForbidden): // before the refusals, of which it is one
		return forbidden
	case detail.Status != 0 && (errors.Is(err, luma.ErrInvalidRequest) || errors.Is(err, luma.ErrNotFound)):
		return declined
	}
	return noWord
}

// cause is why no paid call is made.
type cause int

const (
	noCause cause = iota
	outage
	badKey
	noBalance
	shutOut // a firewall lets nothing through
	causes  // how many there are
)

// cooldown is the wait before the question that follows n futile ones.
func (c cause) cooldown(poll time.Duration, n int) time.Duration {
	if c == outage {
		return min(outagePolls*poll<<min(n, 10), maxOutageWait)
	}
	return min(accountPolls*poll<<min(n, 10), maxAccountWait)
}

// notice is what the operator is to be told: of a new cause, or that all is
// well again. Its zero value is nothing.
type notice struct {
	cause cause
	over  bool
}

// gate is whether paid calls are let through.
type gate int

const (
	gateClosed gate = iota // all of them: the circuit is closed
	gateOpen               // none
	gateHalf               // one at a time, until one is accepted
)

// breaker decides from what calls say whether paid calls are worth making. It
// holds no lock and no clock. Its zero value, given poll and spread, lets all
// through.
type breaker struct {
	poll   time.Duration                     // interval of polling, which the waits follow
	spread func(time.Duration) time.Duration // jitter

	gate  gate
	cause cause
	// hearsay: a query alone says so. Luma is then pinged at once, and a paid
	// call tried: a job that an earlier key paid for is refused for itself.
	hearsay bool
	refuted time.Time // when hearsay was last found wrong

	epoch     int // rises with every opening
	under     int // paid calls under way
	fails     int // calls in a row that found Luma in trouble
	paidFails int // the paid ones among them, in a row
	forbidden int // paid calls in a row
	rounds    int // openings and futile questions since it was last closed
	trials    int // paid calls among them that failed while it was half open

	until    time.Time // open: the next question, or trial
	earliest time.Time // open: a query that succeeds is no reason for a trial before
	told     [causes]bool
}

// hold is what members are told. After a trial has failed it stays until one
// succeeds, so that cards do not flicker.
func (b *breaker) hold() store.Hold {
	switch {
	case b.gate == gateClosed, b.hearsay, b.gate == gateHalf && b.cause != noBalance && b.trials == 0:
		return store.HoldNone
	case b.cause == outage:
		return store.HoldUnreachable
	}
	return store.HoldAccount
}

// admits reports whether a paid call may begin now.
func (b *breaker) admits(now time.Time) bool {
	b.tick(now)
	return b.gate == gateClosed || b.gate == gateHalf && b.under == 0
}

// begin notes that a paid call begins. It returns what paid is to be given.
func (b *breaker) begin() (epoch int) {
	b.under++
	return b.epoch
}

// tick begins trials of the balance, for which there is no free question.
func (b *breaker) tick(now time.Time) {
	if b.gate == gateOpen && !b.pings() && !now.Before(b.until) {
		b.half(now)
	}
}

// asks reports whether Luma is to be pinged now.
func (b *breaker) asks(now time.Time) bool {
	return b.gate == gateOpen && b.pings() && !now.Before(b.until)
}

// pings reports whether a ping can tell anything of the cause.
func (b *breaker) pings() bool { return b.cause != noBalance || b.hearsay }

// wakes returns when the breaker is to be looked at again, if at all.
func (b *breaker) wakes() (time.Time, bool) { return b.until, b.gate == gateOpen }

// paid takes the word of a paid call that began in epoch. One that began
// before the breaker opened says nothing new.
func (b *breaker) paid(now time.Time, epoch int, w word) notice {
	b.under--
	if epoch != b.epoch {
		return notice{}
	}
	if w != troubled && w != noWord {
		b.fails, b.paidFails = 0, 0
	}
	switch w {
	case accepted, declined:
		b.forbidden = 0
		if w == declined && b.cause == noBalance {
			return notice{} // it may look at the request before the balance
		}
		return b.close(now)
	case troubled:
		b.fails++
		b.paidFails++
		if b.gate == gateHalf && b.cause == noBalance && !b.hearsay {
			return b.trip(now, noBalance)
		}
		if b.gate == gateHalf || b.fails >= maxFails || b.paidFails >= maxPaidFails {
			return b.trip(now, outage)
		}
	case keyRefused:
		return b.trip(now, badKey)
	case balanceEmpty:
		return b.trip(now, noBalance)
	case forbidden:
		b.forbidden++
		if b.forbidden >= maxForbidden || b.gate == gateHalf && b.cause == shutOut {
			return b.trip(now, shutOut)
		}
	}
	return notice{}
}

// queried takes the word of a query.
func (b *breaker) queried(now time.Time, w word) notice {
	if w == troubled {
		b.fails++
		if b.fails >= maxFails && (b.gate == gateClosed || b.gate == gateHalf && b.cause != noBalance) {
			return b.trip(now, outage)
		}
		return notice{}
	}
	if w != noWord {
		b.fails = 0
	}
	switch w {
	case accepted, declined:
		if b.gate == gateOpen && (b.cause == outage || b.cause == badKey) && !now.Before(b.earliest) {
			b.half(now)
		}
	case keyRefused:
		b.suspect(now, badKey)
	case balanceEmpty:
		b.suspect(now, noBalance)
	}
	return notice{}
}

// suspect takes a query's word for trouble with the account, until something
// better is known.
func (b *breaker) suspect(now time.Time, c cause) {
	if b.gate != gateClosed && b.cause != outage || !b.refuted.IsZero() && now.Sub(b.refuted) < accountPolls*b.poll {
		return
	}
	b.open(now, c)
	b.hearsay, b.until = true, now
}

// pinged takes the word of a ping.
func (b *breaker) pinged(now time.Time, w word) notice {
	if b.gate != gateOpen {
		return notice{} // settled meanwhile
	}
	switch w {
	case accepted, declined:
		b.fails = 0
		b.half(now)
	case keyRefused:
		return b.trip(now, badKey)
	case balanceEmpty:
		return b.trip(now, noBalance)
	case troubled:
		if b.hearsay {
			return b.trip(now, outage)
		}
		return b.trip(now, b.cause)
	case forbidden:
		if b.hearsay {
			return b.trip(now, shutOut)
		}
		return b.trip(now, b.cause)
	case noWord:
		b.until = now.Add(b.spread(b.cause.cooldown(b.poll, b.rounds-1)))
	}
	return notice{}
}

// trip opens the breaker, for the first time or again, and returns what the
// operator was not told yet.
func (b *breaker) trip(now time.Time, c cause) notice {
	b.open(now, c)
	if b.told[c] {
		return notice{}
	}
	b.told[c] = true
	return notice{cause: c}
}

func (b *breaker) open(now time.Time, c cause) {
	if c != b.cause {
		b.rounds, b.trials = 0, 0
	} else if b.gate == gateHalf {
		b.trials++
	}
	b.gate, b.cause, b.hearsay = gateOpen, c, false
	b.epoch++
	b.until = now.Add(b.spread(c.cooldown(b.poll, b.rounds)))
	b.earliest = now.Add(c.cooldown(b.poll, b.trials))
	b.rounds++
}

// half lets one paid call at a time through.
func (b *breaker) half(now time.Time) {
	b.gate = gateHalf
	if b.hearsay && b.cause == badKey {
		b.refuted = now
	}
}

// close lets all through. What is known of calls in a row was set by the one
// that closed it.
func (b *breaker) close(now time.Time) notice {
	if b.hearsay {
		b.refuted = now
	}
	over := b.told != [causes]bool{}
	b.gate, b.cause, b.hearsay = gateClosed, noCause, false
	b.rounds, b.trials, b.told = 0, 0, [causes]bool{}
	return notice{over: over}
}
