package demo

import (
	"strings"

	"quid/crm"
)

// surnames are 256, so that a byte chooses one.
var surnames = strings.Fields(`
	Ackermann Adler Ahrens Albers Albrecht Arendt Arnold Bachmann Bader Barth Bauer Baumann Baumgartner Bayer Beck
	Becker Behrens Bender Berger Bergmann Bernhard Beyer Binder Birkner Blum Böhm Bohn Bolte Brandt Brandner Braun
	Breuer Brinkmann Brückner Brunner Buchholz Bühler Burger Busch Carstens Claasen Cramer Dahlmann Decker Degen
	Diehl Dietrich Dörr Dreher Ebert Eckert Ehlers Eichhorn Engelhardt Erhardt Esser Faber Falk Feldmann Fiedler
	Fink Fischbach Förster Franke Frey Friedrich Frings Fröhlich Fuchs Funke Gärtner Gebhardt Geiger Gerber Gerlach
	Göbel Götz Graf Greiner Grimm Großkopf Gruber Günther Haas Hagemann Hahn Hansen Hartmann Haug Hauser Heidrich
	Heinemann Heinrich Heller Hempel Henning Hermann Herzog Hess Hilbert Hoffmann Hofer Hohmann Holz Horn Huber
	Hübner Hummel Ihle Jacobs Jahn Jansen Jost Kaufmann Keller Kern Kessler Kiefer Kirchner Klinger Knoll Koch
	König Kolb Konrad Kowalski Krämer Kraus Krause Kremer Kröger Krüger Kuhn Kunze Langer Lehmann Leitner Lenz
	Lindner Lohmann Lorenz Löffler Ludwig Lutz Maier Marquardt Martens Maurer Mayer Mertens Merz Metzger Meurer
	Michel Möller Moser Mühlbauer Müller Münch Nagel Naumann Neubert Neumann Niemeyer Noack Nolte Nowak Oberle
	Oertel Ohlsen Opitz Ott Paulsen Peters Petzold Pfeifer Pfister Pohl Preuß Probst Quandel Radtke Rapp Rausch
	Reichert Reinhardt Reuter Richter Riedel Rieger Ritter Rohde Röder Römer Rösch Roth Rudolph Ruppert Sander
	Sauer Schäfer Schaller Scherer Schilling Schlegel Schlüter Schmid Schmitz Schneider Scholz Schöne Schreiber
	Schröder Schubert Schuler Schulz Schuster Schwab Schwarz Seidel Seifert Seitz Steiner Stöhr Straub Strobel
	Stumpf Thiel Thomsen Tiedemann Trautmann Ulbrich Ullmann Unger Vetter Vogel Vogt Voigt Voss Wagner Walter Weber
	Wegener Weiß Wendt Werner Wiegand Wieland Winkler Witt Wolff Wulf Zahn Zeller Ziegler Zimmer`)

var givenNames = strings.Fields(`
	Andreas Anja Anna Bernd Birgit Christian Christine Claudia Daniel Dieter Elke Eva Frank Gabriele Georg Hans Heike Heinz
	Holger Ines Ingrid Jan Jens Jörg Julia Jürgen Kai Karin Katrin Klaus Lars Lena Manfred Maria Markus Martin Matthias
	Michael Monika Nicole Nina Norbert Oliver Petra Peter Rainer Ralf Renate Sabine Sandra Silke Stefan Susanne Sven Tanja
	Thomas Torsten Ulrike Ursula Uwe Volker Werner Wolfgang Yvonne`)

// founders are the given names of firms called after a person.
var founders = strings.Fields("Albert August Bruno Emil Ernst Friedrich Gustav Heinrich Hermann Josef Karl Ludwig Otto Paul Richard Wilhelm")

// industries of the customers.
var industries = []string{
	"Automobilzulieferer", "Metallverarbeitung", "Maschinen- und Anlagenbau", "Kunststofftechnik", "Holz und Möbel",
	"Lebensmitteltechnik", "Medizintechnik", "Energie und Umwelt", "Elektrotechnik", "Bau- und Landtechnik",
}

// A trade is what a firm does, as its name says it.
type trade struct {
	word     string
	industry int // index of industries
}

// trades are 64, so that six bits choose one.
var trades = []trade{
	{"Fahrzeugteile", 0},
	{"Karosseriebau", 0},
	{"Fahrwerktechnik", 0},
	{"Antriebstechnik", 0},
	{"Getriebebau", 0},
	{"Autoteile", 0},
	{"Metallbau", 1},
	{"Stahlbau", 1},
	{"Blechtechnik", 1},
	{"Zerspanungstechnik", 1},
	{"Präzisionsteile", 1},
	{"Drehteile", 1},
	{"Schlosserei", 1},
	{"Schmiedetechnik", 1},
	{"Anlagenbau", 2},
	{"Sondermaschinen", 2},
	{"Werkzeugbau", 2},
	{"Formenbau", 2},
	{"Vorrichtungsbau", 2},
	{"Apparatebau", 2},
	{"Pumpenbau", 2},
	{"Kunststofftechnik", 3},
	{"Spritzguss", 3},
	{"Folientechnik", 3},
	{"Profiltechnik", 3},
	{"Verpackungstechnik", 3},
	{"Gummitechnik", 3},
	{"Möbelwerke", 4},
	{"Holztechnik", 4},
	{"Fensterbau", 4},
	{"Sägewerk", 4},
	{"Innenausbau", 4},
	{"Türenwerk", 4},
	{"Lebensmitteltechnik", 5},
	{"Brautechnik", 5},
	{"Backtechnik", 5},
	{"Molkereitechnik", 5},
	{"Mühlenbau", 5},
	{"Medizintechnik", 6},
	{"Dentaltechnik", 6},
	{"Orthopädietechnik", 6},
	{"Feinmechanik", 6},
	{"Optik", 6},
	{"Labortechnik", 6},
	{"Energietechnik", 7},
	{"Windkrafttechnik", 7},
	{"Umwelttechnik", 7},
	{"Heizungsbau", 7},
	{"Rohrleitungsbau", 7},
	{"Wassertechnik", 7},
	{"Elektrotechnik", 8},
	{"Schaltschrankbau", 8},
	{"Messtechnik", 8},
	{"Sensortechnik", 8},
	{"Leuchten", 8},
	{"Kabelwerke", 8},
	{"Landtechnik", 9},
	{"Baumaschinen", 9},
	{"Fördertechnik", 9},
	{"Kranbau", 9},
	{"Hydraulik", 9},
	{"Tiefbautechnik", 9},
	{"Nutzfahrzeuge", 9},
	{"Aufzugtechnik", 9},
}

// Legal forms, by country; small firms, then large ones.
var (
	formsDE = [2][]string{
		{"GmbH", "GmbH", "GmbH", "e.K.", "e.K.", "KG", "OHG", "GmbH & Co. KG"},
		{"GmbH", "GmbH", "GmbH & Co. KG", "GmbH & Co. KG", "GmbH & Co. KG", "KG", "AG", "SE"},
	}
	formsAT = [2][]string{
		{"GmbH", "GmbH", "e.U.", "KG"},
		{"GmbH", "GmbH & Co KG", "AG"},
	}
	formsCH = [2][]string{
		{"GmbH", "AG", "& Cie."},
		{"AG", "AG", "Holding AG"},
	}
)

// firm composes the name of customer k. The first 131,072 differ in surname,
// trade or pattern; beyond that, form and town tell them apart.
func firm(seed uint64, k int, form string, d *dice) (name string, t trade, domain string) {
	id := scatter(uint64(k) + mix(seed))
	s, pattern := surnames[id&255], id>>14&7
	t = trades[id>>8&63]
	domain = foldedSurnames[id&255] + "-" + foldedTrades[id>>8&63] + ".example"
	switch pattern {
	case 0:
		name = t.word + " " + s
	case 1:
		name = s + " & Söhne " + t.word
	case 2:
		name = "Gebr. " + s + " " + t.word
	case 3:
		name = of(d, founders) + " " + s + " " + t.word
	case 4:
		other := surnames[(id&255+1+uint64(d.below(255)))&255]
		name = s + " & " + other + " " + t.word
	case 5:
		name = s + " " + t.word + " und Service"
	case 6:
		name = t.word + " " + s + " Werk " + towns[id&7]
	default:
		name = s + " " + t.word
	}
	return name + " " + form, t, domain
}

// towns that works are called after.
var towns = [8]string{"Nord", "Süd", "Ost", "West", "Mitte", "Altstadt", "Neuland", "Hafen"}

// scatter is a bijection of 17 bits: neighbours land far apart.
func scatter(x uint64) uint64 {
	const bits = 17
	for range 3 {
		x = x * 0x9e3b5 & (1<<bits - 1)
		x ^= x >> 9
	}
	return x
}

// The words as they stand in mail addresses.
var (
	foldedSurnames = folded(surnames)
	foldedTrades   = func() []string {
		words := make([]string, len(trades))
		for i, t := range trades {
			words[i] = t.word
		}
		return folded(words)
	}()
)

func folded(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = crm.Fold(w)
	}
	return out
}
