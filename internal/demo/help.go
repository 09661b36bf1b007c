package demo

import (
	"math"
	"slices"

	"quid/day"
	"quid/money"
)

// A ServiceType is a kind of free service: one of the ten of the default
// catalogue, with its rates.
type ServiceType struct {
	Code           string
	NameDE, NameEN string
	Category       string
	Unit           string // minutes, hours, pieces or flat
	Step           money.Micro
	Rung           int
	Rates          []Rate // by day
}

// A Rate is what a unit costs the company and is worth to the customer from a
// day on, in cents.
type Rate struct {
	From          day.Day
	Cost, Benefit money.Amount
}

// kinds of help: how often a type is given, how much of it, and why.
type kindOfHelp struct {
	t             ServiceType
	cost, benefit money.Amount // of a unit, in cents, in the first years
	share, spoilt int          // per mille, of usual and of spoiled customers
	from, to      int          // quantity, in steps
	causes        []string
}

var helps = []kindOfHelp{
	{
		ServiceType{Code: "research", NameDE: "Recherche und Hilfe durch den Innendienst", NameEN: "Research and help by inside sales", Category: "Innendienst", Unit: "minutes", Step: 6 * money.One, Rung: 1},
		85, 110, 170, 200, 2, 15,
		[]string{"Ersatzteil zu alter Maschine gesucht", "Lieferbare Alternative ermittelt", "Zollunterlagen zusammengestellt", "Frühere Bestellungen herausgesucht"},
	},
	{
		ServiceType{Code: "tips", NameDE: "Technische Informationen und Tipps", NameEN: "Technical information and tips", Category: "Anwendungstechnik", Unit: "minutes", Step: 6 * money.One, Rung: 1},
		105, 170, 180, 110, 2, 12,
		[]string{"Schnittwerte für Edelstahl", "Auswahl des Kühlschmierstoffs", "Werkzeugstandzeit zu kurz", "Fragen zur Aufspannung"},
	},
	{
		ServiceType{Code: "training", NameDE: "Schulungen und Seminare", NameEN: "Training and seminars", Category: "Schulung", Unit: "hours", Step: money.One / 2, Rung: 2},
		8_200, 12_500, 70, 60, 4, 16,
		[]string{"Bedienerschulung an der neuen Maschine", "Seminar Instandhaltung", "Einweisung neuer Mitarbeiter", "Auffrischung Programmierung"},
	},
	{
		ServiceType{Code: "market-information", NameDE: "Marktinformationen mit Online-Dienst", NameEN: "Market information with an online service", Category: "Marketing", Unit: "pieces", Rung: 2},
		1_900, 4_500, 40, 20, 1, 4,
		[]string{"Branchenbericht zugesandt", "Zugang zum Online-Dienst eingerichtet", "Auswertung zur Auslastung der Branche"},
	},
	{
		ServiceType{Code: "order-changes", NameDE: "Auftragsänderungen", NameEN: "Order changes", Category: "Innendienst", Unit: "flat", Rung: 1},
		4_800, 6_500, 110, 240, 1, 1,
		[]string{"Liefertermin nach Freigabe verschoben", "Ausführung nach Auftrag geändert", "Menge nachträglich verringert", "Lieferanschrift kurz vor Versand geändert"},
	},
	{
		ServiceType{Code: "commissioning", NameDE: "Inbetriebnahme", NameEN: "Commissioning", Category: "Kundendienst", Unit: "hours", Step: money.One / 4, Rung: 2},
		7_800, 11_800, 90, 60, 12, 72,
		[]string{"Inbetriebnahme nach Lieferung begleitet", "Maschine nach Umzug wieder eingerichtet", "Erste Teile gemeinsam gefahren"},
	},
	{
		ServiceType{Code: "hotline", NameDE: "Hilfe bei technischen Problemen", NameEN: "Help with technical problems", Category: "Kundendienst", Unit: "minutes", Step: 6 * money.One, Rung: 1},
		95, 210, 230, 260, 1, 14,
		[]string{"Pumpe macht Geräusche", "Spindel läuft heiß", "Fehlermeldung an der Steuerung", "Werkzeugwechsler klemmt", "Kein Druck in der Hydraulik", "Achse verliert Referenzpunkt"},
	},
	{
		ServiceType{Code: "optimising", NameDE: "Optimierung der Anlage und der Produktnutzung", NameEN: "Optimising the plant and the use of the product", Category: "Anwendungstechnik", Unit: "hours", Step: money.One / 4, Rung: 3},
		8_800, 16_500, 70, 30, 8, 48,
		[]string{"Taktzeit über Fernwartung verkürzt", "Rüstzeit gemeinsam verringert", "Ausschuss an Linie 2 untersucht", "Programm für Serienteil verbessert"},
	},
	{
		ServiceType{Code: "market-research", NameDE: "Gemeinsame Marktforschung", NameEN: "Joint market research", Category: "Marketing", Unit: "hours", Step: money.One / 2, Rung: 3},
		7_400, 9_500, 15, 5, 6, 24,
		[]string{"Befragung der gemeinsamen Kunden", "Bedarf an Automatisierung untersucht"},
	},
	{
		ServiceType{Code: "joint-development", NameDE: "Gemeinsame Produktentwicklung", NameEN: "Joint product development", Category: "Entwicklung", Unit: "hours", Step: money.One / 2, Rung: 4},
		9_600, 14_500, 25, 15, 16, 80,
		[]string{"Spannvorrichtung gemeinsam entwickelt", "Prototyp beim Kunden erprobt", "Anforderungen an neue Steuerung erhoben"},
	},
}

var helpShares, helpSpoilt = func() (usual, spoilt []int) {
	for _, k := range helps {
		usual, spoilt = append(usual, k.share), append(spoilt, k.spoilt)
	}
	return usual, spoilt
}()

// rateRise is by how much the rates rose on the first of January before the
// last year of the company.
const rateRise = 1.06

// ServiceTypes are the ten types, each with two rates.
func (c Company) ServiceTypes() []ServiceType {
	types := make([]ServiceType, len(helps))
	for i, k := range helps {
		types[i] = k.t
		types[i].Rates = []Rate{
			{day.Of(c.Start().Year(), 1, 1), k.cost, k.benefit},
			{day.Of(c.Until.Year()-1, 1, 1), rise(k.cost), rise(k.benefit)},
		}
	}
	return types
}

func rise(a money.Amount) money.Amount { return money.Amount(math.Round(float64(a) * rateRise)) }

// help makes the free services. They were written down more often every year.
func (s *Simulator) help(k int) {
	d, h, p := s.dice, &s.h, &s.plan
	d.cast(s.company.Seed, k, streamHelp)
	shares := helpShares
	if h.Story == Spoiled || h.Story == Facade {
		shares = helpSpoilt
	}
	size := math.Pow(p.scale, 0.2)
	length := float64(p.to-p.from+1) / (365 * Years)
	n := d.count(min(p.story.services*size*max(length, 0.5)*0.78, 160))
	for range n {
		i := d.weighted(shares)
		late := 1 - d.float()*d.float() // the later, the more
		at := weekday(p.from+int(late*float64(p.to-p.from)), p.from)
		e := ServiceEntry{Type: i, Day: day.FromOrdinal(at), Background: of(d, helps[i].causes), Contact: s.person()}
		e.Quantity = s.quantity(&helps[i], p.story.effort*size)
		rate := s.types[i].Rates[0]
		if e.Day >= s.types[i].Rates[1].From {
			rate = s.types[i].Rates[1]
		}
		e.Cost, e.Benefit = product3(e.Quantity, rate.Cost, 0), product3(e.Quantity, rate.Benefit, 0)
		h.Services = append(h.Services, e)
	}
	slices.SortStableFunc(h.Services, func(a, b ServiceEntry) int { return int(a.Day) - int(b.Day) })
	for i := range h.Services {
		h.Services[i].Number = number('S', k, i+1)
	}
}

// quantity draws how much was given, in whole steps of the type.
func (s *Simulator) quantity(k *kindOfHelp, effort float64) money.Micro {
	step := max(k.t.Step, 1)
	if k.t.Step == 0 {
		step = money.One
	}
	steps := s.dice.between(k.from, k.to)
	if k.from != k.to {
		steps = max(int(math.Round(float64(steps)*min(effort, 4))), 1)
	}
	return step * money.Micro(steps)
}
