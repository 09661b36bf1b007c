package store

import (
	"strings"

	"quid/privacy"
)

// Who adds a table or a column adds its entry here: a test compares the map with
// the live catalogue of both engines. An entry says which category a column is of
// and what an erasure does to it; the purpose and the time it is kept are those of
// its table unless it says otherwise.

// columns is a group of columns of one category.
func columns(c privacy.Category, exported bool, e privacy.Erasing, names string) []privacy.Column {
	var out []privacy.Column
	for _, name := range strings.Fields(names) {
		out = append(out, privacy.Column{Name: name, Category: c, Exported: exported, Erasing: e})
	}
	return out
}

// plumbing are ids, states and counters.
func plumbing(names string) []privacy.Column {
	return columns(privacy.None, false, privacy.Kept, names)
}

// business are days, money and kinds: part of an export where the row is about the
// person, kept when the person is erased.
func business(names string) []privacy.Column {
	return columns(privacy.Business, true, privacy.Kept, names)
}

// settings are of the business too, but never about a person.
func settings(names string) []privacy.Column {
	return columns(privacy.Business, false, privacy.Kept, names)
}

// derived are computed from the name of a person.
func derived(names string) []privacy.Column {
	return columns(privacy.OfCustomer, false, privacy.Derived, names)
}

func ofContact(e privacy.Erasing, names string) []privacy.Column {
	return columns(privacy.OfContact, true, e, names)
}

func ofCustomer(e privacy.Erasing, names string) []privacy.Column {
	return columns(privacy.OfCustomer, true, e, names)
}

// ofUser are of those who work with Quid: never told to somebody else, and erased with
// them, not with a customer's person.
func ofUser(e privacy.Erasing, names string) []privacy.Column {
	return columns(privacy.OfUser, false, e, names)
}

func freeText(e privacy.Erasing, names string) []privacy.Column {
	return columns(privacy.FreeText, true, e, names)
}

// An aging says which column tells how old a row is.
type aging struct {
	column string
	clock  privacy.Clock
	ended  string // only rows in which this column is set
}

var ageless = aging{}

func byDay(column string) aging     { return aging{column, privacy.Days, ""} }
func byInstant(column string) aging { return aging{column, privacy.Instants, ""} }
func byID(column string) aging      { return aging{column, privacy.IDs, ""} }
func onceEnded(column string) aging { return aging{column, privacy.Instants, column} }

// entryOf is the entry of a table; key are the columns that a row is found by.
func entryOf(name, key string, p privacy.Purpose, c privacy.Class, age aging, groups ...[]privacy.Column) privacy.Table {
	t := privacy.Table{Name: name, Key: strings.Fields(key), Age: age.column, Clock: age.clock, Ended: age.ended}
	for _, g := range groups {
		for _, col := range g {
			col.Purpose, col.Class = p, c
			t.Columns = append(t.Columns, col)
		}
	}
	return t
}

// DataMap returns the entry of every table of a book.
func DataMap() []privacy.Table { return dataMap }

// TableOf returns the entry of a table.
func TableOf(name string) *privacy.Table {
	for i := range dataMap {
		if dataMap[i].Name == name {
			return &dataMap[i]
		}
	}
	return nil
}

var dataMap = joined(mapOfCustomers, mapOfBooks, mapOfCare, mapOfTheRest, mapOfPeople)

func joined(parts ...[]privacy.Table) (all []privacy.Table) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// mapOfCustomers is whom the company deals with, and what they said to it.
var mapOfCustomers = []privacy.Table{
	entryOf("customer", "customer_id", privacy.Reach, privacy.RelationClass, ageless,
		plumbing("customer_id stub_at posted_on post_rev revision import_id created_at archived_at"),
		ofCustomer(privacy.Pseudonym, "external number name"), derived("sort_name search"),
		ofCustomer(privacy.Blanked, "street postal_code city phone email"),
		business("person_at state country industry size acquired_on channel acquired_for contract_at contract_since contract_until terms_days need rank suppliers credit_limit"),
		ofUser(privacy.Pseudonym, "owner"), freeText(privacy.Scrubbed, "note")),
	entryOf("customer_parent", "customer_id valid_from", privacy.Reach, privacy.RelationClass, ageless,
		plumbing("customer_id"), business("valid_from parent_id")),
	entryOf("contact", "customer_id contact_id", privacy.Reach, privacy.RelationClass, ageless,
		plumbing("customer_id contact_id revision import_id"),
		ofContact(privacy.Pseudonym, "external name"),
		ofContact(privacy.Blanked, "first_name role email phone language part attitude wants channels")),
	entryOf("document_key", "hash", privacy.Intake, privacy.RelationClass, ageless,
		plumbing("hash source kind customer_id id"), ofContact(privacy.Blanked, "external")),
	entryOf("consent", "customer_id contact_id consent_id", privacy.Proof, privacy.ProofClass, onceEnded("withdrawn_at"),
		plumbing("customer_id contact_id consent_id"), business("given_at made_at withdrawn_at"),
		ofContact(privacy.RowDropped, "purpose channel way"), freeText(privacy.RowDropped, "wording source"), ofUser(privacy.Pseudonym, "made_by")),
	entryOf("privacy_mark", "customer_id contact_id mark_id", privacy.Proof, privacy.ProofClass, onceEnded("ended_at"),
		plumbing("customer_id contact_id mark_id"), business("kind made_at ended_at"),
		freeText(privacy.RowDropped, "reason"), ofUser(privacy.Pseudonym, "made_by")),
	entryOf("erasure", "customer_id contact_id", privacy.Proof, privacy.TechnicalClass, ageless,
		plumbing("customer_id contact_id erasure_id pseudonym cleaned_at"), settings("reason erased_at")),
}

// mapOfBooks is the value account and its documents.
var mapOfBooks = []privacy.Table{
	entryOf("posting", "customer_id day posting_id", privacy.Books, privacy.BookClass, ageless,
		plumbing("customer_id posting_id reverses document_kind document_id revision"), business("day kind volume amount cause rate")),
	entryOf("invoice", "customer_id invoice_id", privacy.Books, privacy.VoucherClass, ageless,
		plumbing("customer_id invoice_id posted_on revision version lines_hash own_lines import_id withdrawn_at agreement_id parts"),
		business("day due terms_days receivable settled_on late_days disputed_on listed_net listed net cost credit credits accrued number gross total paid_on")),
	entryOf("invoice_line", "customer_id invoice_id line", privacy.Books, privacy.VoucherClass, ageless,
		plumbing("customer_id invoice_id line product_id"), business("quantity unit_price discount net cost")),
	entryOf("invoice_deduction", "customer_id invoice_id cause", privacy.Books, privacy.VoucherClass, ageless,
		plumbing("customer_id invoice_id"), business("cause amount")),
	entryOf("payment", "customer_id payment_id", privacy.Books, privacy.VoucherClass, ageless,
		plumbing("customer_id payment_id invoice_id posted_on revision version parts_hash import_id withdrawn_at"), business("number day amount discount")),
	entryOf("settlement", "customer_id invoice_id means_id", privacy.Books, privacy.VoucherClass, ageless,
		plumbing("customer_id invoice_id means_id"), business("day amount days_late")),
	entryOf("bonus_agreement", "customer_id agreement_id", privacy.Books, privacy.VoucherClass, ageless,
		plumbing("customer_id agreement_id revision version import_id withdrawn_at"), business("number valid_from valid_until rate spread")),
	entryOf("bonus_accrual", "customer_id accrual_id", privacy.Books, privacy.VoucherClass, ageless,
		plumbing("customer_id accrual_id agreement_id owner_id posted_on revision withdrawn_at"), business("number spread day base amount")),
	entryOf("unaccrued", "customer_id step", privacy.Operation, privacy.TechnicalClass, ageless, plumbing("customer_id step")),
	entryOf("unsettled", "customer_id", privacy.Operation, privacy.TechnicalClass, ageless, plumbing("customer_id")),
	entryOf("complaint", "customer_id complaint_id", privacy.Books, privacy.LetterClass, byDay("day"),
		plumbing("customer_id complaint_id invoice_id posted_on revision version import_id withdrawn_at"),
		business("number day amount cost credit severity justified solved_on"), freeText(privacy.Scrubbed, "subject")),
	entryOf("interaction", "customer_id interaction_id", privacy.Care, privacy.LetterClass, byDay("day"),
		plumbing("customer_id interaction_id posted_on revision version import_id withdrawn_at service_id"),
		business("number day channel direction minutes purpose cost taken rate"),
		ofContact(privacy.Pseudonym, "contact"), freeText(privacy.Scrubbed, "subject")),
	entryOf("service_entry", "customer_id entry_id", privacy.Books, privacy.VoucherClass, byDay("day"),
		plumbing("customer_id entry_id posted_on revision version import_id withdrawn_at estimate_id joint_id replaces charge_invoice charge_line"),
		business("number day type_id quantity cost benefit rate team_id minutes charge line_net line_cost benefit_source benefit_state"),
		ofContact(privacy.Pseudonym, "contact"), freeText(privacy.Scrubbed, "background why")),
	entryOf("service_author", "customer_id entry_id", privacy.Intake, privacy.AuthorClass, ageless,
		plumbing("customer_id entry_id written_at"), ofUser(privacy.ByAge, "name")),
	entryOf("service_estimate", "customer_id estimate_id", privacy.Books, privacy.VoucherClass, ageless,
		plumbing("customer_id estimate_id made_at ended_at"), business("type_id quantity valid_from valid_until team_id")),
	entryOf("service_outcome", "customer_id entry_id outcome_id", privacy.Books, privacy.VoucherClass, byInstant("made_at"),
		plumbing("customer_id entry_id outcome_id made_at"), business("kind quantity rate state"), freeText(privacy.Scrubbed, "source")),
	entryOf("attachment", "customer_id attachment_id", privacy.Books, privacy.VoucherClass, byInstant("made_at"),
		plumbing("customer_id attachment_id entry_id send_key hash"), business("media size made_at"), freeText(privacy.Blanked, "content")),
	entryOf("score", "customer_id valuation_id", privacy.Judging, privacy.RelationClass, ageless,
		plumbing("customer_id valuation_id"),
		business("revenue sale deduction acquisition care late_payment accrued complaint service goodwill benefit unknown_cost score data_basis credibility lifetime alive flags"),
		settings("figures")),
	entryOf("override", "customer_id override_id", privacy.Judging, privacy.RelationClass, byDay("valid_until"),
		plumbing("customer_id override_id made_at ended_at"), business("class segment reason valid_from valid_until"),
		ofUser(privacy.Pseudonym, "made_by"), freeText(privacy.Scrubbed, "note")),
	entryOf("candidate", "customer_id kind document_id line", privacy.Care, privacy.TechnicalClass, ageless,
		plumbing("customer_id kind document_id line entry_id decided_at")),
	entryOf("rating", "customer_id rating_id", privacy.Care, privacy.ReportClass, onceEnded("answered_at"),
		plumbing("customer_id rating_id entry_id"), business("answered_at"), ofContact(privacy.Pseudonym, "contact"), freeText(privacy.Scrubbed, "comment")),
	entryOf("rating_answer", "customer_id rating_id type_id", privacy.Care, privacy.ReportClass, ageless,
		plumbing("customer_id rating_id type_id"), business("noticed helped worth pay")),
}

// mapOfCare is how customers are looked after.
var mapOfCare = []privacy.Table{
	entryOf("budget", "customer_id valid_from", privacy.Care, privacy.RelationClass, ageless,
		plumbing("customer_id written_at"), business("valid_from amount share"), ofUser(privacy.Pseudonym, "written_by"), freeText(privacy.Scrubbed, "note")),
	entryOf("strategy", "customer_id version", privacy.Care, privacy.RelationClass, ageless,
		plumbing("customer_id version made_at"), business("direction segment valid_from review_on"), ofUser(privacy.Pseudonym, "made_by"), freeText(privacy.Scrubbed, "plan")),
	entryOf("task", "customer_id task_id", privacy.Care, privacy.ReportClass, onceEnded("ended_at"),
		plumbing("customer_id task_id made_at accepted_at revision again_on"), business("rule figures due state ended_at"),
		ofUser(privacy.Pseudonym, "owner made_by"), freeText(privacy.Pseudonym, "title"), freeText(privacy.Scrubbed, "reason answer")),
	entryOf("development", "customer_id development_id", privacy.Care, privacy.ReportClass, onceEnded("ended_at"),
		plumbing("customer_id development_id made_at revision"), business("until segment state ended_at"),
		ofUser(privacy.Pseudonym, "owner made_by"), freeText(privacy.Pseudonym, "goal services"), freeText(privacy.Scrubbed, "answer")),
	entryOf("possible_value", "customer_id", privacy.Care, privacy.RelationClass, ageless,
		plumbing("customer_id written_at revision"), business("amount"), ofUser(privacy.Pseudonym, "written_by"), freeText(privacy.Scrubbed, "note")),
	entryOf("timer", "customer_id timer_id", privacy.Care, privacy.TechnicalClass, ageless,
		plumbing("customer_id timer_id"), business("type_id started_at stopped_at"), freeText(privacy.Scrubbed, "background")),
	entryOf("entry_template", "customer_id template_id", privacy.Care, privacy.RelationClass, ageless,
		plumbing("customer_id template_id made_at"), business("type_id minutes quantity team_id"),
		ofContact(privacy.Pseudonym, "contact"), freeText(privacy.Pseudonym, "name"), freeText(privacy.Scrubbed, "background")),
	entryOf("link", "customer_id link_id", privacy.Care, privacy.TechnicalClass, ageless,
		plumbing("customer_id link_id"), business("kind lang from_day to_day shows ends_on made_at revoked_at"), ofUser(privacy.Pseudonym, "made_by")),
	entryOf("talk", "customer_id talk_id", privacy.Care, privacy.LetterClass, byDay("day"),
		plumbing("customer_id talk_id made_at withdrawn_at"), business("day valid_from"), ofUser(privacy.Pseudonym, "made_by"), freeText(privacy.Scrubbed, "asked conceded note")),
	entryOf("talk_gain", "customer_id talk_id number", privacy.Care, privacy.LetterClass, byID("talk_id"),
		plumbing("customer_id talk_id number"), business("kind share"), freeText(privacy.Scrubbed, "note")),
	entryOf("draft", "customer_id draft_id", privacy.Care, privacy.TechnicalClass, ageless,
		plumbing("customer_id draft_id state ended_at"), business("kind made_at"), ofUser(privacy.Pseudonym, "made_by ended_by"), freeText(privacy.RowDropped, "content why")),
	entryOf("playbook", "segment", privacy.Setup, privacy.TechnicalClass, ageless,
		plumbing("revision written_at"), settings("segment form contact_days response_hours amount share minimum"),
		ofUser(privacy.Pseudonym, "written_by"), freeText(privacy.Scrubbed, "goals templates")),
	entryOf("calendar_feed", "feed_id", privacy.Operation, privacy.TechnicalClass, ageless,
		plumbing("feed_id hash made_at revoked_at"), ofUser(privacy.Pseudonym, "owner")),
	entryOf("argument", "code lang", privacy.Setup, privacy.TechnicalClass, ageless,
		plumbing("code lang revision"), freeText(privacy.Scrubbed, "gain loss")),
	entryOf("objection", "code lang number", privacy.Setup, privacy.TechnicalClass, ageless,
		plumbing("code lang number"), freeText(privacy.Scrubbed, "says answer")),
	entryOf("statement_run", "run_id", privacy.Care, privacy.TechnicalClass, ageless,
		plumbing("run_id file made_at ended_at"), settings("lang from_day to_day shows count"), ofUser(privacy.Pseudonym, "owner")),
}

// mapOfTheRest is what is set up once, what came in, and what runs the program.
var mapOfTheRest = []privacy.Table{
	entryOf("book", "one", privacy.Setup, privacy.TechnicalClass, ageless,
		plumbing("one changed created_at"), settings("name currency digits closed_until")),
	entryOf("company", "one", privacy.Setup, privacy.TechnicalClass, ageless,
		plumbing("one revision logo_kind"), settings("name street place phone web colour logo"), ofUser(privacy.Blanked, "contact email")),
	entryOf("rate", "name valid_from", privacy.Setup, privacy.TechnicalClass, ageless, settings("name valid_from per_piece per_minute")),
	entryOf("exchange", "currency day", privacy.Setup, privacy.TechnicalClass, ageless, settings("currency day rate")),
	entryOf("product", "product_id", privacy.Setup, privacy.TechnicalClass, ageless,
		plumbing("product_id stub_at revision import_id"), settings("external name category unit standard_cost list_price")),
	entryOf("service_type", "type_id", privacy.Setup, privacy.TechnicalClass, ageless,
		plumbing("type_id stub_at revision import_id"), settings("code name_de name_en category unit step rung words sold_at retired_at")),
	entryOf("service_rate", "type_id team_id valid_from", privacy.Setup, privacy.TechnicalClass, ageless,
		plumbing("type_id team_id"), settings("valid_from cost benefit")),
	entryOf("team", "team_id", privacy.Setup, privacy.TechnicalClass, ageless, plumbing("team_id revision"), settings("retired_at"), freeText(privacy.Scrubbed, "name")),
	entryOf("team_cost", "team_id valid_from", privacy.Setup, privacy.TechnicalClass, ageless,
		plumbing("team_id"), settings("valid_from cost people minutes practical free")),
	entryOf("closing", "closing_id", privacy.Books, privacy.BookClass, ageless,
		plumbing("closing_id"), settings("closed_until made_at"), freeText(privacy.Scrubbed, "reason")),
	entryOf("setting", "name", privacy.Setup, privacy.TechnicalClass, ageless, plumbing("name"), freeText(privacy.Scrubbed, "value")),
	entryOf("book_key", "name", privacy.Operation, privacy.TechnicalClass, ageless, plumbing("name secret made_at")),
	entryOf("model", "model_id", privacy.Judging, privacy.TechnicalClass, ageless,
		plumbing("model_id made_at"), settings("spec"), freeText(privacy.Scrubbed, "note")),
	entryOf("valuation", "valuation_id", privacy.Judging, privacy.TechnicalClass, ageless,
		plumbing("valuation_id model_id changed started_at ended_at"), settings("as_of summary")),
	entryOf("import", "import_id", privacy.Intake, privacy.ImportClass, ageless,
		plumbing("import_id kind sha256 state documents bytes_done bytes_total counts started_at ended_at"),
		freeText(privacy.Scrubbed, "file path options problem report")),
	entryOf("import_change", "import_id seq", privacy.Intake, privacy.ImportClass, byID("import_id"),
		plumbing("import_id seq kind customer_id id"), freeText(privacy.RowDropped, "before")),
	entryOf("import_problem", "import_id seq", privacy.Intake, privacy.ImportClass, byID("import_id"),
		plumbing("import_id seq line field"), freeText(privacy.Scrubbed, "problem"), freeText(privacy.Blanked, "value row_text")),
	entryOf("mapping", "kind header", privacy.Intake, privacy.TechnicalClass, ageless,
		plumbing("kind used_at"), freeText(privacy.RowDropped, "header options")),
	entryOf("sheet_word", "about word", privacy.Intake, privacy.TechnicalClass, ageless,
		plumbing("about means"), freeText(privacy.RowDropped, "word")),
	entryOf("mail", "mail_id", privacy.Intake, privacy.ImportClass, byInstant("received_at"),
		plumbing("mail_id state received_at"), freeText(privacy.Blanked, "sender line"), freeText(privacy.Scrubbed, "reason")),
	entryOf("view", "view_id", privacy.Operation, privacy.TechnicalClass, ageless,
		plumbing("view_id made_at"), freeText(privacy.Scrubbed, "name query")),
	entryOf("probe", "probe_id", privacy.Operation, privacy.TechnicalClass, ageless, plumbing("probe_id written_at")),
	entryOf("job", "job_id", privacy.Operation, privacy.TechnicalClass, ageless,
		plumbing("job_id kind arg state run_at leased_until lease tries done total made_at ended_at"), freeText(privacy.Scrubbed, "problem")),
	entryOf("goose_db_version", "id", privacy.Operation, privacy.TechnicalClass, ageless, plumbing("id version_id is_applied tstamp")),
}

// mapOfPeople is who works with Quid, and what they did.
var mapOfPeople = []privacy.Table{
	entryOf("user_account", "user_id", privacy.Operation, privacy.TechnicalClass, ageless,
		plumbing("user_id totp_at totp_step revision created_at"), settings("role visibility suspended_at left_at"),
		ofUser(privacy.Pseudonym, "login name"), ofUser(privacy.Blanked, "owner crew password totp handle issuer subject")),
	entryOf("user_session", "session_hash", privacy.Operation, privacy.TechnicalClass, ageless,
		plumbing("session_hash session_id user_id second_at created_at seen_at ends_at"), ofUser(privacy.RowDropped, "address agent")),
	entryOf("user_token", "token_hash", privacy.Operation, privacy.TechnicalClass, ageless, plumbing("token_hash user_id kind made_at ends_at")),
	entryOf("user_passkey", "credential", privacy.Operation, privacy.TechnicalClass, ageless,
		plumbing("credential user_id content made_at used_at"), ofUser(privacy.RowDropped, "name")),
	entryOf("user_recovery", "user_id code_hash", privacy.Operation, privacy.TechnicalClass, ageless, plumbing("user_id code_hash")),
	entryOf("api_key", "key_id", privacy.Operation, privacy.TechnicalClass, ageless,
		plumbing("key_id key_hash made_by made_at used_at"), settings("role scope ends_on revoked_at"), ofUser(privacy.Pseudonym, "owner"), freeText(privacy.Scrubbed, "name")),
	entryOf("webhook", "webhook_id", privacy.Operation, privacy.TechnicalClass, ageless,
		plumbing("webhook_id secret old_secret old_until worked_at revision made_at"), settings("events off_at off_why"), ofUser(privacy.Pseudonym, "made_by"),
		freeText(privacy.Scrubbed, "name address")),
	entryOf("webhook_delivery", "webhook_id delivery_id", privacy.Operation, privacy.TechnicalClass, ageless,
		plumbing("webhook_id delivery_id event_id kind state tries attempts next_at status made_at ended_at"), freeText(privacy.Scrubbed, "body problem")),
	entryOf("webhook_attempt", "webhook_id delivery_id number", privacy.Operation, privacy.TechnicalClass, ageless,
		plumbing("webhook_id delivery_id number tried_at millis status"), freeText(privacy.Scrubbed, "problem answer")),
	entryOf("audit", "audit_id", privacy.Proof, privacy.ProofClass, ageless,
		plumbing("audit_id user_id key_id via request noun noun_id customer_id"), settings("made_at what"),
		ofUser(privacy.Blanked, "address"), freeText(privacy.Scrubbed, "before after")),
}
