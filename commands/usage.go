package commands

import (
	"context"
	"fmt"
	"time"

	"dreambot/bot/reply"
	"dreambot/store"
)

// usage is /usage: what a member has used of the day, and what they have made. Who
// moderates the server sees what all of it has used, and who manages it the balance
// of the operator's account.
type usage struct{ *Set }

func (u *usage) definition() Definition { return u.define("usage") }

func (u *usage) run(ctx context.Context, in Interaction) (Answer, error) {
	page, err := u.page(ctx, in)
	if err != nil {
		return Answer{}, err
	}
	m := reply.Usage(u.Catalog.For(in.Locale), page)
	return Answer{Notice: &m}, nil
}

func (u *usage) page(ctx context.Context, in Interaction) (reply.UsagePage, error) {
	if !in.inServer() {
		return reply.UsagePage{Outside: true}, nil
	}
	rules, err := u.rules(ctx, in.Guild, in.Guest)
	if err != nil {
		return reply.UsagePage{}, err
	}
	now := u.Now()
	page := reply.UsagePage{Allowance: rules.Allowance(), PricesOf: u.Capabilities.Prices.AsOf}
	_, page.Until = store.Day(now)
	if page.Member, err = u.Store.Usage(ctx, in.Guild, in.Member, now); err != nil {
		return reply.UsagePage{}, fmt.Errorf("read what a member has used: %w", err)
	}
	if page.Tally, err = u.Store.Tally(ctx, in.Guild, in.Member); err != nil {
		return reply.UsagePage{}, fmt.Errorf("read what a member has made: %w", err)
	}
	if has(in.Permissions, permissionManageServer|permissionManageMessages) {
		all, err := u.Store.Usage(ctx, in.Guild, "", now)
		if err != nil {
			return reply.UsagePage{}, fmt.Errorf("read what server %s has used: %w", in.Guild, err)
		}
		page.Guild = &all
	}
	if has(in.Permissions, permissionManageServer) {
		page.Balance = u.balance(ctx)
	}
	return page, nil
}

// balanceLimit bounds the question for the balance before an answer is due.
const balanceLimit = 1500 * time.Millisecond

// balance is what the operator's account holds. That nobody knows it now is no
// reason to say nothing of the rest.
func (u *usage) balance(ctx context.Context) reply.Balance {
	if !u.Capabilities.Balance || u.Account == nil {
		return reply.Balance{}
	}
	ctx, cancel := context.WithTimeout(ctx, balanceLimit)
	defer cancel()
	amount, err := u.Account.Balance(ctx)
	if err != nil {
		u.Log.Warn("the balance cannot be asked for", "err", err)
		return reply.Balance{Shown: true}
	}
	return reply.Balance{Shown: true, Known: true, Amount: amount}
}
