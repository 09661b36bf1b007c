package service

import (
	"quid/day"
	"quid/money"
)

// Categories are those of the shipped catalogue; a company may use its own words.
const (
	insideSales  = "Innendienst"
	application  = "Anwendungstechnik"
	trainings    = "Schulung"
	marketing    = "Marketing"
	afterSales   = "Kundendienst"
	developments = "Entwicklung"
)

// inEnglish names them for readers of English.
var inEnglish = map[string]string{
	insideSales: "Inside sales", application: "Application engineering", trainings: "Training",
	marketing: "Marketing", afterSales: "After-sales service", developments: "Development",
}

// CategoryIn names a category for a reader of the language: the shipped ones in
// English too, a company's own as it wrote it.
func CategoryIn(lang, category string) string {
	if name, ok := inEnglish[category]; ok && lang != "de" {
		return name
	}
	return category
}

// CategoryFrom is the category that somebody names in the language: CategoryIn the
// other way round.
func CategoryFrom(lang, name string) string {
	if lang != "de" {
		for category, english := range inEnglish {
			if english == name {
				return category
			}
		}
	}
	return name
}

// DefaultCatalogue is the catalogue that a new book begins with: the ten types of
// free service (domain book, section 6), with rough rates in the minor units of
// a currency with so many digits, to be replaced by the company's own.
func DefaultCatalogue(digits int) []Type {
	unit := money.Micro(1)
	for range digits {
		unit *= 10
	}
	// rate takes hundredths of the currency: 85 is 0.85 a unit.
	rate := func(cost, benefit money.Micro) []Rate {
		return []Rate{{ValidFrom: day.Min, Cost: cost * money.One * unit / 100, Benefit: benefit * money.One * unit / 100}}
	}
	return []Type{
		{
			Code: "research", NameDE: "Recherche und Hilfe durch den Innendienst", NameEN: "Research and help by inside sales", Category: insideSales,
			Unit: Minutes, Step: 6 * money.One, Rung: 1, Rates: rate(85, 110), Words: "recherche innendienst suche anfrage auskunft search inquiry",
		},
		{
			Code: "tips", NameDE: "Technische Informationen und Tipps", NameEN: "Technical information and tips", Category: application,
			Unit: Minutes, Step: 6 * money.One, Rung: 1, Rates: rate(105, 170), Words: "tipp tipps info technik beratung tip advice",
		},
		{
			Code: "training", NameDE: "Schulungen und Seminare", NameEN: "Training and seminars", Category: trainings,
			Unit: Hours, Step: money.One / 2, Rung: 2, Rates: rate(8_200, 12_500), Words: "schulung seminar einweisung kurs workshop course",
		},
		{
			Code: "market-information", NameDE: "Marktinformationen mit Online-Dienst", NameEN: "Market information with an online service", Category: marketing,
			Unit: Pieces, Rung: 2, Rates: rate(1_900, 4_500), Words: "marktinfo marktinformation branchenbericht report onlinedienst",
		},
		{
			Code: "order-changes", NameDE: "Auftragsänderungen", NameEN: "Order changes", Category: insideSales,
			Unit: Flat, Rung: 1, Rates: rate(4_800, 6_500), Words: "änderung auftragsänderung umbuchung terminänderung change rebooking",
		},
		{
			Code: "commissioning", NameDE: "Inbetriebnahme", NameEN: "Commissioning", Category: afterSales,
			Unit: Hours, Step: money.One / 4, Rung: 2, Rates: rate(7_800, 11_800), Words: "inbetriebnahme ibn aufstellung startup installation",
		},
		{
			Code: "hotline", NameDE: "Hilfe bei technischen Problemen", NameEN: "Help with technical problems", Category: afterSales,
			Unit: Minutes, Step: 6 * money.One, Rung: 1, Rates: rate(95, 210), Words: "hotline störung problem telefonhilfe support notfall trouble",
		},
		{
			Code: "optimising", NameDE: "Optimierung der Anlage und der Produktnutzung", NameEN: "Optimising the plant and the use of the product", Category: application,
			Unit: Hours, Step: money.One / 4, Rung: 3, Rates: rate(8_800, 16_500), Words: "optimierung fernwartung remote optimieren optimization tuning",
		},
		{
			Code: "market-research", NameDE: "Gemeinsame Marktforschung", NameEN: "Joint market research", Category: marketing,
			Unit: Hours, Step: money.One / 2, Rung: 3, Rates: rate(7_000, 9_500), Words: "marktforschung umfrage studie survey study",
		},
		{
			Code: "joint-development", NameDE: "Gemeinsame Produktentwicklung (Lead User)", NameEN: "Joint product development (lead user)", Category: developments,
			Unit: Hours, Step: money.One / 2, Rung: 4, Rates: rate(9_600, 15_000), Words: "entwicklung produktentwicklung leaduser prototyp prototype",
		},
	}
}
