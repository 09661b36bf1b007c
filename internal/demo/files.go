package demo

import (
	"fmt"
	"os"
	"strings"

	"quid/internal/intake"
)

// file is how the file of a kind looks, and how one customer's rows are written.
type file struct {
	kind     intake.Kind
	encoding encoding
	iso      bool // days as 2026-12-31
	header   string
	rows     func(*Simulator, *History, *table)
}

// The files come from different systems, as they do in life: encodings and days
// differ. The two first are written once, the others customer by customer.
var files = []file{
	{kind: intake.Products, encoding: windows1252, header: "Artikelnr;Bezeichnung;Warengruppe;Einheit;Einstandspreis;Listenpreis"},
	{kind: intake.ServiceTypes, encoding: utf8Mark, header: "Code;Bezeichnung;Englisch;Kategorie;Einheit;Takt;Kostensatz;Nutzensatz;Gültig ab;Stufe"},
	{
		kind: intake.Customers, encoding: windows1252, iso: true, rows: customerRow,
		header: "Kundennr;Name;Konzern;Straße;PLZ;Ort;Bundesland;Land;Telefon;E-Mail;Branche;Größenklasse;Betreuer;Kunde seit;Akquisekanal;" +
			"Akquisekosten;Vertragskunde;Vertragsbeginn;Vertragsende;Zahlungsziel;Jahresbedarf;Lieferantenrang;Anzahl Lieferanten",
	},
	{kind: intake.Contacts, encoding: windows1252, rows: contactRows, header: "Kontaktnr;Kundennr;Nachname;Vorname;Funktion;E-Mail;Telefon;Sprache"},
	{
		kind: intake.Invoices, rows: invoiceRows,
		header: "Rechnungsnr;Kundennr;Rechnungsdatum;Fällig am;Pos;Artikelnr;Artikelbezeichnung;Menge;Einzelpreis;Rabatt;Nettobetrag;" +
			"Wareneinsatz;Gutschriftart;Gutschrift zu",
	},
	{kind: intake.Payments, encoding: utf8Mark, rows: paymentRows, header: "Zahlungsnr;Rechnungsnr;Kundennr;Zahlungsdatum;Zahlbetrag;Skonto"},
	{
		kind: intake.Complaints, encoding: windows1252, iso: true, rows: complaintRows,
		header: "Reklamationsnr;Kundennr;Rechnungsnr;Reklamationsdatum;Reklamationswert;Bearbeitungskosten;Schweregrad;Berechtigt;Erledigt am;Betreff",
	},
	{
		kind: intake.Interactions, encoding: utf8Mark, iso: true, rows: interactionRows,
		header: "Aktivitätsnr;Kundennr;Kontaktdatum;Kanal;Richtung;Betreff;Ansprechpartner;Minuten;Zweck",
	},
	{kind: intake.ServiceEntries, iso: true, rows: serviceRows, header: "Belegnr;Kundennr;Leistungsdatum;Leistungsart;Menge;Hintergrund;Ansprechpartner"},
}

// FileName is the name of the file of a kind.
func FileName(kind intake.Kind) string { return string(kind) + ".csv" }

// WriteFiles writes the company into a folder, which it makes: a CSV file for
// each kind, as a German ERP system exports them, and a README.txt with the
// commands that import them. Files of the same names are replaced. progress, if
// set, is told now and then how much is written, in customers times files.
func (c Company) WriteFiles(dir string, progress func(done, total int)) error {
	if err := c.Check(); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("demo files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("demo files: %w", err)
	}
	defer root.Close()
	if progress == nil {
		progress = func(int, int) {}
	}
	for i, f := range files {
		step := func(k int) { progress(i*c.Customers+k, len(files)*c.Customers) }
		if err := c.writeFile(root, f, step); err != nil {
			return fmt.Errorf("demo file %s: %w", FileName(f.kind), err)
		}
	}
	readme, err := root.Create("README.txt")
	if err != nil {
		return fmt.Errorf("demo files: %w", err)
	}
	_, err = readme.WriteString(c.readme())
	if closed := readme.Close(); err == nil {
		err = closed
	}
	return err
}

func (c Company) writeFile(root *os.Root, f file, step func(int)) error {
	t, err := create(root, FileName(f.kind), f.encoding, strings.Split(f.header, ";")...)
	if err != nil {
		return err
	}
	t.iso = f.iso
	s := c.Simulator()
	switch f.kind {
	case intake.Products:
		productRows(s, t)
	case intake.ServiceTypes:
		typeRows(s, t)
	default:
		for k := range c.Customers {
			f.rows(s, s.Tell(k, partsOf(f.kind)), t)
			if t.err != nil {
				break
			}
			if k%1000 == 999 {
				step(k + 1)
			}
		}
	}
	step(c.Customers)
	return t.close()
}

// readme says what the files are and how they are imported.
func (c Company) readme() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\r\n\r\nAn invented company: %d customers, seed %d, from %s to %s.\r\n", Name, c.Customers, c.Seed, c.Start(), c.Until)
	b.WriteString("All names, addresses and figures are made up; all amounts are in EUR, without tax.\r\n\r\nImport the files in this order:\r\n\r\n")
	for _, f := range files {
		fmt.Fprintf(&b, "  quid import %s %s\r\n", f.kind, FileName(f.kind))
	}
	fmt.Fprintf(&b, "\r\nThen value the customers:\r\n\r\n  quid value --as-of %s\r\n", c.Until)
	return b.String()
}

func productRows(s *Simulator, t *table) {
	for _, p := range s.shelf.products {
		t.texts(p.Number, p.Name, p.Category, p.Unit)
		t.known(p.Cost)
		t.known(p.List)
		t.end()
	}
}

// German words of the files.
var (
	unitWords      = map[string]string{"minutes": "Minuten", "hours": "Stunden", "pieces": "Stück", "flat": "Pauschale"}
	creditWords    = map[string]string{creditSale: "Retoure", creditComplaint: "Reklamation", creditGoodwill: "Kulanz"}
	justifiedWords = map[string]string{"yes": "ja", "no": "nein"}
	channelWords   = map[string]string{"visit": "Besuch", "phone": "Telefon", "mail": "E-Mail", "video": "Videokonferenz", "letter": "Brief"}
	directionWords = map[string]string{"in": "eingehend", "out": "ausgehend"}
)

func typeRows(s *Simulator, t *table) {
	for _, st := range s.types {
		for _, r := range st.Rates {
			t.texts(st.Code, st.NameDE, st.NameEN, st.Category, unitWords[st.Unit])
			if st.Step == 0 {
				t.next()
			} else {
				t.number(st.Step)
			}
			t.amount(r.Cost)
			t.amount(r.Benefit)
			t.day(r.From)
			t.whole(st.Rung)
			t.end()
		}
	}
}

func customerRow(_ *Simulator, h *History, t *table) {
	c := &h.Customer
	t.texts(c.Number, c.Name, c.Parent, c.Street, c.PostalCode, c.City, c.State, c.Country, c.Phone, c.Email, c.Industry, c.Size, c.Owner)
	t.day(c.AcquiredOn)
	t.text(c.Channel)
	t.known(c.AcquisitionCost)
	if c.Contractual {
		t.text("ja")
	} else {
		t.text("nein")
	}
	t.day(c.ContractSince)
	t.day(c.ContractUntil)
	t.whole(c.Terms)
	t.known(c.Need)
	t.whole(c.Rank)
	t.whole(c.Suppliers)
	t.end()
}

func contactRows(_ *Simulator, h *History, t *table) {
	for _, c := range h.Contacts {
		t.texts(c.Number, h.Customer.Number, c.Name, c.FirstName, c.Role, c.Email, c.Phone, c.Language)
		t.end()
	}
}

func invoiceRows(s *Simulator, h *History, t *table) {
	for i := range h.Invoices {
		inv := &h.Invoices[i]
		for n := range inv.Lines {
			l := &inv.Lines[n]
			t.text(inv.Number)
			t.text(h.Customer.Number)
			t.day(inv.Day)
			t.day(inv.Due)
			t.whole(n + 1)
			if l.Product >= 0 {
				p := &s.shelf.products[l.Product]
				t.text(p.Number)
				t.text(p.Name)
			} else {
				t.text("")
				t.text("Gutschrift")
			}
			t.number(l.Quantity)
			t.amount(l.UnitPrice)
			t.percent(l.Discount)
			t.amount(l.Net)
			if l.Written {
				t.amount(l.Cost)
			} else {
				t.next()
			}
			t.text(creditWords[inv.Credit])
			t.text(inv.Credits)
			t.end()
		}
	}
}

func paymentRows(_ *Simulator, h *History, t *table) {
	for i := range h.Payments {
		p := &h.Payments[i]
		t.texts(p.Number, p.Invoice, h.Customer.Number)
		t.day(p.Day)
		t.amount(p.Amount)
		t.known(p.Discount)
		t.end()
	}
}

func complaintRows(_ *Simulator, h *History, t *table) {
	for i := range h.Complaints {
		c := &h.Complaints[i]
		t.texts(c.Number, h.Customer.Number, c.Invoice)
		t.day(c.Day)
		t.amount(c.Amount)
		t.amount(c.Cost)
		t.whole(c.Severity)
		t.text(justifiedWords[c.Justified])
		t.day(c.SolvedOn)
		t.text(c.Subject)
		t.end()
	}
}

func interactionRows(_ *Simulator, h *History, t *table) {
	for i := range h.Interactions {
		c := &h.Interactions[i]
		t.texts(c.Number, h.Customer.Number)
		t.day(c.Day)
		t.texts(channelWords[c.Channel], directionWords[c.Direction], c.Subject, c.Contact)
		t.whole(c.Minutes)
		t.text(c.Purpose)
		t.end()
	}
}

func serviceRows(s *Simulator, h *History, t *table) {
	for i := range h.Services {
		e := &h.Services[i]
		t.texts(e.Number, h.Customer.Number)
		t.day(e.Day)
		t.text(s.types[e.Type].Code)
		t.number(e.Quantity)
		t.texts(e.Background, e.Contact)
		t.end()
	}
}
