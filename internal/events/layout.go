package events

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"quid/clv"
)

// A layout says where the values of a line stand and how they are written.
type layout struct {
	comma   byte // ' ' for runs of blanks
	header  bool
	columns []string
	id, day int
	amount  int // -1 for none
	order   order
	decimal byte
	middle  clv.Day // of the days at the beginning of the file
}

// last is the last column that is needed.
func (l *layout) last() int { return max(l.id, l.day, l.amount) }

// The usual names of columns, folded, the best first.
var (
	usualID     = []string{"customerid", "customer", "custid", "cust", "clientid", "client", "userid", "user", "memberid", "kundennummer", "kundennr", "kundenid", "kunde", "debitor", "debitornr", "accountid", "account", "customerno", "customernumber", "custno", "kdnr", "debitorennr", "mitglied", "mitgliedsnr", "donor", "donorid", "spender", "buyer", "buyerid", "household", "householdkey", "id"}
	usualDay    = []string{"date", "day", "invoicedate", "orderdate", "purchasedate", "transactiondate", "transdate", "datum", "tag", "rechnungsdatum", "bestelldatum", "kaufdatum", "datetime", "timestamp", "t"}
	usualAmount = []string{"value", "amount", "spend", "sales", "revenue", "total", "totalprice", "totalamount", "price", "gross", "netsales", "grosssales", "betrag", "umsatz", "netto", "nettobetrag", "summe", "wert", "brutto", "rechnungsbetrag", "spende", "monetary", "m"}
	usualMany   = []string{"quantity", "qty", "menge", "stück", "anzahl"}
)

// errAmbiguous says that more of the file may tell how dates are written.
var errAmbiguous = errors.New(`day and month can't be told apart: say --dates dmy (31.12.2026) or --dates mdy (12/31/2026)`)

// findLayout reads the layout from the beginning of a file.
func findLayout(head []byte, o Options) (*layout, error) {
	lines := sample(head)
	if len(lines) == 0 {
		return nil, errors.New("the file is empty")
	}
	l := &layout{comma: findComma(lines), amount: -1}
	rows := make([][][]byte, len(lines))
	for i, line := range lines {
		rows[i] = l.split(slices.Clone(line), nil)
	}
	l.header = !slices.ContainsFunc(rows[0], func(cell []byte) bool { form, _, _, _ := scanDay(cell); return form != noDay })
	for i, cell := range rows[0] {
		name := strconv.Itoa(i + 1)
		if l.header {
			name = string(cell)
		}
		l.columns = append(l.columns, name)
	}
	if l.header {
		rows = rows[1:]
	}
	if err := l.findColumns(rows, o); err != nil {
		return nil, err
	}
	if err := l.findOrder(rows, o); err != nil {
		return nil, err
	}
	l.findMiddle(rows)
	return l, l.findDecimal(rows, o)
}

// sample returns the lines that are whole and not blank.
func sample(head []byte) [][]byte {
	var lines [][]byte
	for len(head) > 0 && len(lines) < 50_000 {
		line, rest, _ := bytes.Cut(head, []byte{'\n'})
		if line = bytes.TrimRight(line, "\r"); len(bytes.TrimSpace(line)) > 0 {
			lines = append(lines, line)
		}
		head = rest
	}
	return lines
}

// findComma returns what stands between the cells: what divides most lines like
// the first one.
func findComma(lines [][]byte) byte {
	best, most := byte(' '), 0
	for _, comma := range []byte{',', ';', '\t', '|'} {
		l := layout{comma: comma}
		width := len(l.split(slices.Clone(lines[0]), nil))
		if width < 2 {
			continue
		}
		score := 0
		for _, line := range lines[:min(len(lines), 50)] {
			if len(l.split(slices.Clone(line), nil)) == width {
				score += width
			}
		}
		if score > most {
			best, most = comma, score
		}
	}
	return best
}

// split cuts a line into its cells, blanks around them taken away; quotes are
// undone in place. The cells are appended to cells.
func (l *layout) split(line []byte, cells [][]byte) [][]byte {
	line = bytes.TrimRight(line, "\r\n")
	if l.comma == ' ' {
		for at := range line {
			if line[at] > ' ' && (at == 0 || line[at-1] <= ' ') {
				cell := line[at:]
				if end := bytes.IndexAny(cell, " \t"); end > 0 {
					cell = cell[:end]
				}
				cells = append(cells, cell)
			}
		}
		return cells
	}
	for {
		if at := len(line) - len(bytes.TrimLeft(line, " ")); at < len(line) && line[at] == '"' {
			cell, rest, more := unquote(line[at+1:], l.comma)
			cells = append(cells, cell)
			if line = rest; !more {
				return cells
			}
			continue
		}
		at := bytes.IndexByte(line, l.comma)
		if at < 0 {
			return append(cells, bytes.TrimSpace(line))
		}
		cells = append(cells, bytes.TrimSpace(line[:at]))
		line = line[at+1:]
	}
}

// unquote reads a cell behind its opening quote, and what follows the comma.
func unquote(line []byte, comma byte) (cell, rest []byte, more bool) {
	to := 0
	for i := 0; i < len(line); i++ {
		if line[i] == '"' {
			if i+1 == len(line) || line[i+1] != '"' {
				at := bytes.IndexByte(line[i:], comma)
				if at < 0 {
					return bytes.TrimSpace(line[:to]), nil, false
				}
				return bytes.TrimSpace(line[:to]), line[i+at+1:], true
			}
			i++
		}
		line[to] = line[i]
		to++
	}
	return bytes.TrimSpace(line[:to]), nil, false
}

// findColumns finds the columns by the options, else by their names, else by
// what stands in them.
func (l *layout) findColumns(rows [][][]byte, o Options) (err error) {
	l.id, l.day = -1, -1
	if l.id, err = l.named(o.ID, usualID); err != nil {
		return err
	}
	if l.day, err = l.named(o.Day, usualDay); err != nil {
		return err
	}
	if l.amount, err = l.named(o.Amount, usualAmount); err != nil {
		return err
	}
	if many, _ := l.named("", usualMany); o.Amount == "" && many >= 0 && l.amount >= 0 && fold(l.columns[l.amount]) == "price" {
		l.amount = -1 // the price of one of them
	}
	if l.id < 0 && !l.header {
		l.id = 0
	}
	for i := range l.columns {
		if l.day < 0 && i != l.id && l.all(rows, i, func(cell []byte) bool { form, _, _, _ := scanDay(cell); return form != noDay }) {
			l.day = i
		}
	}
	for i := len(l.columns) - 1; i >= 0 && l.amount < 0 && !l.header; i-- {
		if i != l.id && i != l.day && l.all(rows, i, func(cell []byte) bool { _, ok := oddAmount(cell, '.'); return ok }) {
			l.amount = i
		}
	}
	switch there := "the file has " + strings.Join(quoted(l.columns), ", "); {
	case l.id < 0:
		return fmt.Errorf("which column is the customer? Say --id COLUMN; %s", there)
	case l.day < 0:
		return fmt.Errorf("which column is the day? Say --day COLUMN; %s", there)
	}
	return nil
}

// all says whether a column is filled and its cells are all of a kind.
func (l *layout) all(rows [][][]byte, column int, is func([]byte) bool) bool {
	n := 0
	for _, row := range rows[:min(len(rows), 200)] {
		if column < len(row) && len(row[column]) > 0 {
			if n++; !is(row[column]) {
				return false
			}
		}
	}
	return n > 0
}

// named finds a column by the name or number given, else by a usual name; -1 if
// there is none.
func (l *layout) named(given string, usual []string) (int, error) {
	if given != "" {
		for i, name := range l.columns {
			if strings.EqualFold(name, given) || fold(name) == fold(given) && fold(given) != "" {
				return i, nil
			}
		}
		if n, err := strconv.Atoi(given); err == nil && n >= 1 && n <= len(l.columns) {
			return n - 1, nil
		}
		return -1, fmt.Errorf("there is no column %q: the file has %s", given, strings.Join(quoted(l.columns), ", "))
	}
	for _, name := range usual {
		if l.header {
			if i := slices.IndexFunc(l.columns, func(c string) bool { return withoutCurrency(fold(c)) == name }); i >= 0 {
				return i, nil
			}
		}
	}
	return -1, nil
}

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strconv.Quote(name)
	}
	return out
}

// withoutCurrency is a folded name such as nettoeur without its currency.
func withoutCurrency(name string) string {
	for _, currency := range []string{"eur", "chf", "usd", "gbp"} {
		if short, ok := strings.CutSuffix(name, currency); ok && short != "" {
			return short
		}
	}
	return name
}

// fold keeps letters and digits, in lower case.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// findOrder decides how dates with the year last are read.
func (l *layout) findOrder(rows [][][]byte, o Options) error {
	switch strings.ToLower(o.Dates) {
	case "dmy":
		l.order = dmy
	case "mdy":
		l.order = mdy
	case "":
	default:
		return fmt.Errorf("dates %q: write dmy or mdy", o.Dates)
	}
	if l.order != unknown {
		return nil
	}
	sure := true
	for _, row := range rows {
		if l.day >= len(row) {
			continue
		}
		form, a, b, _ := scanDay(row[l.day])
		if form != yearLast {
			continue
		}
		switch {
		case a > 12:
			l.order = dmy
			return nil
		case b > 12:
			l.order = mdy
			return nil
		case bytes.IndexByte(row[l.day], '.') >= 0:
			l.order = dmy // nobody writes 12.31.2026
			return nil
		}
		sure = sure && a == b
	}
	if !sure {
		return fmt.Errorf("column %q: %w", l.columns[l.day], errAmbiguous)
	}
	l.order = dmy
	return nil
}

// findMiddle notes a day in the middle of those at the beginning of the file, so
// that a slip is told from the others.
func (l *layout) findMiddle(rows [][][]byte) {
	var days []clv.Day
	for _, row := range rows {
		if l.day < len(row) {
			if d := dayOf(row[l.day], l.order); d != 0 {
				days = append(days, d)
			}
		}
	}
	if slices.Sort(days); len(days) > 0 {
		l.middle = days[len(days)/2]
	}
}

// findDecimal decides which mark the decimals of amounts have.
func (l *layout) findDecimal(rows [][][]byte, o Options) error {
	if l.decimal = '.'; o.Decimal != "" {
		if o.Decimal != "." && o.Decimal != "," {
			return fmt.Errorf("decimal %q: write . or ,", o.Decimal)
		}
		l.decimal = o.Decimal[0]
		return nil
	}
	if l.amount < 0 {
		return nil
	}
	var thousands []byte
	for _, row := range rows {
		if l.amount >= len(row) {
			continue
		}
		cell := row[l.amount]
		at := bytes.LastIndexAny(cell, ".,")
		if at < 0 {
			continue
		}
		_, digits := leading(cell[at+1:])
		other := bytes.IndexByte(cell, '.'+','-cell[at])
		if digits != 3 || other >= 0 {
			l.decimal = cell[at]
			return nil
		}
		if l.comma == ';' || cell[at] == ',' {
			thousands = cell
		}
	}
	if thousands != nil {
		return fmt.Errorf("column %q: %q may be thousands or have decimals: say --decimal . or --decimal ,", l.columns[l.amount], thousands)
	}
	return nil
}
