package store

import (
	"context"
	"fmt"
	"slices"

	"quid/account"
	"quid/crm"
	"quid/day"
)

const (
	parentColumns  = `customer_id, valid_from, parent_id`
	sqlParents     = `SELECT ` + parentColumns + ` FROM customer_parent WHERE customer_id IN `
	sqlMembersEver = `SELECT ` + parentColumns + ` FROM customer_parent
		WHERE customer_id IN (SELECT customer_id FROM customer_parent WHERE parent_id = $1)`
)

// MembershipsOf returns when which of the customers belonged to which group.
func (r Reader) MembershipsOf(ctx context.Context, customers ...account.CustomerID) ([]crm.Membership, error) {
	var rows []crm.Membership
	err := r.eachOf(ctx, sqlParents, customers, func(rec *record) { rows = append(rows, membership(rec)) })
	if err != nil {
		return nil, fmt.Errorf("groups of customers: %w", err)
	}
	return crm.Memberships(rows), nil
}

// MembersEver returns when which customers belonged to a group.
func (r Reader) MembersEver(ctx context.Context, parent account.CustomerID) ([]crm.Membership, error) {
	var rows []crm.Membership
	err := r.each(ctx, sqlMembersEver, []any{parent}, func(rec *record) error {
		rows = append(rows, membership(rec))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("members of %d: %w", parent, err)
	}
	return slices.DeleteFunc(crm.Memberships(rows), func(m crm.Membership) bool { return m.Parent != parent }), nil
}

func membership(rec *record) crm.Membership {
	return crm.Membership{Customer: account.CustomerID(rec.int(0)), From: day.Day(rec.int(1)), Parent: account.CustomerID(rec.int(2))}
}
