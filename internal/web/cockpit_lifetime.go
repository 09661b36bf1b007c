package web

// worthSub says how far the lifetime value looks ahead.
func (p *cockpitPage) worthSub() string {
	l := &p.Why.Lifetime
	if l.Months == 0 {
		return ""
	}
	return p.T("Over the next {n} months, in today's money ({discount} a year)", "n", l.Months, "discount", p.Percent(l.Discount, 1))
}

// aliveWords say how probably the customer is one still, or what its lifetime
// value was reckoned from.
func (p *cockpitPage) aliveWords() string {
	l := &p.Why.Lifetime
	if l.Alive.Known() {
		return p.T("{share} probability of being a customer still", "share", p.Percent(float64(l.Alive), 0))
	}
	if l.Source == "" {
		return ""
	}
	return p.T(string(l.Name))
}

// span is a range in words.
func (p Page) span(low, high string) string {
	return p.T("{from} to {until}", "from", low, "until", high)
}
