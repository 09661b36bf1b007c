package value

// newWhy says why a customer is new or is not.
func (s *Summary) newWhy(f *Figures, r *Row) Text {
	rule, start := &s.Model.New, f.start()
	switch {
	case r.New && start == 0:
		return Text("No purchase yet, and nobody wrote when the customer was won.")
	case r.New && s.AsOf < start.AddMonths(rule.MinTenureMonths):
		return Text("A customer for less than the minimum tenure.")
	case r.New:
		return Text("Fewer purchase days than the minimum.")
	case int(f.PurchasesEver) < rule.MinPurchaseDays:
		return Text("No longer new: the maximum tenure is over; few purchases are judged as few.")
	}
	return Text("No longer new: minimum tenure and minimum purchase days are reached.")
}

// why says what makes the stage.
func (s Stage) why() Text {
	switch s {
	case Prospect:
		return Text("No purchase yet.")
	case Fresh:
		return Text("New, with a first purchase.")
	case OneTime:
		return Text("One purchase day, and no longer new.")
	case Occasional:
		return Text("Buys, but on too few days for a regular customer.")
	case Regular:
		return Text("Enough purchase days, and active by its own rhythm.")
	case Dormant:
		return Text("Silent for longer than its own rhythm explains.")
	case Lost:
		return Text("Silent for so long that its own rhythm makes a return unlikely.")
	}
	return ""
}

// gaps lists what is missing for a customer and what it blocks: the criteria
// without data, and the data that whole figures need.
func (s *Summary) gaps(f *Figures, r *Row, parts []Part) []Gap {
	var gaps []Gap
	if !f.Steps.Known() {
		gaps = append(gaps, Gap{"cost", Text("The cost of goods of every sale in the window."), Text("Blocks contribution I to IV, the class by contribution and credibility.")})
	}
	for _, p := range parts {
		if !p.Raw.Known() && !(p.Key == KeyContribution && !f.Steps.Known()) {
			gaps = append(gaps, Gap{string(p.Key), p.Key.Trait().Needs, Text("Leaves the criterion out of the score and lowers the data basis.")})
		}
	}
	if s.To.Off {
		gaps = append(gaps, Gap{"service", Text("Free services, booked as they are given."), Text("Blocks the horizontal axis of the matrix: only the value from the customer counts.")})
	}
	if f.Peer < 0 {
		gaps = append(gaps, Gap{"peer", Text("The customer's industry and size class."), Text("Credibility compares with all customers instead of its peers.")})
	}
	if r.New && f.start() == 0 {
		gaps = append(gaps, Gap{"acquired_on", Text("The day the customer was won."), Text("Tenure is unknown, so that the customer stays new.")})
	}
	return gaps
}
