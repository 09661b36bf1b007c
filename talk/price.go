package talk

import (
	"math/big"

	"quid/money"
)

// A PriceRoom is how contribution IV of a window answers to the price, all else
// being as it was (docs/valuation.md, "Price room").
type PriceRoom struct {
	Base         money.Amount // what a price change moves: revenue less the deductions that go with it
	Contribution money.Amount // contribution IV as it is
	Margin       money.Amount // contribution I as it is: what goes with the volume
}

// Room returns the room of a window. proportional are the deductions that are a
// share of the price: cash discount, bonus and commission, negative.
func Room(revenue, proportional, first, fourth money.Amount) PriceRoom {
	return PriceRoom{Base: revenue + proportional, Contribution: fourth, Margin: first}
}

// Step is the smallest change of a price that is spoken of: a hundredth of a
// percent.
const Step = money.One / 10_000

// At is contribution IV after a change of the price, in millionths:
// IV + base × change, rounded once to a minor unit, half away from zero.
func (p PriceRoom) At(change money.Micro) (money.Amount, error) {
	moved, err := p.Base.Times(change)
	if err != nil {
		return 0, err
	}
	return p.Contribution + moved, nil
}

// Needed is the smallest change of the price, in hundredths of a percent, with
// which contribution IV reaches a target; ok is false where no change does.
func (p PriceRoom) Needed(target money.Amount) (change money.Micro, ok bool) {
	if p.Base <= 0 {
		return 0, false
	}
	// Least n with IV + base·n/10000 ≥ target − ½: what is rounded up reaches it.
	// 2·base·n ≥ (2·(target − IV) − 1)·10000.
	gap := new(big.Int).Sub(big.NewInt(int64(target)), big.NewInt(int64(p.Contribution)))
	gap.Lsh(gap, 1)
	gap.Sub(gap, big.NewInt(1))
	gap.Mul(gap, big.NewInt(int64(money.One/Step)))
	n := ceilDiv(gap, new(big.Int).Lsh(big.NewInt(int64(p.Base)), 1))
	limit := big.NewInt(1000 * int64(money.One/Step))
	if n.CmpAbs(limit) > 0 {
		return 0, false
	}
	change = money.Micro(n.Int64()) * Step
	for { // below zero, half a unit is rounded away from the target
		at, err := p.At(change)
		if err != nil {
			return 0, false
		}
		if at >= target {
			return change, true
		}
		change += Step
	}
}

// ceilDiv is a/b rounded up, for b above zero.
func ceilDiv(a, b *big.Int) *big.Int {
	q, m := new(big.Int).DivMod(a, b, new(big.Int)) // Euclidean: m is not below zero
	if m.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

// MayLose is the share of the volume, in millionths, that may be lost after a
// change of the price before contribution IV falls below what it is today; below
// zero it is what must be gained: base·c / (margin + base·c). ok is false where no
// volume would do.
func (p PriceRoom) MayLose(change money.Micro) (share money.Micro, ok bool) {
	moved, err := p.Base.Times(change)
	if err != nil || p.Margin+moved <= 0 || p.Margin <= 0 {
		return 0, false
	}
	v, err := money.MulDiv(int64(moved), int64(money.One), int64(p.Margin+moved))
	return money.Micro(v), err == nil
}
