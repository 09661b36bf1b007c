package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"quid/account"
	"quid/crm"
	"quid/day"
)

const (
	parentColumns  = `customer_id, valid_from, parent_id`
	sqlParents     = `SELECT ` + parentColumns + ` FROM customer_parent WHERE customer_id IN `
	sqlMembersEver = `SELECT ` + parentColumns + ` FROM customer_parent
		WHERE customer_id IN (SELECT customer_id FROM customer_parent WHERE parent_id IN %[1]s)`
)

// MembershipsOf returns when which of the customers belonged to which group.
func (r Reader) MembershipsOf(ctx context.Context, customers ...account.CustomerID) ([]crm.Membership, error) {
	begun, err := r.begun(ctx, customers)
	return crm.Memberships(begun), err
}

// GroupsBegun returns when the customers began to belong to which group, and to
// none, by customer and day; Until is left open.
func (r Reader) GroupsBegun(ctx context.Context, customers ...account.CustomerID) (map[account.CustomerID][]crm.Membership, error) {
	rows, err := r.begun(ctx, customers)
	slices.SortFunc(rows, func(a, b crm.Membership) int { return cmp.Compare(a.From, b.From) })
	by := make(map[account.CustomerID][]crm.Membership)
	for _, m := range rows {
		by[m.Customer] = append(by[m.Customer], m)
	}
	return by, err
}

func (r Reader) begun(ctx context.Context, customers []account.CustomerID) ([]crm.Membership, error) {
	var rows []crm.Membership
	err := r.eachOf(ctx, sqlParents, customers, func(rec *record) { rows = append(rows, membership(rec)) })
	if err != nil {
		return nil, fmt.Errorf("groups of customers: %w", err)
	}
	return rows, nil
}

// MembersEver returns when which customers belonged to one of the groups.
func (r Reader) MembersEver(ctx context.Context, parents ...account.CustomerID) ([]crm.Membership, error) {
	led := make(map[account.CustomerID]bool, len(parents))
	for _, p := range parents {
		led[p] = true
	}
	rows := make(map[crm.Membership]bool) // a customer that went from one to another comes twice
	for part := range slices.Chunk(parents, chunk) {
		args := make([]any, len(part))
		for i, p := range part {
			args[i] = int64(p)
		}
		err := r.each(ctx, fmt.Sprintf(sqlMembersEver, in(1, len(part))), args, func(rec *record) error {
			rows[membership(rec)] = true
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("members of groups: %w", err)
		}
	}
	all := crm.Memberships(slices.Collect(maps.Keys(rows)))
	return slices.DeleteFunc(all, func(m crm.Membership) bool { return !led[m.Parent] }), nil
}

const sqlLeads = `SELECT COUNT(*) FROM (SELECT 1 FROM customer_parent WHERE parent_id = $1 LIMIT 1) p`

// Leads says whether a customer ever had members.
func (r Reader) Leads(ctx context.Context, customer account.CustomerID) (bool, error) {
	var n int64
	if err := r.q.QueryRowContext(ctx, sqlLeads, customer).Scan(&n); err != nil {
		return false, fmt.Errorf("members of %d: %w", customer, err)
	}
	return n > 0, nil
}

func membership(rec *record) crm.Membership {
	return crm.Membership{Customer: account.CustomerID(rec.int(0)), From: day.Day(rec.int(1)), Parent: account.CustomerID(rec.int(2))}
}
