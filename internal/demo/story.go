package demo

// A Story is what kind of customer somebody is. It bends size, rhythm, prices,
// payments, complaints and services; what Quid finds out about the customer
// should be what its story says.
type Story int8

// The stories.
const (
	Steady     Story = iota // buys regularly, gets a fair share of help
	Occasional              // buys now and then
	Seasonal                // buys in three months of the year
	Growing                 // buys more every year
	Shrinking               // buys less every year, and pays later
	Spoiled                 // much free service, little margin
	Neglected               // good margin, no service, hardly a visit
	Star                    // large, good margin, much service: worth the investment
	Bargain                 // buys only at heavy discounts, complains without reason
	Facade                  // looks like A by revenue and loses money
	Fresh                   // won in the last six months
	Lost                    // has not bought for a while; complained before
	storyCount
)

// String names the story in English, in one word.
func (s Story) String() string { return stories[s].name }

// trait is what a story does to a customer.
type trait struct {
	name       string
	share      int     // of customers, per mille
	size       float64 // factor of yearly revenue
	floor      float64 // least yearly revenue, in euros
	rate       float64 // factor of purchases a year
	regular    bool    // keeps a rhythm
	trend      float64 // yearly growth, logarithmic
	discount   int     // added to the usual one, in half percents
	late       float64 // days later than others
	complaints float64 // per invoice
	justified  int     // of complaints, percent
	contacts   float64 // visits, calls and mails a year
	services   float64 // entries in four years
	effort     float64 // factor of a service's quantity
	credit     float64 // credit notes per invoice
}

var stories = [storyCount]trait{
	Steady:     {name: "steady", share: 262, size: 1, rate: 1.15, regular: true, late: 0, complaints: 0.025, justified: 60, contacts: 1.2, services: 3.2, effort: 1, credit: 0.018},
	Occasional: {name: "occasional", share: 150, size: 0.5, rate: 0.5, late: 3, complaints: 0.02, justified: 60, contacts: 0.6, services: 1.2, effort: 0.8, credit: 0.015},
	Seasonal:   {name: "seasonal", share: 70, size: 1, rate: 0.85, late: 2, complaints: 0.03, justified: 60, contacts: 0.9, services: 2.4, effort: 1, credit: 0.02},
	Growing:    {name: "growing", share: 80, size: 1.1, rate: 1.2, regular: true, trend: 0.35, late: -2, complaints: 0.025, justified: 65, contacts: 1.8, services: 6, effort: 1.1, credit: 0.015},
	Shrinking:  {name: "shrinking", share: 70, size: 1.2, rate: 1, regular: true, trend: -0.45, late: 8, complaints: 0.06, justified: 65, contacts: 0.8, services: 2.5, effort: 0.9, credit: 0.025},
	Spoiled:    {name: "spoiled", share: 70, size: 0.55, floor: 4_000, rate: 1, late: 6, discount: 34, complaints: 0.09, justified: 25, contacts: 3, services: 24, effort: 1.7, credit: 0.04},
	Neglected:  {name: "neglected", share: 80, size: 1.7, floor: 15_000, rate: 1.25, regular: true, trend: 0.03, discount: -10, late: -4, complaints: 0.01, justified: 80, contacts: 0.25, services: 0.15, effort: 0.6, credit: 0.01},
	Star:       {name: "star", share: 50, size: 3.2, floor: 60_000, rate: 1.5, regular: true, trend: 0.12, discount: -4, late: -3, complaints: 0.02, justified: 70, contacts: 4, services: 22, effort: 1.5, credit: 0.012},
	Bargain:    {name: "bargain", share: 40, size: 1, rate: 0.9, discount: 42, late: 10, complaints: 0.07, justified: 25, contacts: 1.5, services: 5, effort: 1, credit: 0.03},
	Facade:     {name: "facade", share: 23, size: 7, floor: 220_000, rate: 1.4, regular: true, discount: 82, late: 14, complaints: 0.08, justified: 40, contacts: 4, services: 26, effort: 1.8, credit: 0.04},
	Fresh:      {name: "fresh", share: 50, size: 0.6, rate: 1.2, late: 0, complaints: 0.03, justified: 60, contacts: 6, services: 1.6, effort: 1, credit: 0.015},
	Lost:       {name: "lost", share: 55, size: 1, rate: 1.1, trend: -0.1, late: 10, complaints: 0.13, justified: 80, contacts: 1.2, services: 3, effort: 0.9, credit: 0.03},
}

// storyShares are the shares as dice.weighted wants them.
var storyShares = func() []int {
	shares := make([]int, storyCount)
	for i, t := range stories {
		shares[i] = t.share
	}
	return shares
}()
