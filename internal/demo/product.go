package demo

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"quid/money"
)

// A Product is something Brenner Maschinenbau sells.
type Product struct {
	Number   string
	Name     string
	Category string
	Unit     string
	Cost     money.Amount // standard cost of one unit today, 0 if nobody knows
	List     money.Amount // list price of one unit today, 0 if there is none
}

// family is a product in several sizes.
type family struct {
	name  string
	unit  string
	list  float64 // list price of the smallest, in euros
	sizes []string
}

// assortment is a category of products.
type assortment struct {
	category, prefix string
	ratio            float64 // standard cost by list price
	step             float64 // list price from one size to the next
	families         []family
}

var (
	sizesMachine = []string{"200", "320", "500", "800"}
	sizesModule  = []string{"S", "M", "L", "XL"}
	sizesSeries  = []string{"Baureihe BD", "Baureihe BF"}
	sizesTool    = []string{"Ø 6", "Ø 10", "Ø 16", "Ø 25"}
	sizesPack    = []string{"Standard", "Premium"}
)

var assortments = []assortment{
	{"Maschinen", "MA", 0.60, 1.5, []family{
		{"Bandsäge BS", "Stk", 28_500, sizesMachine},
		{"Abkantpresse BA", "Stk", 46_000, sizesMachine},
		{"Drehmaschine BD", "Stk", 64_000, sizesMachine},
		{"Schleifmaschine BX", "Stk", 82_000, sizesMachine},
		{"CNC-Fräszentrum BF", "Stk", 118_000, sizesMachine},
	}},
	{"Baugruppen", "BG", 0.54, 1.6, []family{
		{"Werkstückspanner", "Stk", 1_850, sizesModule},
		{"Späneförderer", "Stk", 3_400, sizesModule},
		{"Kühlaggregat", "Stk", 4_200, sizesModule},
		{"Steuerung B-Control", "Stk", 6_900, sizesModule},
		{"Ladeportal", "Stk", 11_500, sizesModule},
	}},
	{"Ersatzteile", "ET", 0.40, 1.35, []family{
		{"Näherungsschalter", "Stk", 38, sizesSeries},
		{"Dichtungssatz", "Stk", 64, sizesSeries},
		{"Antriebsriemen", "Stk", 85, sizesSeries},
		{"Magnetventil", "Stk", 145, sizesSeries},
		{"Schaltnetzteil", "Stk", 210, sizesSeries},
		{"Führungswagen", "Stk", 320, sizesSeries},
		{"Spindellager", "Stk", 540, sizesSeries},
		{"Hydraulikpumpe", "Stk", 980, sizesSeries},
		{"Kugelgewindetrieb", "Stk", 1_450, sizesSeries},
		{"Servomotor", "Stk", 1_900, sizesSeries},
	}},
	{"Werkzeuge", "WZ", 0.46, 1.3, []family{
		{"Schaftfräser", "Stk", 42, sizesTool},
		{"Spannzange", "Stk", 58, sizesTool},
		{"Bohrfutter", "Stk", 120, sizesTool},
		{"Wendeplattenhalter", "Stk", 165, sizesTool},
		{"Messtaster", "Stk", 640, sizesTool},
	}},
	{"Verbrauchsmaterial", "VM", 0.52, 1.4, []family{
		{"Kühlschmierstoff", "l", 6.9, sizesPack},
		{"Gleitbahnöl", "l", 9.8, sizesPack},
		{"Hydrauliköl", "l", 7.4, sizesPack},
		{"Reinigungstücher", "Pck", 12.5, sizesPack},
		{"Sägeband", "m", 14.9, sizesPack},
		{"Schleifscheibe", "Stk", 34, sizesPack},
		{"Filterpatrone", "Stk", 48, sizesPack},
		{"Wendeschneidplatten", "Pck", 74, sizesPack},
		{"Schmierfett", "Stk", 16.5, sizesPack},
		{"Strahlmittel", "Pck", 39, sizesPack},
	}},
	{"Wartung", "WA", 0.50, 1.45, []family{
		{"Ölwechsel vor Ort", "Stk", 190, sizesModule},
		{"Sicherheitsprüfung", "Stk", 280, sizesModule},
		{"Inspektion", "Stk", 420, sizesModule},
		{"Geometrievermessung", "Stk", 760, sizesModule},
		{"Jahreswartung", "Stk", 1_600, sizesModule},
	}},
}

// toDrawing is the one product whose cost nobody keeps: lines of it have a cost
// only where somebody wrote it down, so customers who buy it have an unknown
// contribution.
const toDrawing = "ET-900"

// catalogue makes the products, the special one last.
func catalogue() []Product {
	var products []Product
	for a, as := range assortments {
		number := 100
		for f, fam := range as.families {
			list := fam.list
			for s, size := range fam.sizes {
				wobble := float64(mix(uint64(a)<<16|uint64(f)<<8|uint64(s))>>11) / (1 << 53) // fixed for ever, in [0, 1)
				price := nice(list)
				products = append(products, Product{
					Number: as.prefix + "-" + strconv.Itoa(number), Name: fam.name + " " + size,
					Category: as.category, Unit: fam.unit,
					List: price, Cost: money.Amount(math.Round(float64(price) * (as.ratio + 0.1*(wobble-0.5)))),
				})
				number++
				list *= as.step
			}
			number = (number + 9) / 10 * 10
		}
	}
	return append(products, Product{Number: toDrawing, Name: "Sonderteil nach Zeichnung", Category: "Ersatzteile", Unit: "Stk"})
}

// nice rounds a price in euros to one that stands in a list, in cents.
func nice(euros float64) money.Amount {
	switch {
	case euros < 100:
		return money.Amount(math.Round(euros*10) * 10)
	case euros < 2_000:
		return money.Amount(math.Round(euros) * 100)
	case euros < 20_000:
		return money.Amount(math.Round(euros/10) * 1000)
	}
	return money.Amount(math.Round(euros/100) * 10_000)
}

// Yearly rise of list prices and of costs: costs rise faster.
const (
	priceRise = 1.03
	costRise  = 1.035
)

// shelf holds the products as sales needs them: prices and costs by calendar
// year, and the order of prices.
type shelf struct {
	products []Product
	year     int              // the first year
	price    [][]money.Amount // by year and product
	cost     [][]money.Amount
	byPrice  []int     // products by list price, without the special one
	list     []float64 // their list prices, ascending
	special  int
}

func newShelf(firstYear, lastYear int) *shelf {
	s := &shelf{products: catalogue(), year: firstYear}
	for y := firstYear; y <= lastYear; y++ {
		prices, costs := make([]money.Amount, len(s.products)), make([]money.Amount, len(s.products))
		for i, p := range s.products {
			prices[i] = money.Amount(math.Round(float64(p.List) / math.Pow(priceRise, float64(lastYear-y))))
			costs[i] = money.Amount(math.Round(float64(p.Cost) / math.Pow(costRise, float64(lastYear-y))))
		}
		s.price, s.cost = append(s.price, prices), append(s.cost, costs)
	}
	s.special = len(s.products) - 1
	for i := range s.special {
		s.byPrice = append(s.byPrice, i)
	}
	slices.SortStableFunc(s.byPrice, func(a, b int) int { return cmp.Compare(s.products[a].List, s.products[b].List) })
	for _, i := range s.byPrice {
		s.list = append(s.list, float64(s.products[i].List))
	}
	return s
}

// span returns which of byPrice suit a line worth about v cents: those of which
// one to forty make the line. It is never empty.
func (s *shelf) span(v float64) (lo, hi int) {
	lo, _ = slices.BinarySearch(s.list, v/40)
	hi, _ = slices.BinarySearch(s.list, v*1.25)
	hi = max(hi, 1)
	return min(lo, hi-1), hi
}
