package money

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// half rounds num/den half away from zero with whole numbers of any size.
func half(num, den *big.Int) *big.Int {
	n, d := new(big.Int).Mul(num, big.NewInt(2)), new(big.Int).Mul(den, big.NewInt(2))
	if num.Sign() < 0 {
		n.Sub(n, den)
	} else {
		n.Add(n, den)
	}
	return n.Quo(n, d)
}

func TestMulDivIsExactRounding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(-1e15, 1e15).Draw(t, "a")
		b := rapid.Int64Range(-1e12, 1e12).Draw(t, "b")
		c := rapid.Int64Range(1, 1e13).Draw(t, "c")
		want := half(new(big.Int).Mul(big.NewInt(a), big.NewInt(b)), big.NewInt(c))
		got, err := MulDiv(a, b, c)
		if want.IsInt64() != (err == nil) || (err == nil && got != want.Int64()) {
			t.Fatalf("MulDiv(%d, %d, %d) = %d, %v; want %s", a, b, c, got, err, want)
		}
	})
}

func TestProductRoundsOnce(t *testing.T) {
	t.Parallel()
	million := big.NewInt(int64(One))
	den := new(big.Int).Exp(million, big.NewInt(3), nil)
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.Int64Range(-1e12, 1e12).Draw(t, "quantity")
		u := rapid.Int64Range(-1e14, 1e14).Draw(t, "unit")
		d := rapid.OneOf(rapid.Int64Range(0, 1e6), rapid.Just(int64(500_000)), rapid.Just(int64(0))).Draw(t, "discount")
		num := new(big.Int).Mul(big.NewInt(q), big.NewInt(u))
		num.Mul(num, big.NewInt(int64(One)-d))
		want := half(num, den)
		got, err := Product(Micro(q), Micro(u), Micro(d))
		if want.IsInt64() != (err == nil) || (err == nil && int64(got) != want.Int64()) {
			t.Fatalf("Product(%d, %d, %d) = %d, %v; want %s", q, u, d, got, err, want)
		}
	})
}

func TestSharesAddUpAndAreFair(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a := Amount(rng.Int64N(2_000_001) - 1_000_000)
		w := make([]int64, 1+rng.IntN(9))
		var sum int64
		for i := range w {
			w[i] = rng.Int64N(5)
			sum += w[i]
		}
		parts := Shares(a, w)
		var total Amount
		for i, p := range parts {
			total += p
			exact := float64(a) / float64(len(w))
			if sum > 0 {
				exact = float64(a) * float64(w[i]) / float64(sum)
			}
			if math.Abs(float64(p)-exact) >= 1 {
				t.Fatalf("Shares(%d, %v)[%d] = %d, a unit or more from %.3f", a, w, i, p, exact)
			}
		}
		if total != a {
			t.Fatalf("Shares(%d, %v) add up to %d", a, w, total)
		}
	}
}

func TestDecimalAndParseAreInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := Amount(rapid.Int64Range(-1e17, 1e17).Draw(t, "a"))
		digits := rapid.IntRange(0, 3).Draw(t, "digits")
		got, err := Parse(a.Decimal(digits), digits)
		if err != nil || got != a {
			t.Fatalf("Parse(%q) = %d, %v; want %d", a.Decimal(digits), got, err, a)
		}
	})
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want Amount
		ok   bool
	}{
		{"12.50", 1250, true},
		{"-0.05", -5, true},
		{"+3", 300, true},
		{".5", 50, true},
		{"12.500", 1250, true},
		{"12.345", 0, false},
		{"", 0, false},
		{"-", 0, false},
		{"1,5", 0, false},
		{"1e5", 0, false},
		{"92233720368547758.08", 0, false},
	} {
		got, err := Parse(tt.in, 2)
		if (err == nil) != tt.ok || got != tt.want {
			t.Errorf("Parse(%q) = %d, %v", tt.in, got, err)
		}
	}
	if m, err := ParseMicro("0.30000000000000004"); err != nil || m != 300_000 {
		t.Errorf("ParseMicro of a float's tail = %d, %v", m, err)
	}
	if s := Micro(2_500_000).String(); s != "2.5" {
		t.Errorf("Micro.String = %q", s)
	}
}

func TestInterestOfATenthousandOverAMonth(t *testing.T) {
	t.Parallel()
	// 10,000.00 × 30 × 8% / 365 = 65.753…
	if got, err := Interest(10_000_00, 30, 80_000); err != nil || got != 65_75 {
		t.Errorf("Interest = %d, %v; want 6575", got, err)
	}
}

// Weights whose sum does not fit into 64 bits still share out to the cent.
func TestSharesOfHugeWeights(t *testing.T) {
	weights := make([]int64, 5)
	for i := range weights {
		weights[i] = math.MaxInt64
	}
	sum := Amount(0)
	for _, part := range Shares(1_000_03, weights) {
		if part != 20_000 && part != 20_001 {
			t.Errorf("a fifth of 100003 is %d", part)
		}
		sum += part
	}
	if sum != 1_000_03 {
		t.Errorf("the parts add up to %d", sum)
	}
}
