// Package money counts in whole minor units of the book's one currency.
//
// An [Amount] is a sum of money: an int64 of cents, never a float. A [Micro] is
// a factor that money is multiplied by (a quantity, a unit price in minor
// units, a discount, a rate), exact to six decimals. Products are taken with
// 128 bits and rounded once, half away from zero, where a document rounds.
//
// The package knows the digits of the currencies of ISO 4217, but no rates
// between them: those stand on the documents.
package money

import (
	"errors"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"quid/fault"
)

// An Amount is a sum of money in minor units (cents) of the book's currency.
type Amount int64

// ErrRange says that a sum does not fit into 64 bits.
var ErrRange = errors.New("sum of money out of range")

// A Micro is a number in millionths: a quantity, a factor, a rate.
type Micro int64

// One is the Micro of 1.
const One Micro = 1_000_000

// Times returns a × m, rounded half away from zero to a minor unit.
func (a Amount) Times(m Micro) (Amount, error) {
	v, err := MulDiv(int64(a), int64(m), int64(One))
	return Amount(v), err
}

// Product returns quantity × unit × (1 − discount), rounded once, half away
// from zero. unit is a price in minor units with six decimals.
func Product(quantity, unit, discount Micro) (Amount, error) {
	if discount == 0 {
		v, err := MulDiv(int64(quantity), int64(unit), int64(One)*int64(One))
		return Amount(v), err
	}
	neg := (quantity < 0) != (unit < 0)
	factor := int64(One - discount)
	if factor < 0 {
		neg, factor = !neg, -factor
	}
	v, ok := mulDiv3(abs(int64(quantity)), abs(int64(unit)), uint64(factor), uint64(One), uint64(One)*uint64(One))
	if !ok {
		return 0, ErrRange
	}
	if neg {
		return -Amount(v), nil
	}
	return Amount(v), nil
}

// mulDiv3 returns a·b·c / (d·e), rounded half up, by dividing out the exact
// 192-bit product (e must be even); ok is false when the result needs more than 63 bits.
func mulDiv3(a, b, c, d, e uint64) (uint64, bool) {
	hi, lo := bits.Mul64(a, b)
	h1, l1 := bits.Mul64(lo, c)
	h2, l2 := bits.Mul64(hi, c)
	mid, carry := bits.Add64(h1, l2, 0)
	top := h2 + carry
	// Divide the 192-bit number top:mid:l1 by d, then by e, keeping the
	// remainders so that rounding looks at the whole of them.
	q2, r := bits.Div64(0, top, d)
	q1, r := bits.Div64(r, mid, d)
	q0, _ := bits.Div64(r, l1, d)
	if q2 != 0 || q1 >= e {
		return 0, false
	}
	q, r2 := bits.Div64(q1, q0, e)
	// The first division's remainder is below one part of e, and e is even:
	// it never decides.
	if r2 >= e-r2 {
		q++
	}
	return q, q <= math.MaxInt64
}

func abs(v int64) uint64 {
	if v < 0 {
		return uint64(-(v + 1)) + 1
	}
	return uint64(v)
}

// MulDiv returns a × b / c with a 128-bit product, rounded half away from
// zero. c must be positive. It is the one place where money is rounded.
func MulDiv(a, b, c int64) (int64, error) {
	neg := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(abs(a), abs(b))
	div := uint64(c)
	if c <= 0 || hi >= div {
		return 0, ErrRange
	}
	q, r := bits.Div64(hi, lo, div)
	if r >= div-r {
		q++
	}
	if q > math.MaxInt64 {
		return 0, ErrRange
	}
	if neg {
		return -int64(q), nil
	}
	return int64(q), nil
}

// Interest returns what a costs over days at a yearly rate, by the
// German trade convention of actual days over 365, rounded once
// (docs/valuation.md, late payment).
func Interest(a Amount, days int, rate Micro) (Amount, error) {
	v, err := MulDiv(int64(a), int64(days)*int64(rate), 365*int64(One))
	return Amount(v), err
}

// Digits returns the number of decimals of a currency (ISO 4217), and whether
// the currency is known.
func Digits(currency string) (int, bool) {
	d, ok := digits[currency]
	return d, ok
}

// digits holds the currencies a book can be kept in and a document written in:
// the active codes of ISO 4217 that are money of a country.
var digits = func() map[string]int {
	m := make(map[string]int)
	for _, c := range strings.Fields(`AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD
		CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
		IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR
		MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
		SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW`) {
		m[c] = 2
	}
	for _, c := range strings.Fields("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF") {
		m[c] = 0
	}
	for _, c := range strings.Fields("BHD IQD JOD KWD LYD OMR TND") {
		m[c] = 3
	}
	return m
}()

// String writes a in minor units; use [Amount.Decimal] for people and programs.
func (a Amount) String() string { return strconv.FormatInt(int64(a), 10) }

// Decimal writes a with the currency's digits and a point: -1234.50.
func (a Amount) Decimal(digits int) string {
	s := strconv.FormatUint(abs(int64(a)), 10)
	if digits > 0 {
		if len(s) <= digits {
			s = strings.Repeat("0", digits+1-len(s)) + s
		}
		s = s[:len(s)-digits] + "." + s[len(s)-digits:]
	}
	if a < 0 {
		s = "-" + s
	}
	return s
}

// Parse reads a decimal with a point, such as -1234.50, as an Amount with the
// given digits. More decimals than the currency has are refused, unless they
// are zeros. How people and files write numbers is the business of intake.
func Parse(s string, digits int) (Amount, error) {
	m, exact, ok := parseScaled(s, digits)
	if !ok {
		return 0, fault.Field("amount", "write an amount such as 1234.50")
	}
	if !exact {
		return 0, fault.Field("amount", "has more decimals than the currency")
	}
	return Amount(m), nil
}

// ParseMicro reads a decimal with a point as a Micro, rounded half away from
// zero at the sixth decimal.
func ParseMicro(s string) (Micro, error) {
	m, _, ok := parseScaled(s, 6)
	if !ok {
		return 0, fault.Field("number", "write a number such as 12.5")
	}
	return Micro(m), nil
}

// parseScaled reads s times ten to the scale, rounded half away from zero.
func parseScaled(s string, scale int) (v int64, exact, ok bool) {
	digitsOf, neg := strings.CutPrefix(s, "-")
	if !neg {
		digitsOf = strings.TrimPrefix(s, "+")
	}
	whole, frac, _ := strings.Cut(digitsOf, ".")
	if whole == "" && frac == "" {
		return 0, false, false
	}
	exact = true
	var u uint64
	push := func(c byte) bool {
		if c < '0' || c > '9' || u > (math.MaxInt64-9)/10 {
			return false
		}
		u = u*10 + uint64(c-'0')
		return true
	}
	for i := range len(whole) {
		if !push(whole[i]) {
			return 0, false, false
		}
	}
	up := false
	for i := range max(scale, len(frac)) {
		switch {
		case i >= len(frac):
			if !push('0') {
				return 0, false, false
			}
		case frac[i] < '0' || frac[i] > '9':
			return 0, false, false
		case i < scale:
			if !push(frac[i]) {
				return 0, false, false
			}
		default:
			if i == scale {
				up = frac[i] >= '5'
			}
			exact = exact && frac[i] == '0'
		}
	}
	if up {
		u++
	}
	if v = int64(u); neg {
		v = -v
	}
	return v, exact, true
}

// String writes m without needless zeros: 2.5.
func (m Micro) String() string {
	s := Amount(m).Decimal(6)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Float returns m as a float, for statistics.
func (m Micro) Float() float64 { return float64(m) / float64(One) }

// Shares splits a into len(weights) parts in proportion to the weights. The
// parts add up to a exactly: what rounding leaves goes to the largest
// remainders, the first of equals first (Hamilton). Weights must not be
// negative; if all are zero, a is split equally.
func Shares(a Amount, weights []int64) []Amount {
	if len(weights) == 0 {
		return nil
	}
	weights, sum := summed(weights)
	if sum == 0 {
		weights = make([]int64, len(weights))
		for i := range weights {
			weights[i] = 1
		}
		sum = uint64(len(weights))
	}
	return hamilton(a, weights, sum)
}

// summed adds weights up. Where the sum would not fit into 64 bits, the weights
// are halved until it does: what that loses is far below a part in a billion.
func summed(weights []int64) ([]int64, uint64) {
	for {
		var sum, over, carry uint64
		for _, w := range weights {
			sum, carry = bits.Add64(sum, uint64(w), 0)
			over += carry
		}
		if over == 0 {
			return weights, sum
		}
		half := make([]int64, len(weights))
		for i, w := range weights {
			half[i] = w / 2
		}
		weights = half
	}
}

func hamilton(a Amount, weights []int64, sum uint64) []Amount {
	total := abs(int64(a))
	parts := make([]Amount, len(weights))
	rest := make([]uint64, len(weights))
	left := total
	for i, w := range weights {
		hi, lo := bits.Mul64(total, uint64(w))
		q, r := bits.Div64(hi, lo, sum)
		parts[i], rest[i] = Amount(q), r
		left -= q
	}
	for ; left > 0; left-- {
		best := -1
		for i, r := range rest {
			if r > 0 && (best < 0 || r > rest[best]) {
				best = i
			}
		}
		parts[best]++
		rest[best] = 0
	}
	if a < 0 {
		for i := range parts {
			parts[i] = -parts[i]
		}
	}
	return parts
}
