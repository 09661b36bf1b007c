package demo

// A place is a town with some of its postal codes, and whose territory it is.
type place struct {
	city, state, country string
	codes                []string
	rep                  int    // index of owners
	phone                string // numbers kept for films, or ""
}

// owners are the sales representatives, by territory.
var owners = []string{
	"Anke Petersen", "Jens Vollmer", "Claudia Reimann", "Torsten Jäger",
	"Sabine Großmann", "Markus Eberle", "Franziska Lechner", "Urs Zurbrügg",
}

const (
	filmBerlin    = "+49 30 23125 "
	filmFrankfurt = "+49 69 90009 "
	filmHamburg   = "+49 40 66969 "
	filmKoeln     = "+49 221 4710 "
	filmMuenchen  = "+49 89 99998 "
)

var placesDE = []place{
	{"Hamburg", "Hamburg", "DE", []string{"20095", "20457", "21079", "22113", "22525"}, 0, filmHamburg},
	{"Bremen", "Bremen", "DE", []string{"28195", "28217", "28309"}, 0, ""},
	{"Kiel", "Schleswig-Holstein", "DE", []string{"24103", "24143"}, 0, ""},
	{"Lübeck", "Schleswig-Holstein", "DE", []string{"23552", "23560"}, 0, ""},
	{"Rostock", "Mecklenburg-Vorpommern", "DE", []string{"18055", "18069"}, 0, ""},
	{"Oldenburg", "Niedersachsen", "DE", []string{"26121", "26135"}, 0, ""},
	{"Hannover", "Niedersachsen", "DE", []string{"30159", "30165", "30419"}, 1, ""},
	{"Braunschweig", "Niedersachsen", "DE", []string{"38100", "38112"}, 1, ""},
	{"Osnabrück", "Niedersachsen", "DE", []string{"49074", "49084"}, 1, ""},
	{"Bielefeld", "Nordrhein-Westfalen", "DE", []string{"33602", "33609", "33719"}, 1, ""},
	{"Gütersloh", "Nordrhein-Westfalen", "DE", []string{"33330", "33334"}, 1, ""},
	{"Paderborn", "Nordrhein-Westfalen", "DE", []string{"33098", "33106"}, 1, ""},
	{"Kassel", "Hessen", "DE", []string{"34117", "34123"}, 1, ""},
	{"Köln", "Nordrhein-Westfalen", "DE", []string{"50667", "50829", "51063", "51149"}, 2, filmKoeln},
	{"Düsseldorf", "Nordrhein-Westfalen", "DE", []string{"40210", "40472", "40599"}, 2, ""},
	{"Dortmund", "Nordrhein-Westfalen", "DE", []string{"44135", "44147", "44319"}, 2, ""},
	{"Essen", "Nordrhein-Westfalen", "DE", []string{"45127", "45356"}, 2, ""},
	{"Remscheid", "Nordrhein-Westfalen", "DE", []string{"42853", "42859"}, 2, ""},
	{"Hagen", "Nordrhein-Westfalen", "DE", []string{"58089", "58099"}, 2, ""},
	{"Siegen", "Nordrhein-Westfalen", "DE", []string{"57072", "57078"}, 2, ""},
	{"Aachen", "Nordrhein-Westfalen", "DE", []string{"52062", "52070"}, 2, ""},
	{"Berlin", "Berlin", "DE", []string{"10115", "10829", "12099", "12277", "13509"}, 3, filmBerlin},
	{"Potsdam", "Brandenburg", "DE", []string{"14467", "14482"}, 3, ""},
	{"Magdeburg", "Sachsen-Anhalt", "DE", []string{"39104", "39126"}, 3, ""},
	{"Halle (Saale)", "Sachsen-Anhalt", "DE", []string{"06108", "06112"}, 3, ""},
	{"Leipzig", "Sachsen", "DE", []string{"04103", "04179", "04347"}, 3, ""},
	{"Dresden", "Sachsen", "DE", []string{"01067", "01109", "01257"}, 3, ""},
	{"Chemnitz", "Sachsen", "DE", []string{"09111", "09116", "09228"}, 3, ""},
	{"Zwickau", "Sachsen", "DE", []string{"08056", "08058"}, 3, ""},
	{"Erfurt", "Thüringen", "DE", []string{"99084", "99091"}, 3, ""},
	{"Jena", "Thüringen", "DE", []string{"07743", "07745"}, 3, ""},
	{"Frankfurt am Main", "Hessen", "DE", []string{"60311", "60386", "65933"}, 4, filmFrankfurt},
	{"Darmstadt", "Hessen", "DE", []string{"64283", "64293"}, 4, ""},
	{"Gießen", "Hessen", "DE", []string{"35390", "35394"}, 4, ""},
	{"Mannheim", "Baden-Württemberg", "DE", []string{"68159", "68219"}, 4, ""},
	{"Ludwigshafen am Rhein", "Rheinland-Pfalz", "DE", []string{"67059", "67063"}, 4, ""},
	{"Koblenz", "Rheinland-Pfalz", "DE", []string{"56068", "56070"}, 4, ""},
	{"Saarbrücken", "Saarland", "DE", []string{"66111", "66117"}, 4, ""},
	{"Würzburg", "Bayern", "DE", []string{"97070", "97080"}, 4, ""},
	{"Schweinfurt", "Bayern", "DE", []string{"97421", "97424"}, 4, ""},
	{"Stuttgart", "Baden-Württemberg", "DE", []string{"70173", "70327", "70565"}, 5, ""},
	{"Esslingen am Neckar", "Baden-Württemberg", "DE", []string{"73728", "73730"}, 5, ""},
	{"Heilbronn", "Baden-Württemberg", "DE", []string{"74072", "74076"}, 5, ""},
	{"Göppingen", "Baden-Württemberg", "DE", []string{"73033", "73037"}, 5, ""},
	{"Reutlingen", "Baden-Württemberg", "DE", []string{"72760", "72770"}, 5, ""},
	{"Tuttlingen", "Baden-Württemberg", "DE", []string{"78532"}, 5, ""},
	{"Villingen-Schwenningen", "Baden-Württemberg", "DE", []string{"78048", "78056"}, 5, ""},
	{"Karlsruhe", "Baden-Württemberg", "DE", []string{"76131", "76189"}, 5, ""},
	{"Freiburg im Breisgau", "Baden-Württemberg", "DE", []string{"79098", "79108"}, 5, ""},
	{"Ulm", "Baden-Württemberg", "DE", []string{"89073", "89079"}, 5, ""},
	{"Ravensburg", "Baden-Württemberg", "DE", []string{"88212", "88214"}, 5, ""},
	{"München", "Bayern", "DE", []string{"80331", "80807", "81249", "81829"}, 6, filmMuenchen},
	{"Augsburg", "Bayern", "DE", []string{"86150", "86167"}, 6, ""},
	{"Nürnberg", "Bayern", "DE", []string{"90402", "90431", "90461"}, 6, ""},
	{"Ingolstadt", "Bayern", "DE", []string{"85049", "85055"}, 6, ""},
	{"Regensburg", "Bayern", "DE", []string{"93047", "93055"}, 6, ""},
	{"Landshut", "Bayern", "DE", []string{"84028", "84030"}, 6, ""},
	{"Rosenheim", "Bayern", "DE", []string{"83022", "83026"}, 6, ""},
	{"Kempten (Allgäu)", "Bayern", "DE", []string{"87435", "87437"}, 6, ""},
	{"Bayreuth", "Bayern", "DE", []string{"95444", "95448"}, 6, ""},
}

var placesAT = []place{
	{"Wien", "Wien", "AT", []string{"1010", "1110", "1230"}, 6, ""},
	{"Linz", "Oberösterreich", "AT", []string{"4020", "4030"}, 6, ""},
	{"Wels", "Oberösterreich", "AT", []string{"4600"}, 6, ""},
	{"Steyr", "Oberösterreich", "AT", []string{"4400"}, 6, ""},
	{"Salzburg", "Salzburg", "AT", []string{"5020"}, 6, ""},
	{"Graz", "Steiermark", "AT", []string{"8010", "8055"}, 6, ""},
	{"Innsbruck", "Tirol", "AT", []string{"6020"}, 7, ""},
	{"Dornbirn", "Vorarlberg", "AT", []string{"6850"}, 7, ""},
}

var placesCH = []place{
	{"Zürich", "Zürich", "CH", []string{"8005", "8048", "8050"}, 7, ""},
	{"Winterthur", "Zürich", "CH", []string{"8400", "8404"}, 7, ""},
	{"St. Gallen", "St. Gallen", "CH", []string{"9000", "9014"}, 7, ""},
	{"Bern", "Bern", "CH", []string{"3007", "3018"}, 7, ""},
	{"Biel", "Bern", "CH", []string{"2502", "2504"}, 7, ""},
	{"Basel", "Basel-Stadt", "CH", []string{"4051", "4057"}, 7, ""},
	{"Luzern", "Luzern", "CH", []string{"6003", "6014"}, 7, ""},
}

// streets is most often with a number behind it.
var streets = []string{
	"Industriestraße", "Gewerbering", "Am Bahnhof", "Bahnhofstraße", "Hauptstraße", "Werkstraße", "Siemensstraße",
	"Daimlerstraße", "Robert-Koch-Straße", "Im Gewerbepark", "Carl-Benz-Straße", "Lindenallee", "Mühlweg", "Hafenstraße",
	"Fabrikstraße", "Am Güterbahnhof", "Otto-Hahn-Straße", "Röntgenstraße", "Dieselstraße", "Max-Planck-Straße", "Talstraße",
	"Heidestraße", "An der Schleuse", "Kanalstraße", "Ringstraße", "Schillerstraße", "Goethestraße", "Rudolf-Diesel-Straße",
	"Zeppelinstraße", "Gottlieb-Daimler-Straße", "Am Steinbruch", "Ziegeleiweg", "Schmiedgasse", "Eisenbahnstraße", "Im Tal",
	"Boschstraße", "Liebigstraße", "Gutenbergstraße", "Messeweg", "Südring", "Nordring", "Westendstraße", "Ostallee",
	"Brunnenweg", "Kirchstraße", "Am Kraftwerk", "Technologiepark", "Innovationsring",
}
