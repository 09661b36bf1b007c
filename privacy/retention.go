package privacy

// A Rule says for how long a class of data is kept. Days are what is shipped; a
// company may say otherwise, and 0 is for ever.
type Rule struct {
	Class Class
	Days  int
	Least int // what the law asks for at least, in days; 0 for nothing
}

const year = 365

// Rules are the rules that can run, in their order: what the German commercial and
// tax codes ask for (HGB § 257, AO § 147: books 10 years, vouchers 8, letters 6),
// and what is common beyond. Three years let the claims of a year lapse (BGB § 195).
var Rules = []Rule{
	{BookClass, 10*year + 368, 10 * year},
	{VoucherClass, 8*year + 367, 8 * year},
	{LetterClass, 6*year + 367, 6 * year},
	{ReportClass, 3 * year, 0},
	{LeadClass, 2 * year, 0},
	{ImportClass, 180, 0},
	{ProofClass, 4 * year, 0},
}

// MostDays is the longest time that can be said.
const MostDays = 100 * year

// RuleOf returns the rule of a class.
func RuleOf(c Class) (Rule, bool) {
	for _, r := range Rules {
		if r.Class == c {
			return r, true
		}
	}
	return Rule{}, false
}
