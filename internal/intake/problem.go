package intake

// A Problem is one thing that is wrong in one line. Problem and Do are English
// sentences without names or values in them; they are keys in package locale.
type Problem struct {
	Line    int    `json:"line"`
	Column  string `json:"column,omitempty"` // as the file names it
	Field   string `json:"field,omitempty"`  // as we name it
	Value   string `json:"value,omitempty"`  // what stands there, shortened
	Problem string `json:"problem"`
	Do      string `json:"do,omitempty"`   // what to do about it
	Want    string `json:"want,omitempty"` // what would have been right, where it can be told
}

// What can be wrong. Each is a key in package locale.
const (
	notADay      = "this is not a date"
	onlyATime    = "this is a time without a date"
	noSuchDay    = "there is no such day"
	otherOrder   = "this date can't be read in the order of the others"
	unclearOrder = "day and month can't be told apart"

	notANumber    = "this is not a number"
	otherDecimal  = "this number can't be read with the decimal sign of the others"
	unclearNumber = "this number may be a thousand or a decimal"
	tooLarge      = "this number is too large"
	scientific    = "this number is in scientific notation, digits may be lost"
	notCurrency   = "what stands beside the number is no currency"
	twoCurrencies = "the currencies of this document differ"
	notWhole      = "this is not a whole number"
	notYesNo      = "this is neither yes nor no"
	notOneOf      = "this is not one of the known words"
	belowZero     = "this is below zero"
	above100      = "a discount above 100 percent"

	unclearDiscount = "this discount may be a percentage or a fraction: a 1 stands in its column and nothing above"
	unclearRate     = "this may be a percentage or a fraction"

	missing      = "this field is missing"
	tooLong      = "this text is too long"
	loneQuote    = "a quote stands alone at the end of this text"
	shortRow     = "the row has fewer fields than the header"
	longRow      = "the row has more fields than the header"
	noNet        = "there is neither a net amount nor quantity and unit price"
	netOff       = "the net amount is not quantity × unit price × (1 − discount)"
	totalOff     = "the lines do not add up to the total"
	dueBefore    = "the due day is before the day of the invoice"
	endsEarly    = "the agreement ends before it begins"
	solvedEarly  = "solved before the complaint was made"
	contractEnds = "the contract ends before it begins"
	notADuration = "this is not a duration"
	noDuration   = "nothing says how long it took"
	overADay     = "this is longer than a day"
	disagree     = "the lines of this number disagree"
	twiceLine    = "this line number stands twice on the invoice"
	tooManyLines = "the document has more than 100,000 lines or is larger than 48 MB"
	sameAgain    = "the sum is positive, but a credit note is negative"
)

// remedies say what to do about a problem.
var remedies = map[string]string{
	flawLong:      "correct the line breaks or quotes before this line",
	flawColumns:   "correct the delimiters of this line",
	notADay:       "write a day such as 2026-12-31",
	onlyATime:     "export the column again as a date, or map another column",
	noSuchDay:     "correct the day",
	otherOrder:    "correct the date, or give the order of the column",
	unclearOrder:  "say which order the dates of the file have",
	notANumber:    "correct the number, or map another column",
	otherDecimal:  "correct the number, or give the decimal sign of the column",
	unclearNumber: "say which decimal sign the file has",
	tooLarge:      "correct the number",
	scientific:    "format the column as a number without exponent and export it again",
	notCurrency:   "remove it, or write a currency code such as EUR",
	twoCurrencies: "one document has one currency: correct it",
	notWhole:      "write a whole number",
	notYesNo:      "write yes or no",
	notOneOf:      "use one of the words in the description of the field",
	belowZero:     "correct the number",
	above100:      "correct the discount",

	unclearDiscount: "write the discounts with a percent sign, or map the net amount too",
	unclearRate:     "write it with a percent sign, such as 0.5 %",
	missing:         "fill the field in",
	tooLong:         "shorten the text; a lost quote may have swallowed the delimiter",
	loneQuote:       "remove it; if it belongs to the text, put the text in quotes and double it",
	shortRow:        "look for a line break or a missing delimiter in the row",
	longRow:         "put fields that contain the delimiter in quotes",
	noNet:           "fill in the net amount, or quantity and unit price",
	netOff:          "correct the net amount, the quantity, the price or the discount",
	totalOff:        "look for a missing line, or correct the total",
	dueBefore:       "correct one of the two days",
	endsEarly:       "correct one of the two days",
	solvedEarly:     "correct one of the two days",
	contractEnds:    "correct one of the two days",
	notADuration:    "write hours and minutes such as 1:20, or map the column to hours, minutes or seconds",
	noDuration:      "write how long it took; a timer that still runs is exported once it was stopped",
	overADay:        "correct the duration, or map the column to hours, minutes or seconds",
	disagree:        "all lines of one number belong to one document: correct the line",
	twiceLine:       "number the lines of an invoice differently",
	tooManyLines:    "check that the right column is mapped as number",
	sameAgain:       "correct the sign or the kind of credit",
}

// Sentences returns every sentence of problems, remedies and questions, for a
// test of package locale that each is translated.
func Sentences() []string {
	all := []string{whyThousands, whyMixed, whyBroken, whyOrder, whyTwoOrders, whyYear}
	for problem, remedy := range remedies {
		all = append(all, problem, remedy)
	}
	return all
}
