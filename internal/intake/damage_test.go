package intake

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"quid/day"
	"quid/money"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// truth is what a damaged file really says.
type truth struct {
	number, customer, note, postal, phone, product string
	day, due                                       day.Day
	quantity                                       money.Micro
	price, net                                     money.Amount
	line                                           int
	hurt                                           bool // its quotes were damaged
}

// damage is what is done to a whole file.
type damage struct {
	rng      *rand.Rand
	encoding string
	delim    string
	eol      string // "mixed" is all of them
	quoteAll bool
	decimal  byte
	group    string
	dates    string
	marks    bool // currencies, brackets, trailing minus
	nul      bool
	quotes   bool // some quotes are lost or doubled
	titles   bool
	sep      bool
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

func newDamage(seed uint64) *damage {
	rng := rand.New(rand.NewPCG(seed, 1))
	d := &damage{
		rng:      rng,
		encoding: pick(rng, "utf-8", "bom", "utf-16le", "utf-16be", "utf-16le bare", "windows-1252", "mixed"),
		delim:    pick(rng, ";", ",", "\t", "|"),
		eol:      pick(rng, "\n", "\r\n", "\r", "mixed"),
		quoteAll: rng.IntN(2) == 0,
		decimal:  pick(rng, byte(','), byte('.')),
		dates:    pick(rng, "d.m.y", "dd.mm.yy", "iso", "m/d/y", "yyyymmdd", "serial", "d/m/y", "named"),
		marks:    rng.IntN(2) == 0,
		nul:      rng.IntN(4) == 0,
		quotes:   rng.IntN(2) == 0,
		titles:   rng.IntN(4) == 0,
		sep:      rng.IntN(6) == 0,
	}
	d.group = pick(rng, "", map[byte]string{',': ".", '.': ","}[d.decimal], "'", " ", "\u00a0")
	return d
}

// money writes an amount as the file does.
func (d *damage) money(a money.Amount) string {
	neg := a < 0
	s := max(a, -a).Decimal(2)
	whole, frac, _ := strings.Cut(s, ".")
	if d.group != "" {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + d.group + whole[i:]
		}
	}
	s = whole + string(d.decimal) + frac
	if !d.marks {
		if neg {
			return "-" + s
		}
		return s
	}
	if neg {
		signs := []string{"-" + s, "(" + s + ")", s + "-"}
		if d.encoding != "windows-1252" && d.encoding != "mixed" {
			signs = append(signs, "\u2212"+s)
		}
		s = pick(d.rng, signs...)
	}
	switch d.rng.IntN(6) {
	case 0:
		s += " EUR"
	case 1:
		s = "€ " + s
	case 2:
		s += " €"
	}
	return s
}

func (d *damage) day(v day.Day) string {
	y, m, dd := v.Year(), v.Month(), v.DayOfMonth()
	switch d.dates {
	case "d.m.y":
		return fmt.Sprintf("%02d.%02d.%04d", dd, m, y)
	case "dd.mm.yy":
		return fmt.Sprintf("%d.%d.%02d", dd, m, y%100)
	case "m/d/y":
		return fmt.Sprintf("%d/%d/%04d", m, dd, y)
	case "d/m/y":
		return fmt.Sprintf("%02d/%02d/%04d 00:00:00", dd, m, y)
	case "yyyymmdd":
		return fmt.Sprintf("%d", v)
	case "serial":
		return fmt.Sprint(v.Sub(day.Of(1900, 1, 1)) + 2)
	case "named":
		return fmt.Sprintf("%d. %s %d", dd, []string{"Jan", "Februar", "März", "Apr.", "Mai", "Juni", "Juli", "Aug", "Sept.", "Okt", "Nov", "Dezember"}[m-1], y)
	}
	return v.String()
}

// cell quotes a text where it must be, or everywhere.
func (d *damage) cell(s string) string {
	if d.quoteAll || strings.ContainsAny(s, d.delim+"\"\n\r") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

var names = []string{
	"Müller; Söhne GmbH, Köln", "Bäckerei \"Zum Löwen\"", "Łódź Maszyny", "مصنع النور", "Schmidt | Partner", "Grün & Weiß 🚀 AG",
	"Åse Ørsted", "Zwei\nZeilen KG", "O'Neill Ltd.", "Tab\tstop OHG", "12\" Rohre GmbH", "Müller", "-", "=SUM(A1)", "@home",
}

// truths makes up invoices; the rows of a number stand together.
func (d *damage) truths(n int) []truth {
	var all []truth
	for i := 0; len(all) < n; i++ {
		base := truth{
			number: fmt.Sprintf("%07d", 4711+i), customer: fmt.Sprintf("%05d", d.rng.IntN(500)), postal: fmt.Sprintf("%05d", d.rng.IntN(99999)),
			phone: fmt.Sprintf("+49 221 %d", d.rng.IntN(1e6)), day: day.FromOrdinal(day.Of(2024, 1, 1).Ordinal() + d.rng.IntN(900)),
		}
		base.due = base.day.Add(d.rng.IntN(60))
		for l := range 1 + d.rng.IntN(3) {
			t := base
			t.line = l + 1
			t.note = names[d.rng.IntN(len(names))]
			t.product = pick(d.rng, "1E5", "007", "A-12", "3.14", "1E+05")
			t.quantity = money.Micro(1+d.rng.IntN(20)) * money.One
			t.price = money.Amount(d.rng.IntN(2_000_000) + 1)
			if d.rng.IntN(8) == 0 {
				t.quantity = -t.quantity
			}
			net, err := money.Product(t.quantity, money.Micro(t.price)*money.One, 0)
			if err != nil {
				panic(err)
			}
			t.net = net
			all = append(all, t)
		}
	}
	return all
}

// write writes the file, damaging quotes of some rows.
func (d *damage) write(rows []truth) []byte {
	var out [][]byte
	line := func(s string) { out = append(out, d.encode(s)) }
	if d.sep {
		line("sep=" + d.delim)
	} else if d.titles {
		line("Umsatzliste " + d.delim)
		line(d.delim + "Stand 2026")
	}
	head := []string{"Rechnungsnr.", "Kunden-Nr.", "Bemerkung", "PLZ", "Telefon", "Artikelnr.", "Belegdatum", "Fällig", "Menge", "Einzelpreis", "Nettobetrag", "Pos."}
	line(strings.Join(head, d.delim))
	for i := range rows {
		t := &rows[i]
		if d.rng.IntN(15) == 0 {
			line(pick(d.rng, "", strings.Repeat(d.delim, 11), " "+strings.Repeat(d.delim+" ", 11)))
		}
		quantity := fmt.Sprint(int64(t.quantity / money.One))
		cells := []string{
			t.number, t.customer, d.note(t.note), t.postal, t.phone, t.product, d.day(t.day), d.day(t.due), quantity,
			d.money(t.price), d.money(t.net), fmt.Sprint(t.line),
		}
		for j, c := range cells {
			cells[j] = d.cell(c)
		}
		if d.quotes && d.rng.IntN(12) == 0 {
			t.hurt = true
			j := d.rng.IntN(6)
			bare := strings.Trim(cells[j], `"`)
			cells[j] = pick(d.rng, `"`+bare, bare+`"`, `""`+bare+`""`, `"`+bare+`""`)
		}
		line(strings.Join(cells, d.delim))
	}
	return d.bytes(out)
}

// note decorates a text in ways that must not matter.
func (d *damage) note(s string) string {
	switch d.rng.IntN(4) {
	case 0:
		s = norm.NFD.String(s)
	case 1:
		s = " " + s + "\u00a0 "
	}
	return s
}

// encode encodes one line. What Windows-1252 can't say is said with a question mark.
func (d *damage) encode(s string) []byte {
	if d.nul && d.rng.IntN(3) == 0 && s != "" {
		at := d.rng.IntN(len(s))
		for at > 0 && s[at]&0xC0 == 0x80 {
			at--
		}
		s = s[:at] + "\x00" + s[at:]
	}
	legacy := d.encoding == "windows-1252" || (d.encoding == "mixed" && d.rng.IntN(2) == 0)
	if !legacy {
		return []byte(s)
	}
	var b []byte
	for _, r := range norm.NFC.String(s) {
		c, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			c = '?'
		}
		b = append(b, c)
	}
	return b
}

// bytes joins the lines.
func (d *damage) bytes(lines [][]byte) []byte {
	var b []byte
	for _, l := range lines {
		b = append(b, l...)
		eol := d.eol
		if eol == "mixed" {
			eol = pick(d.rng, "\n", "\r\n", "\r")
		}
		b = append(b, eol...)
	}
	switch d.encoding {
	case "bom":
		return append([]byte("\xEF\xBB\xBF"), b...)
	case "utf-16le", "utf-16le bare":
		return d.utf16(string(b), binary.LittleEndian, d.encoding == "utf-16le")
	case "utf-16be":
		return d.utf16(string(b), binary.BigEndian, true)
	}
	return b
}

func (d *damage) utf16(s string, order binary.AppendByteOrder, bom bool) []byte {
	var b []byte
	if bom {
		b = order.AppendUint16(b, 0xFEFF)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

// flags answers what the file leaves open, as a person who knows it would.
func (d *damage) flags(questions []Question) Options {
	var o Options
	for _, q := range questions {
		switch q.Flag {
		case "--decimal":
			o.Decimal = d.decimal
		case "--dates":
			o.Dates = map[string]Order{"d.m.y": DMY, "dd.mm.yy": DMY, "d/m/y": DMY, "m/d/y": MDY}[d.dates]
		}
	}
	return o
}

// Whatever is done to a file, each of its rows is read exactly as it is meant or
// named with a reason, and a damaged row never takes another one with it.
func TestDamage(t *testing.T) {
	t.Parallel()
	fired := 0
	for seed := range uint64(200) {
		hurt, complaints := tryDamage(t, seed, Options{Kind: Invoices})
		fired += hurt
		for _, c := range complaints {
			t.Error(c)
		}
	}
	if fired < 300 {
		t.Errorf("only %d rows were damaged", fired)
	}
}

// A reader that believes every quote must fail the same check, else the check
// proves nothing.
func TestDamageCatchesANaiveReader(t *testing.T) {
	t.Parallel()
	caught := 0
	for seed := range uint64(60) {
		if _, complaints := tryDamage(t, seed, Options{Kind: Invoices, naive: true}); len(complaints) > 0 {
			caught++
		}
	}
	if caught < 5 {
		t.Errorf("the check caught the naive reader in %d of 60 files", caught)
	}
}

// tryDamage makes a damaged file and reads it. It returns how many rows had
// their quotes damaged, and what is wrong with the reading.
func tryDamage(t *testing.T, seed uint64, o Options) (hurt int, complaints []string) {
	t.Helper()
	d := newDamage(seed)
	rows := d.truths(60)
	data := d.write(rows)
	name := fmt.Sprintf("seed %d (%s, %q, %q, all quoted %v, %c%q, %s)", seed, d.encoding, d.delim, d.eol, d.quoteAll, d.decimal, d.group, d.dates)
	f := opened(t, data, o)
	plan, questions, err := f.Plan(Invoices, nil, Options{})
	if err == nil && len(questions) > 0 {
		if plan, questions, err = f.Plan(Invoices, nil, d.flags(questions)); len(questions) > 0 {
			return 0, []string{fmt.Sprintf("%s: still asked: %+v", name, questions)}
		}
	}
	if err != nil {
		return 0, []string{fmt.Sprintf("%s: %v\n%.300q", name, err, data)}
	}
	hurt, complaints = compare(t, rows, plan)
	for i, c := range complaints {
		complaints[i] = name + ": " + c
	}
	return hurt, complaints
}

// compare checks the documents against the truth.
func compare(t *testing.T, rows []truth, plan *Plan) (hurt int, complaints []string) {
	t.Helper()
	complain := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	want := make(map[string][]truth)
	broken := make(map[string]bool)
	for _, r := range rows {
		want[r.number] = append(want[r.number], r)
		if r.hurt {
			hurt++
			broken[r.number] = true
		}
	}
	var lines int64
	good := 0
	for _, d := range all(t, plan) {
		lines += int64(len(d.Lines))
		truth, known := want[d.Key]
		switch {
		case len(d.Problems) > 0 && (broken[d.Key] || !known):
			continue // named, as it should be
		case len(d.Problems) > 0:
			complain("%s: %+v\n%q", d.Key, d.Problems[0], d.Raw)
			delete(want, d.Key)
			continue
		case !known:
			complain("an invoice %q that is not there, from %q", d.Key, d.Raw)
			continue
		}
		good++
		delete(want, d.Key)
		if why := differs(d.Invoice, truth); why != "" {
			complain("%s: %s\n%q", d.Key, why, d.Raw)
		}
	}
	for number := range want {
		if !broken[number] {
			complain("invoice %s is missing: swallowed", number)
		}
	}
	if c := plan.Counts(); c.Rows != lines {
		complain("%d rows read, %d in documents", c.Rows, lines)
	}
	if good == 0 {
		complain("nothing was read")
	}
	return hurt, complaints
}

func differs(inv *Invoice, rows []truth) string {
	if len(inv.Lines) != len(rows) {
		return fmt.Sprintf("%d lines, want %d", len(inv.Lines), len(rows))
	}
	slices.SortFunc(inv.Lines, func(a, b InvoiceLine) int { return a.Line - b.Line })
	for i, l := range inv.Lines {
		r := rows[i]
		if l.Net != r.net || l.Quantity != r.quantity || l.UnitPrice != money.Micro(r.price)*money.One || l.Product != r.product || l.Line != r.line {
			return fmt.Sprintf("line %+v, want %+v", l, r)
		}
	}
	if r := rows[0]; inv.Customer != r.customer || inv.Day != r.day || inv.Due != r.due {
		return fmt.Sprintf("head %+v, want %+v", inv, r)
	}
	return ""
}
