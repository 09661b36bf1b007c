package api

import (
	"context"
	"net/http"
	"strconv"

	"quid/fact"
	"quid/fault"
	"quid/internal/auth"
)

func init() {
	doors["list-products"] = of(toSetup, auth.SeeCustomers)
	doors["get-product"] = of(toSetup, auth.SeeCustomers)
}

// A Product is something that invoices have on their lines.
type Product struct {
	ID           string `json:"id"`
	External     string `json:"external" doc:"its number in the source"`
	Name         string `json:"name"`
	Category     string `json:"category"`
	Unit         string `json:"unit"`
	StandardCost string `json:"standard_cost,omitempty" doc:"money for a unit, to six more decimals, where it is known; only where the key sees margins"`
	ListPrice    string `json:"list_price,omitempty" doc:"money for a unit, to six more decimals, where there is one"`
	Stub         bool   `json:"stub" doc:"made because a document named it; nobody described it yet"`
	Revision     int32  `json:"revision"`
}

func (h show) product(p fact.Product) Product {
	out := Product{ID: idOf(p.ID), External: p.External, Name: p.Name, Category: p.Category, Unit: p.Unit, Stub: p.Stub, Revision: p.Revision}
	if p.ListPrice != nil {
		out.ListPrice = perUnit(*p.ListPrice, h.digits)
	}
	if p.StandardCost != nil && h.margins {
		out.StandardCost = perUnit(*p.StandardCost, h.digits)
	}
	return out
}

type getProduct struct {
	Product string `path:"product" doc:"id of the product"`
	OneQuery
}

func (s *Server) products() {
	handleList[allQuery](s, op{id: "list-products", path: "/products", tag: "products", summary: "Products"}, list[Product]{
		fields: []field[Product]{
			{"external", text, func(p *Product) string { return p.External }},
			{"name", text, func(p *Product) string { return p.Name }},
			{"category", text, func(p *Product) string { return p.Category }},
			{"unit", text, func(p *Product) string { return p.Unit }},
			{"list_price", number, func(p *Product) string { return p.ListPrice }},
			{"stub", flag, func(p *Product) string { return strconv.FormatBool(p.Stub) }},
			{"id", id, func(p *Product) string { return p.ID }},
		}, sorts: []string{"id", "-id", "external", "name", "category"}, id: func(p *Product) string { return p.ID },
		all: func(ctx context.Context, _ listInput) ([]Product, error) {
			how, err := s.show(ctx)
			if err != nil {
				return nil, err
			}
			ps, err := s.db.Read().Products(ctx)
			out := make([]Product, len(ps))
			for i, p := range ps {
				out[i] = how.product(p)
			}
			return out, err
		},
	})
	handle(s, op{id: "get-product", method: http.MethodGet, path: "/products/{product}", tag: "products", summary: "One product", errors: []int{304}},
		func(ctx context.Context, in *getProduct) (*one[Product], error) {
			n, err := strconv.ParseInt(in.Product, 10, 64)
			if err != nil {
				return nil, fault.NotFound
			}
			how, err := s.show(ctx)
			if err != nil {
				return nil, err
			}
			p, err := s.db.Read().Product(ctx, n)
			if err != nil {
				return nil, err
			}
			return answer(in.OneQuery, how.product(p), p.Revision)
		})
}
