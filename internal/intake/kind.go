package intake

import (
	"slices"
	"strings"

	"quid/fault"
)

// A Kind is what the rows of a file are.
type Kind string

// The kinds.
const (
	Customers      Kind = "customers"
	Contacts       Kind = "contacts"
	Products       Kind = "products"
	Invoices       Kind = "invoices"
	InvoiceLines   Kind = "invoice-lines"
	Payments       Kind = "payments"
	Complaints     Kind = "complaints"
	Interactions   Kind = "interactions"
	ServiceTypes   Kind = "service-types"
	ServiceEntries Kind = "service-entries"
	Timesheets     Kind = "timesheets"
	Bonuses        Kind = "bonuses"
)

// Kinds are all kinds, in the order in which a company best imports them.
var Kinds = []Kind{Customers, Contacts, Products, Bonuses, Invoices, InvoiceLines, Payments, Complaints, Interactions, ServiceTypes, ServiceEntries, Timesheets}

// ParseKind reads a kind.
func ParseKind(s string) (Kind, error) {
	if k := Kind(strings.ToLower(s)); slices.Contains(Kinds, k) {
		return k, nil
	}
	return "", fault.Field("kind", "one of customers, contacts, products, bonuses, invoices, invoice-lines, payments, complaints, interactions, service-types, service-entries, timesheets")
}

// Grouped reports whether several rows make one document.
func (k Kind) Grouped() bool { return k == Invoices || k == InvoiceLines }

// Type is what the values of a field are.
type Type string

// The types of fields.
const (
	TypeText     Type = "text"
	TypeName     Type = "name"     // a short text: a name, an id, a number as text
	TypeAmount   Type = "amount"   // money in the document's currency
	TypePrice    Type = "price"    // money for one unit, to six more decimals
	TypeQuantity Type = "quantity" // a number to six decimals
	TypePercent  Type = "percent"  // 10 or 0.1 by the column, 10 % by the sign
	TypeDay      Type = "day"
	TypeWhole    Type = "whole" // a whole number
	TypeYesNo    Type = "yes/no"
	TypeWord     Type = "word"  // one of Field.Words
	TypeClock    Type = "clock" // a duration: 1:20, 01:20:30, 1h 20m
)

// isNumber reports whether the decimal sign matters for the type.
func (t Type) isNumber() bool {
	return t == TypeAmount || t == TypePrice || t == TypeQuantity || t == TypePercent || t == TypeWhole
}

// A Field is something a column can be mapped to.
type Field struct {
	Name     string   `json:"name"`
	Type     Type     `json:"type"`
	Required bool     `json:"required,omitempty"`
	Help     string   `json:"help"`            // one English line; also its key in package locale
	Words    []string `json:"words,omitempty"` // of TypeWord

	heads  []string // headers it is known by, folded, the surest first
	likely []string // headers that may mean it, or something else: offered, never taken
}

// Fields returns the fields of the kind, in the order of a form.
func (k Kind) Fields() []Field { return tables[k] }

// Field returns the field of that name.
func (k Kind) Field(name string) (Field, bool) {
	for _, f := range tables[k] {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// either names fields of which one at least must be mapped, beside the required.
var either = map[Kind][]string{
	Customers:    {"external", "number", "name"},
	Products:     {"number", "external"},
	Payments:     {"customer", "invoice"},
	ServiceTypes: {"code", "name_de", "name_en"},
	Timesheets:   {"duration", "hours", "minutes", "seconds"},
}

func field(name string, t Type, help, heads string) Field {
	f := Field{Name: strings.TrimSuffix(name, "*"), Type: t, Required: strings.HasSuffix(name, "*"), Help: help}
	for _, h := range append(strings.Fields(heads), foldHeader(f.Name)) {
		if may, ok := strings.CutSuffix(h, "?"); ok {
			f.likely = append(f.likely, may)
		} else if !slices.Contains(f.likely, h) {
			f.heads = append(f.heads, h)
		}
	}
	return f
}

func word(name, help, heads string, words ...string) Field {
	f := field(name, TypeWord, help, heads)
	f.Words = words
	return f
}

// Headers that several kinds share.
const (
	headsCustomer = "kundennr kdnr kunde customernr customer customerid custid custnr debitor debitorennr debitornr debitorenkonto debitorkonto kundenid accountnr account client clientid clientnr kunnr personenkonto kundennummern kundenkonto"
	headsInvoice  = "rechnungsnr rechnungnr renr rgnr rnr invoicenr invoice invoiceid invnr belegnr beleg belegfeld1 rechnung documentnr docnr vbeln ordernr salesordernr auftragsnr orderid"
	headsProduct  = "artikelnr artnr artikel artikelcode produktnr produktcode produkt productnr productcode productid product sku itemnr itemcode itemid item materialnr material matnr"
	headsCurrency = "waehrung wkz currency currencycode waers waehrungskennzeichen"
	headsRate     = "kurs wechselkurs exchangerate umrechnungskurs kursf fxrate"
	headsContact  = "ansprechpartner kontakt contact kontaktperson contactperson"
	headsDay      = "datum date tag"
)

// tables are the fields by kind. Headers are written as foldHeader writes them:
// small, without blanks, umlauts spelled out, number and Nummer as nr.
var tables = map[Kind][]Field{
	Customers: {
		field("external", TypeName, "its id in the source system", "externalid extid externeid kundenid customerid custid clientid id accountid debitorid crmid guid uuid"),
		field("number", TypeName, "the customer number", "kundennr kdnr customernr custnr debitorennr debitornr debitor debitorenkonto debitorkonto accountnr kontonr kunnr personenkonto konto nr"),
		field("name", TypeName, "the name of the company or person", "name kundenname customername firmenname firma companyname company name1 unternehmen organisation accountname bezeichnung kunde customer client"),
		word("kind", "company or person", "kundenart customertype kundentyp art typ type", "company", "person"),
		field("parent", TypeName, "the customer it belongs to: external id, number or name", "konzern mutter konzernmutter muttergesellschaft parentcustomer parentid parentaccount gruppe group hauptkunde zentrale uebergeordneterkunde"),
		field("parent_since", TypeDay, "since when it belongs there; without it from the beginning", "konzernseit konzernab konzernzugehoerigseit mutterseit gruppeseit parentsince parentfrom memberofgroupsince"),
		field("street", TypeName, "street and house number", "strasse str strassehausnr strasseundhausnr strassenr street streetaddress address address1 addressline1 adresse anschrift stras"),
		field("postal_code", TypeName, "postal code, as text", "plz postleitzahl postalcode postcode zip zipcode pstlz"),
		field("city", TypeName, "city", "ort stadt city town wohnort ort01 sitz"),
		field("state", TypeName, "state or region", "bundesland state region province kanton"),
		field("country", TypeName, "country", "land country countrycode laendercode landkz landkennzeichen laenderkennzeichen land1 staat countryname"),
		field("phone", TypeName, "telephone number, as text", "telefon telefonnr telnr tel phone phonenr telephone fon rufnr telefon1 telf1 tel1"),
		field("email", TypeName, "mail address", "email emailadresse emailaddress mail mailadresse"),
		field("industry", TypeName, "industry", "branche industry sector branchenschluessel wirtschaftszweig brsch"),
		field("size", TypeName, "size class, in your own words", "groesse groessenklasse size sizeclass companysize unternehmensgroesse betriebsgroesse"),
		field("owner", TypeName, "who looks after the customer", "betreuer kundenbetreuer owner accountowner accountmanager salesrep salesperson verkaeufer vertreter aussendienst aussendienstler innendienst sachbearbeiter vertriebsmitarbeiter zustaendig salesrepemployeenr"),
		field("acquired_on", TypeDay, "since when it is a customer", "kundeseit customersince acquiredon seit gewonnenam akquiriertam erstkaufdatum"),
		field("channel", TypeName, "by which channel it was won", "akquisekanal acquisitionchannel kanal channel herkunft leadsource werbequelle gewonnenueber quelle"),
		field("acquisition_cost", TypeAmount, "what winning it cost", "akquisekosten akquisitionskosten acquisitioncost cac gewinnungskosten"),
		field("contractual", TypeYesNo, "whether it buys under a contract", "vertragskunde vertrag contractual contract rahmenvertrag"),
		field("contract_since", TypeDay, "since when it has been under contract", "vertragseit vertragsbeginn vertragsstart contractsince contractstart contractfrom laufzeitbeginn"),
		field("contract_until", TypeDay, "the last day of its contract, where it has ended or will", "vertragbis vertragsende contractuntil contractend kuendigungzum gekuendigtzum laufzeitende"),
		field("terms", TypeWhole, "days to pay", "zahlungsziel zahlungszieltage zahlungszielintagen zahlungsfrist nettotage terms termsdays paymentterms paymenttermsdays zahlungszielnetto"),
		field("need", TypeAmount, "yearly need that you could serve", "jahresbedarf bedarf yearlyneed annualneed need potenzial potential"),
		field("rank", TypeWhole, "your rank among the customer's suppliers", "lieferantenrang rang rank supplierrank"),
		field("suppliers", TypeWhole, "number of suppliers the customer uses", "anzahllieferanten lieferanten suppliers suppliercount lieferantenzahl"),
		field("credit_limit", TypeAmount, "credit limit", "kreditlimit creditlimit kreditlinie limit"),
		field("note", TypeText, "a note", "notiz bemerkung bemerkungen kommentar note notes comment comments memo info"),
	},
	Contacts: {
		field("external", TypeName, "its id in the source system", "externalid extid id kontaktid contactid ansprechpartnerid kontaktnr contactnr nr"),
		field("customer*", TypeName, "the customer: external id, number or name", headsCustomer+" firma company"),
		field("name*", TypeName, "family name, or the whole name", "nachname name lastname familienname contactlastname surname kontaktname contactname ansprechpartner"),
		field("first_name", TypeName, "first name", "vorname firstname contactfirstname givenname"),
		field("role", TypeName, "role or function", "rolle funktion role position jobtitle abteilung title"),
		field("email", TypeName, "mail address", "email emailadresse emailaddress mail mailadresse"),
		field("phone", TypeName, "telephone number, as text", "telefon telefonnr telnr tel phone phonenr telephone mobil mobile durchwahl"),
		field("language", TypeName, "language, such as de or en", "sprache language lang spras"),
	},
	Products: {
		field("number", TypeName, "the article number", headsProduct+" nr code"),
		field("external", TypeName, "its id in the source system, if other than the number", "externalid extid id produktid artikelid"),
		field("name", TypeName, "the name of the product", "bezeichnung artikelbezeichnung name artikelname produktname productname itemname bezeichnung1 maktx kurztext description beschreibung"),
		field("category", TypeName, "category or product group", "warengruppe produktgruppe artikelgruppe kategorie category productcategory productline productgroup group gruppe matkl sortiment"),
		field("standard_cost", TypePrice, "standard cost of one unit", "ek ekpreis einkaufspreis einstandspreis standardcost standardkosten buyprice purchaseprice costprice unitcost herstellkosten selbstkosten stueckkosten verrechnungspreis cost kosten"),
		field("list_price", TypePrice, "list price of one unit", "listenpreis listprice vk vkpreis verkaufspreis msrp uvp preis price unitprice salesprice"),
		field("unit", TypeName, "unit", "einheit mengeneinheit unit uom me meins"),
	},
	Invoices: append([]Field{
		field("number*", TypeName, "number of the invoice; rows of one number are one invoice", headsInvoice+" nr"),
		field("customer*", TypeName, "the customer: external id, number or name", headsCustomer+" kundenname customername firma"),
		field("day*", TypeDay, "day of the invoice", "rechnungsdatum redatum rgdatum belegdatum invoicedate documentdate docdate datum date fkdat bldat orderdate auftragsdatum"),
		field("due", TypeDay, "due day; without it the day and the customer's terms", "faellig faelligam faelligkeit faelligkeitsdatum faelligkeitstag nettofaelligkeit duedate due dueon zahlbarbis"),
	}, append(slices.Clone(lineFields), []Field{
		field("settled", TypeDay, "day on which it was paid in full; makes a payment", "bezahltam ausgleichsdatum ausgeglichenam settleddate settledon settled paidon paiddate zahlungsdatum paymentdate zahldatum zahlungseingang clearingdate cleared augdt"),
		field("disputed", TypeYesNo, "whether the customer disputes it; makes a complaint", "strittig reklamiert disputed dispute inklaerung bestritten"),
		field("total", TypeAmount, "net sum of the whole invoice, only checked against the lines", "nettogesamt nettototal totalnet rechnungsnetto belegnetto gesamtnetto summenetto"),
		field("gross", TypeAmount, "what the customer has to pay, with tax", "brutto bruttobetrag bruttosumme bruttowert gross grossamount totalgross rechnungsbetrag endbetrag zahlbetrag totalinclvat gesamtbrutto"),
		word("credit", "what a credit note is for", "gutschriftart gutschriftsart creditkind credittype credit", "sale", "complaint", "goodwill"),
		field("credits", TypeName, "number of the invoice a credit note is for", "zurechnung zurechnungsnr gutschriftzu originalrechnung bezugsbeleg referenzrechnung creditsinvoice"),
		field("bonus_agreement", TypeName, "number of the bonus agreement a credit note settles", "bonusvereinbarung bonusvereinbarungsnr bonusnr bonusagreement bonusagreementnr bonuscontract"),
		field("freight", TypeAmount, "freight that we bear", "ausgangsfracht frachtaufwand frachtzuunserenlasten freightborne freightout outboundfreight fracht? frachtkosten? versandkosten? transportkosten? freight? freightcost? shipping? shippingcost?"),
		field("commission", TypeAmount, "commission that we pay", "provision provisionen vertreterprovision handelsvertreterprovision provisionsbetrag salescommission commissionamount"),
		field("packaging", TypeAmount, "packaging that we bear", "verpackungsaufwand verpackungzuunserenlasten packagingborne verpackung? verpackungskosten? packaging? packagingcost? packing?"),
		field("warranty", TypeAmount, "what is set aside for warranty", "gewaehrleistungskosten gewaehrleistungsaufwand gewaehrleistungsrueckstellung garantiekosten garantieaufwand warrantycost warrantyprovision gewaehrleistung? garantie? warranty?"),
		field("bonus", TypeAmount, "bonus that this invoice earns the customer, if no agreement accrues it", "bonusbetrag rueckverguetung bonusrueckstellung bonusamount rebateamount rebate?"),
		field("currency", TypeName, "currency code, if not the book's", headsCurrency),
		field("rate", TypeQuantity, "what one unit of that currency is worth in the book's", headsRate),
	}...)...),
	Bonuses: {
		field("number*", TypeName, "number of the agreement", "bonusvereinbarung bonusvereinbarungsnr vereinbarungsnr vereinbarung bonusnr bonusagreement agreementnr agreement bonuscontract vertragsnr contractnr id nr"),
		field("customer*", TypeName, "the customer, or the one that leads the group: external id, number or name", headsCustomer+" kundenname customername firma"),
		field("from*", TypeDay, "first day", "gueltigab gueltigvon ab von beginn validfrom startdate start begin"),
		field("until", TypeDay, "last day; without it the agreement is open", "gueltigbis bis ende validuntil validto enddate end to"),
		field("percent*", TypePercent, "bonus in percent of net revenue", "bonus bonusprozent bonusinprozent bonussatz prozent prozentsatz satz rate bonusrate bonuspercent rebate rebatepercent"),
		word("spread", "for a group: borne by each member on its own revenue, or in equal parts; without it for this customer alone", "umlage umlageschluessel schluessel verteilung verteilungsschluessel spreadkey key", "revenue", "equal"),
	},
	InvoiceLines: append([]Field{
		field("number*", TypeName, "number of the invoice the line belongs to", headsInvoice+" nr"),
	}, slices.Clone(lineFields)...),
	Payments: {
		field("number", TypeName, "number of the payment; without it rows are told apart by what they say", "zahlungsnr zahlungsid paymentnr paymentid checknr transactionid transaktionsid buchungsnr payment zahlung id nr"),
		field("invoice", TypeName, "number of the invoice it pays; without it the oldest open ones", headsInvoice),
		field("customer", TypeName, "the customer: external id, number or name", headsCustomer),
		field("day*", TypeDay, "day the money came in", "zahlungsdatum zahldatum zahlungseingang eingangsdatum paymentdate paidon paiddate valuta wertstellung buchungsdatum bookingdate valuedate datum date day"),
		field("amount*", TypeAmount, "the amount paid", "betrag zahlbetrag zahlungsbetrag amount paymentamount amountpaid gezahlt bezahlt paid summe umsatz"),
		field("discount", TypeAmount, "cash discount taken", "skonto skontobetrag cashdiscount discount"),
		field("currency", TypeName, "currency code, if not the book's", headsCurrency),
		field("rate", TypeQuantity, "what one unit of that currency is worth in the book's", headsRate),
	},
	Complaints: {
		field("number*", TypeName, "number of the complaint", "reklamationsnr reklanr beschwerdenr complaintnr complaintid ticketnr ticketid ticket fallnr casenr caseid id nr"),
		field("customer*", TypeName, "the customer: external id, number or name", headsCustomer),
		field("invoice", TypeName, "number of the invoice it is about", headsInvoice),
		field("day*", TypeDay, "day it was made", "reklamationsdatum beschwerdedatum complaintdate eingangsdatum eingang meldedatum createdon "+headsDay),
		field("amount", TypeAmount, "the sum complained about", "reklamationswert streitwert betrag amount warenwert"),
		field("cost", TypeAmount, "cost of handling it", "bearbeitungskosten reklamationskosten handlingcost kosten cost"),
		field("credit", TypeAmount, "credit owed that no credit note carries", "gutschrift gutschriftbetrag creditamount credit"),
		word("severity", "1 slight, 2 or 3 severe", "schwere schweregrad severity prioritaet priority", "1", "2", "3"),
		word("justified", "whether it was justified", "berechtigt justified anerkannt", "yes", "no", "unknown"),
		field("solved_on", TypeDay, "day it was solved", "geloestam erledigtam abgeschlossenam solvedon solved closedon closed resolvedon erledigt"),
		field("subject", TypeText, "what it is about", "betreff thema subject grund reason beschreibung description text"),
	},
	Interactions: {
		field("external", TypeName, "its id in the source system", "externalid extid id aktivitaetsid activityid aktivitaetsnr nr"),
		field("customer*", TypeName, "the customer: external id, number or name", headsCustomer+" firma company"),
		field("day*", TypeDay, "day of the contact", "kontaktdatum activitydate besuchsdatum "+headsDay),
		word("channel", "visit, phone, mail, letter, video or other", "kanal channel kontaktart aktivitaetsart medium art typ type", "visit", "phone", "mail", "letter", "video", "other"),
		word("direction", "in or out", "richtung direction", "in", "out"),
		field("subject", TypeText, "what it was about", "betreff thema subject anlass notiz note beschreibung description"),
		field("contact", TypeName, "the person", headsContact+" person"),
		field("minutes", TypeWhole, "how long it took, in minutes", "minuten dauer dauerminuten dauermin dauerinminuten duration durationminutes minutes"),
		field("purpose", TypeName, "what it was for", "zweck purpose ziel"),
		field("cost", TypeAmount, "what it cost, if known better than by rate", "kosten cost"),
	},
	ServiceTypes: {
		field("code", TypeName, "short code of the service; without it made from the name", "code kuerzel schluessel leistungscode servicecode leistungsnr nr id"),
		field("cost_per_hour", TypePrice, "our rough cost of an hour, turned into the unit of the service", "kostenjestunde kostenprostunde costperhour costanhour"),
		field("benefit_per_hour", TypePrice, "what an hour is worth to the customer, turned into the unit of the service", "wertjestunde wertfuerdenkundenjestunde nutzenjestunde worthperhour worthtothecustomerperhour benefitperhour"),
		field("minutes_each", TypeQuantity, "how long one takes, for services counted in pieces or flat", "minutenjemal minutenjestueck minuteseach minutesatime"),
		field("name_de", TypeName, "name in German", "namede bezeichnung name leistung leistungsname deutsch"),
		field("name_en", TypeName, "name in English", "nameen englisch english"),
		field("category", TypeName, "category", "kategorie gruppe category group"),
		word("unit", "minutes, hours, pieces or flat", "einheit unit", "minutes", "hours", "pieces", "flat"),
		field("step", TypeQuantity, "smallest step, rounded up to", "takt zeittakt step"),
		field("cost_rate", TypePrice, "our cost of one unit", "kostensatz costrate kosten cost"),
		field("benefit_rate", TypePrice, "what one unit is worth to the customer", "nutzensatz benefitrate nutzen benefit"),
		field("valid_from", TypeDay, "from when the rates hold", "gueltigab validfrom ab"),
		field("rung", TypeWhole, "1 support, 2 advice, 3 joint work, 4 integration", "stufe rung integrationsstufe"),
	},
	ServiceEntries: {
		field("external", TypeName, "its id in the source system", "externalid extid id leistungsid nr belegnr"),
		field("customer*", TypeName, "the customer: external id, number or name", headsCustomer+" firma company"),
		field("day*", TypeDay, "day of the service", "leistungsdatum servicedate "+headsDay),
		field("type*", TypeName, "the service: its code or name", "leistungsart leistung servicetype servicecode service leistungscode code art type"),
		field("quantity", TypeQuantity, "quantity in the unit of the service", "menge anzahl quantity qty"),
		field("minutes", TypeQuantity, "how long it took, in minutes", "minuten dauer dauerminuten dauermin dauerinminuten duration durationminutes minutes"),
		field("background", TypeText, "why: the cause, in free text", "hintergrund anlass background grund bemerkung notiz beschreibung description note"),
		field("contact", TypeName, "the person", headsContact),
		field("cost", TypeAmount, "our cost, if known better than by rate", "kosten cost"),
		field("benefit", TypeAmount, "its worth to the customer, if known better than by rate", "nutzen benefit wert"),
	},
	// As Kimai, Toggl Track and Clockify export their times, in English and German.
	Timesheets: {
		field("external", TypeName, "its id in the time tracking", "id timeentryid timesheetid entryid zeiteintragid eintragid"),
		field("customer*", TypeName, "the customer: external id, number or name", "client customer kunde clientname customername kundenname auftraggeber firma company"),
		field("customer_number", TypeName, "the customer number, taken before the name", "kundennr customernr kdnr custnr clientnr debitorennr customerid kundenid clientid"),
		field("day*", TypeDay, "the day it began", "startdate startdatum date datum day"),
		field("begin", TypeName, "the time it began; only tells rows apart", "starttime startzeit startuhrzeit from von begin beginn start"),
		field("end", TypeName, "the time it ended; only tells rows apart", "endtime endzeit enduhrzeit to bis end ende stop"),
		field("duration", TypeClock, "how long it took: 1:20, 01:20:30 or 1h 20m", "duration dauer durationh dauerh zeit zeitdauer arbeitszeit time"),
		field("hours", TypeQuantity, "how long it took, in hours: 1.5", "durationdecimal dauerdezimal stunden hours durationhours dauerinstunden duration dauer"),
		field("minutes", TypeQuantity, "how long it took, in minutes", "minuten minutes dauerminuten dauerinminuten durationminutes"),
		field("seconds", TypeQuantity, "how long it took, in seconds", "sekunden seconds durationseconds dauersekunden dauerinsekunden duration dauer"),
		field("user", TypeName, "who it was: tells the team; kept for corrections only", "user benutzer username benutzername mitarbeiter mitarbeiterin employee person alias"),
		field("team", TypeName, "the team, where the file names one", "group gruppe team abteilung department usergroup benutzergruppe"),
		field("activity", TypeName, "the activity: tells the service", "activity taetigkeit aktivitaet leistungsart leistung service"),
		field("task", TypeName, "the task: tells the service", "task aufgabe"),
		field("tags", TypeName, "tags: tell the service", "tags schlagworte schlagwoerter stichworte stichwoerter etiketten labels"),
		field("project", TypeName, "the project: tells the service where nothing else does", "project projekt projectname projektname"),
		field("background", TypeText, "why: the cause, in free text", "description beschreibung background hintergrund notiz bemerkung kommentar notes note"),
		field("billable", TypeYesNo, "whether the customer pays for it: such rows are left out", "billable abrechenbar verrechenbar fakturierbar"),
	},
}

// lineFields are the fields of a line of an invoice.
var lineFields = []Field{
	field("product", TypeName, "the product: article number or name", headsProduct),
	field("quantity", TypeQuantity, "quantity", "menge anzahl stueckzahl stueck quantity qty quantityordered orderquantity orderqty fkimg"),
	field("unit_price", TypePrice, "price of one unit, net", "einzelpreis stueckpreis epreis preis unitprice price priceeach priceperunit verkaufspreis vkpreis nettopreis einzelpreisnetto"),
	field("discount", TypePercent, "discount in percent or as a fraction", "rabatt rabattprozent rabattinprozent rabattsatz discount discountpercent discountpct discountrate nachlass"),
	field("net", TypeAmount, "net amount of the line", "nettobetrag netto warenwertnetto warenwert nettowert nettosumme nettoumsatz netamount net netvalue linetotal lineamount salesamount positionswert positionsbetrag zeilensumme netwr umsatz revenue invoiceamount betrag amount"),
	field("cost", TypeAmount, "cost of goods of the line", "wareneinsatz einstandswert ekwert einkaufswert selbstkosten kosten costofgoods costofsales cogs totalcost totalproductcost cost wavwr"),
	field("unit_cost", TypePrice, "cost of one unit", "ekpreis ek einkaufspreis einstandspreis stueckkosten unitcost costprice purchaseprice productstandardcost standardcost buyprice"),
	field("line", TypeWhole, "number of the line", "positionsnr posnr position pos zeilennr zeile linenr line orderlinenr salesorderlinenr invoiceline"),
}
