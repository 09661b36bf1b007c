package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"quid/fact"
	"quid/money"
)

// commaless turns a list of columns of a statement into one for tableOf.
func commaless(columns string) string { return strings.ReplaceAll(columns, ",", " ") }

// updateByKey writes the statement that updates all columns of a row found by
// its first n columns, with the values in the table's order.
func updateByKey(t *table, n int) string {
	var b strings.Builder
	b.WriteString("UPDATE " + t.name + " SET ")
	for i, c := range t.columns[n:] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s = $%d", c, n+i+1)
	}
	b.WriteString(" WHERE ")
	for i, c := range t.columns[:n] {
		if i > 0 {
			b.WriteString(" AND ")
		}
		fmt.Fprintf(&b, "%s = $%d", c, i+1)
	}
	return b.String()
}

const productColumns = `product_id, external, name, category, unit, standard_cost, list_price, stub_at, revision, import_id`

var productTable = tableOf("product", commaless(productColumns))

func productArgs(args []any, p *fact.Product) []any {
	var stub any
	if p.Stub {
		stub = int64(1)
	}
	return append(args, p.ID, p.External, p.Name, p.Category, p.Unit, micros(p.StandardCost), micros(p.ListPrice), stub, int64(p.Revision), p.Import)
}

func micros(m *money.Micro) any {
	if m == nil {
		return nil
	}
	return int64(*m)
}

// AddProducts writes new products.
func (tx *Tx) AddProducts(ctx context.Context, ps []fact.Product) error {
	args := make([]any, 0, len(ps)*len(productTable.columns))
	for i := range ps {
		args = productArgs(args, &ps[i])
	}
	return tx.load(ctx, productTable, args)
}

var sqlPutProduct = updateByKey(productTable, 1)

// PutProduct writes a product over the one that is there. What was posted keeps
// the cost it was posted with.
func (tx *Tx) PutProduct(ctx context.Context, p fact.Product) error {
	if _, err := tx.exec(ctx, sqlPutProduct, productArgs(nil, &p)...); err != nil {
		return fmt.Errorf("put product %s: %w", p.External, err)
	}
	return nil
}

const (
	sqlProducts     = `SELECT ` + productColumns + ` FROM product`
	sqlProduct      = sqlProducts + ` WHERE product_id = $1`
	sqlProductsByID = sqlProducts + ` WHERE product_id IN `
	sqlAllProducts  = sqlProducts + ` ORDER BY product_id`
	sqlProductsUsed = `SELECT DISTINCT l.product_id FROM invoice_line l
		JOIN invoice i ON i.customer_id = l.customer_id AND i.invoice_id = l.invoice_id WHERE i.withdrawn_at IS NULL`
	sqlDeleteProduct = `DELETE FROM product WHERE product_id = $1`
)

// Product returns a product.
func (r Reader) Product(ctx context.Context, id int64) (fact.Product, error) {
	ps, err := r.products(ctx, sqlProduct, id)
	if err == nil && len(ps) == 0 {
		err = one(sql.ErrNoRows)
	}
	if err != nil {
		return fact.Product{}, fmt.Errorf("product %d: %w", id, err)
	}
	return ps[0], nil
}

// Products returns all products, by id.
func (r Reader) Products(ctx context.Context) ([]fact.Product, error) {
	return r.products(ctx, sqlAllProducts)
}

// ProductsByID returns products by id; missing ones are left out.
func (r Reader) ProductsByID(ctx context.Context, ids []int64) (map[int64]fact.Product, error) {
	found := make(map[int64]fact.Product, len(ids))
	for len(ids) > 0 {
		n := min(chunk, len(ids))
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = id
		}
		ids = ids[n:]
		ps, err := r.products(ctx, sqlProductsByID+in(1, n), args...)
		if err != nil {
			return nil, err
		}
		for _, p := range ps {
			found[p.ID] = p
		}
	}
	return found, nil
}

func (r Reader) products(ctx context.Context, query string, args ...any) ([]fact.Product, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("products: %w", err)
	}
	defer rows.Close()
	var out []fact.Product
	for rows.Next() {
		var p fact.Product
		var cost, list, stub sql.NullInt64
		if err := rows.Scan(&p.ID, &p.External, &p.Name, &p.Category, &p.Unit, &cost, &list, &stub, &p.Revision, &p.Import); err != nil {
			return nil, fmt.Errorf("products: %w", err)
		}
		p.StandardCost, p.ListPrice, p.Stub = microOf(cost), microOf(list), stub.Valid
		out = append(out, p)
	}
	return out, rows.Err()
}

func microOf(v sql.NullInt64) *money.Micro {
	if !v.Valid {
		return nil
	}
	m := money.Micro(v.Int64)
	return &m
}

// ProductsUsed returns the products that standing invoices name. It scans.
func (r Reader) ProductsUsed(ctx context.Context) (map[int64]bool, error) {
	return r.used(ctx, sqlProductsUsed)
}

func (r Reader) used(ctx context.Context, query string) (map[int64]bool, error) {
	rows, err := r.q.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("what is in use: %w", err)
	}
	used := make(map[int64]bool)
	if err := scanIDs(rows, func(id int64) { used[id] = true }); err != nil {
		return nil, fmt.Errorf("what is in use: %w", err)
	}
	return used, nil
}

// DeleteProduct forgets a product nothing names.
func (tx *Tx) DeleteProduct(ctx context.Context, id int64) error {
	if _, err := tx.exec(ctx, sqlDeleteProduct, id); err != nil {
		return fmt.Errorf("delete product %d: %w", id, err)
	}
	return nil
}
