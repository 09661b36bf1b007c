package store

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"

	"quid/account"
	"quid/day"
	"quid/money"
	"quid/value"
)

// scoreColumns are the figures of one customer in one valuation: what people
// look at in SQL stands in columns of its own, the rest is packed.
const scoreColumns = `customer_id, valuation_id, revenue, sale, deduction, acquisition, care, late_payment, accrued, complaint, service,
	goodwill, benefit, unknown_cost, score, data_basis, credibility, lifetime, alive, flags, figures`

var scoreTable = tableOf("score", commaless(scoreColumns))

// scoreArgs appends one row of the table.
func scoreArgs(args []any, valuation int64, f *value.Figures, r *value.Row) []any {
	s := &f.Steps
	return append(args, int64(f.Customer), valuation, int64(s.Revenue), int64(s.Sale), int64(s.Deduction), int64(s.Acquisition), int64(s.Care),
		int64(s.LatePayment), int64(f.Accrued), int64(s.Complaint), int64(s.Service), int64(s.Goodwill), int64(s.Benefit), int64(s.UnknownCost),
		number(r.Score), r.DataBasis, number(r.Credibility), worth(&r.Life), number(float64(r.Life.Alive)), r.Flags(), pack(f, r))
}

// worth stores a lifetime value, NULL where it is unknown.
func worth(l *value.Life) any {
	if v, known := l.Value(); known {
		return int64(v)
	}
	return nil
}

// number stores a float, NaN as NULL.
func number(x float64) any {
	if math.IsNaN(x) {
		return nil
	}
	return x
}

// scoreOf reads a row whose columns begin at i.
func scoreOf(rec *record, i int) (f value.Figures, r value.Row, err error) {
	f.Customer = account.CustomerID(rec.int(i))
	s := &f.Steps
	for k, to := range []*money.Amount{
		&s.Revenue, &s.Sale, &s.Deduction, &s.Acquisition, &s.Care, &s.LatePayment, &f.Accrued, &s.Complaint, &s.Service, &s.Goodwill, &s.Benefit,
	} {
		*to = money.Amount(rec.int(i + 2 + k))
	}
	s.UnknownCost = int32(rec.int(i + 13))
	r.Customer = f.Customer
	r.Score, r.DataBasis, r.Credibility = nan, rec.float(i+15), nan
	if !rec.null(i + 14) {
		r.Score = rec.float(i + 14)
	}
	if !rec.null(i + 16) {
		r.Credibility = rec.float(i + 16)
	}
	r.Life.Alive = float32(nan)
	if !rec.null(i + 18) {
		r.Life.Alive = float32(rec.float(i + 18))
	}
	r.SetFlags(rec.int(i + 19))
	return f, r, unpack(rec.bytes(i+figuresAt), &f, &r)
}

// figuresAt is the place of the packed figures among the columns.
const figuresAt = 20

// packVersion is the first byte of packed figures.
const packVersion = 2

// pack writes the figures and raw values that have no column: a version, the
// length of the figures in two bytes, the figures, then what the row has beside
// them. Numbers are variable in length; most are small.
func pack(f *value.Figures, r *value.Row) []byte {
	b := make([]byte, 3, 224)
	b[0] = packVersion
	for _, v := range wholeNumbers(f) {
		b = binary.AppendVarint(b, v)
	}
	for _, v := range [...]float64{f.GapSquares, f.PerDaySum, f.PerDaySquares, f.DueDays} {
		b = appendFloat(b, v)
	}
	binary.LittleEndian.PutUint16(b[1:], uint16(len(b)-3)) // 39 numbers of at most 10 bytes
	known := uint64(0)
	for i, v := range r.Raw {
		if !math.IsNaN(v) {
			known |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, known)
	for _, v := range r.Raw {
		if !math.IsNaN(v) {
			b = appendFloat(b, v)
		}
	}
	b = appendFloat(b, r.Shrunk)
	l := &r.Life
	b = append(b, byte(l.Source))
	b = appendFloat(b, float64(l.Purchases))
	for _, v := range [...]money.Amount{l.Gain, l.Care, l.Acquisition} {
		b = binary.AppendVarint(b, int64(v))
	}
	for _, p := range [...]value.Place{r.ByRevenue, r.ByContribution} {
		b = binary.AppendVarint(b, int64(p.Rank))
		b = binary.AppendVarint(b, int64(p.Before))
	}
	return b
}

// appendFloat writes a float so that whole numbers are short: as the integer of
// its bytes turned round, as encoding/gob does.
func appendFloat(b []byte, v float64) []byte {
	return binary.AppendUvarint(b, bits.ReverseBytes64(math.Float64bits(v)))
}

// wholes is how many packed figures are whole numbers.
const wholes = 37

// wholeNumbers are the packed figures that are whole numbers. The order is
// stored.
func wholeNumbers(f *value.Figures) [wholes]int64 {
	contract := int64(0)
	if f.Contract.On {
		contract = 1
	}
	return [...]int64{
		int64(f.PriorRevenue), int64(f.PriorContribution), int64(f.PriorUnknownCost), int64(f.PurchasesEver),
		int64(f.FirstPurchase), int64(f.LastPurchase), int64(f.AcquiredOn), int64(f.PurchaseDays), int64(f.Gaps), int64(f.GapDays),
		int64(f.Invoices), int64(f.LateInvoices), int64(f.DisputedInvoices), int64(f.DisputedLate), int64(f.Settled),
		f.LateDays, f.SettleDays, int64(f.Due), int64(f.OpenItems), int64(f.Complaints), int64(f.Justified), int64(f.Unjustified),
		int64(f.Peer), int64(f.Rank), int64(f.Suppliers), int64(f.Need),
		int64(f.EverContribution), int64(f.EverBalance), int64(f.EverUnknownCost),
		int64(f.BeforeDays), int64(f.BeforeLast),
		contract, int64(f.Contract.Since), int64(f.Contract.Until), int64(f.AcquiredFor),
		int64(f.ListedNet), int64(f.Listed),
	}
}

// setWholeNumbers is the inverse of wholeNumbers.
func setWholeNumbers(f *value.Figures, n *[wholes]int64) {
	f.PriorRevenue, f.PriorContribution = money.Amount(n[0]), money.Amount(n[1])
	f.PriorUnknownCost, f.PurchasesEver = int32(n[2]), int32(n[3])
	f.FirstPurchase, f.LastPurchase, f.AcquiredOn = day.Day(n[4]), day.Day(n[5]), day.Day(n[6])
	f.PurchaseDays, f.Gaps, f.GapDays = int32(n[7]), int32(n[8]), int32(n[9])
	f.Invoices, f.LateInvoices, f.DisputedInvoices, f.DisputedLate, f.Settled = int32(n[10]), int32(n[11]), int32(n[12]), int32(n[13]), int32(n[14])
	f.LateDays, f.SettleDays = n[15], n[16]
	f.Due, f.OpenItems = money.Amount(n[17]), money.Amount(n[18])
	f.Complaints, f.Justified, f.Unjustified = int32(n[19]), int32(n[20]), int32(n[21])
	f.Peer, f.Rank, f.Suppliers, f.Need = int32(n[22]), int16(n[23]), int16(n[24]), money.Amount(n[25])
	f.EverContribution, f.EverBalance, f.EverUnknownCost = money.Amount(n[26]), money.Amount(n[27]), int32(n[28])
	f.BeforeDays, f.BeforeLast = int32(n[29]), day.Day(n[30])
	f.Contract = value.Contract{On: n[31] == 1, Since: day.Day(n[32]), Until: day.Day(n[33])}
	f.AcquiredFor = money.Amount(n[34])
	f.ListedNet, f.Listed = money.Amount(n[35]), money.Amount(n[36])
}

var nan = math.NaN()

var errPacked = errors.New("packed figures are damaged")

// An unpacker reads what pack wrote; bad is set where it ends too early.
type unpacker struct {
	b   []byte
	bad bool
}

func (u *unpacker) byte() byte {
	if len(u.b) == 0 {
		u.bad = true
		return 0
	}
	v := u.b[0]
	u.b = u.b[1:]
	return v
}

func (u *unpacker) uint() uint64 {
	v, n := binary.Uvarint(u.b)
	if n <= 0 {
		u.bad = true
		return 0
	}
	u.b = u.b[n:]
	return v
}

func (u *unpacker) int() int64 {
	v := u.uint()
	return int64(v>>1) ^ -int64(v&1)
}

func (u *unpacker) float() float64 { return math.Float64frombits(bits.ReverseBytes64(u.uint())) }

// figuresOf cuts packed figures into those of the figures and those of the row.
func figuresOf(b []byte) (figures, row []byte, err error) {
	if len(b) < 3 || b[0] != packVersion || len(b) < 3+int(binary.LittleEndian.Uint16(b[1:])) {
		return nil, nil, errPacked
	}
	n := 3 + int(binary.LittleEndian.Uint16(b[1:]))
	return b[3:n], b[n:], nil
}

// unpack is the inverse of pack.
func unpack(b []byte, f *value.Figures, r *value.Row) error {
	figures, row, err := figuresOf(b)
	if err != nil {
		return err
	}
	if err := unpackFigures(figures, f); err != nil {
		return err
	}
	u := unpacker{b: row}
	known := u.uint()
	for i := range r.Raw {
		r.Raw[i] = nan
		if known>>i&1 == 1 {
			r.Raw[i] = u.float()
		}
	}
	r.Shrunk = u.float()
	r.Life.Source = value.LifeSource(u.byte())
	r.Life.Purchases = float32(u.float())
	for _, to := range [...]*money.Amount{&r.Life.Gain, &r.Life.Care, &r.Life.Acquisition} {
		*to = money.Amount(u.int())
	}
	for _, p := range [...]*value.Place{&r.ByRevenue, &r.ByContribution} {
		p.Rank, p.Before = int32(u.int()), money.Amount(u.int())
	}
	if u.bad {
		return errPacked
	}
	return nil
}

func unpackFigures(b []byte, f *value.Figures) error {
	u := unpacker{b: b}
	var n [wholes]int64
	for i := range n {
		n[i] = u.int()
	}
	setWholeNumbers(f, &n)
	f.GapSquares, f.PerDaySum, f.PerDaySquares, f.DueDays = u.float(), u.float(), u.float(), u.float()
	if u.bad {
		return errPacked
	}
	return nil
}
