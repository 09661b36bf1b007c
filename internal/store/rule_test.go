package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"quid/internal/auth/authtest"
)

// allStatements returns every statement of the package by name: the constants and
// variables whose names begin with sql, and those that check external ids. One
// that ends where a list of values begins gets a list of one.
func allStatements(t *testing.T) map[string]string {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	exprs := make(map[string]ast.Expr)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok {
					for i, name := range v.Names {
						if i < len(v.Values) {
							exprs[name.Name] = v.Values[i]
						}
					}
				}
			}
		}
	}
	all := make(map[string]string)
	for name, e := range exprs {
		if !strings.HasPrefix(name, "sql") || name == "sqliteEngine" {
			continue
		}
		text, ok := written[name]
		if !ok {
			text = textOf(t, name, e, exprs)
		}
		if strings.HasSuffix(strings.TrimSpace(text), " IN") {
			text += "($1)"
		}
		all[name] = strings.ReplaceAll(text, "%[1]s", "($1)")
	}
	for _, k := range keyed {
		all["dangling "+k.name], all["count "+k.name] = k.dangling, k.count
	}
	return all
}

// written are statements that a function writes.
var written = map[string]string{
	"sqlPutCustomer": sqlPutCustomer, "sqlPutContact": sqlPutContact, "sqlPutProduct": sqlPutProduct, "sqlPutComplaint": sqlPutComplaint,
	"sqlPutInteraction": sqlPutInteraction, "sqlPutEntry": sqlPutEntry, "sqlPutType": sqlPutType,
	"sqlPutTask": sqlPutTask, "sqlPutDevelopment": sqlPutDevelopment,
	"sqlPutImport": sqlPutImport, "sqlPutAgreement": sqlPutAgreement, "sqlPutAccrual": sqlPutAccrual,
}

// textOf evaluates a constant of literals, other constants and +.
func textOf(t *testing.T, name string, e ast.Expr, exprs map[string]ast.Expr) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return s
	case *ast.BinaryExpr:
		return textOf(t, name, e.X, exprs) + textOf(t, name, e.Y, exprs)
	case *ast.Ident:
		if of, ok := exprs[e.Name]; ok {
			return textOf(t, e.Name, of, exprs)
		}
	}
	t.Fatalf("%s is neither a constant nor among the statements that functions write", name)
	return ""
}

// A typing error, a column that is gone or a word that only one engine knows
// fails here and not in somebody's installation.
func TestStatements(t *testing.T) {
	t.Parallel()
	all := allStatements(t)
	if len(all) < 100 {
		t.Fatalf("only %d statements were found", len(all))
	}
	for table, set := range withdrawals {
		all["withdraw "+table.String()] = set
	}
	onEach(t, func(t *testing.T, db *DB) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			stmt, err := db.write.PrepareContext(authtest.Context(t), all[name])
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, all[name])
				continue
			}
			if err := stmt.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// The check is not blind: what only one engine knows, what has no type and what
// is not there are refused by the engine that minds.
func TestStatementsMindsWhatOnlyOneEngineKnows(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		bad := []string{`SELECT GREATEST(1, 2) FROM book WHERE nowhere = 1`}
		if db.Engine() == "sqlite" {
			bad = append(bad, `SELECT to_char(changed, '9') FROM book`, `SELECT GREATEST(1, 2)`)
		} else {
			bad = append(bad, `SELECT $1 IS NULL`, `SELECT unixepoch()`, `SELECT name FROM book WHERE name = 1`)
		}
		for _, text := range bad {
			if stmt, err := db.write.PrepareContext(authtest.Context(t), text); err == nil {
				stmt.Close()
				t.Errorf("%s was accepted", text)
			}
		}
	})
}

// customerTables hold a customer's data: one shard holds all of a customer.
var customerTables = []string{
	"customer", "customer_parent", "contact", "posting", "invoice", "invoice_line", "invoice_deduction", "payment", "settlement", "complaint", "interaction",
	"service_entry", "score", "override", "unsettled", "bonus_agreement", "bonus_accrual", "unaccrued",
	"budget", "strategy", "task", "development", "possible_value",
	"service_author", "service_estimate", "attachment",
	"rating", "rating_answer", "service_outcome",
	"timer", "entry_template",
	"link", "talk", "talk_gain",
	"candidate", "privacy_mark", "consent", "erasure", "draft",
}

// scans are the statements that ask every shard, and why they may.
var scans = map[string]string{
	"sqlOwnerOfEach":    "whose customers somebody sees, for sums over many",
	"sqlCountCustomers": "the size of the book", "sqlNthCustomer": "splits the customers for the valuation", "sqlLedgerChunk": "the next customers to check",
	"sqlCustomersByNewest": "pages of all customers for programs", "sqlByNumber": "finds customers by what people call them", "sqlBySortName": "likewise", "sqlByExternal": "likewise",
	"sqlSnapshotCustomers": "all customers into memory", "sqlSnapshotScores": "a whole valuation into memory", "sqlScores": "a whole valuation, streamed",
	"sqlPlaces": "the dead band looks at all customers", "sqlDropFrom": "takes an unfinished valuation away", "sqlDropRest": "likewise",
	"sqlScoreTotals": "check: a whole valuation", "sqlPostingTotals": "check: all postings of a window", "sqlOverridesOn": "what holds on the day of a valuation",
	"sqlPostedWithin": "is there any posting in a window", "sqlNewestDay": "the newest posting of all", "sqlTypesUsed": "undo: service types in use",
	"sqlDropScores": "likewise", "sqlAnyCustomer": "is there any customer", "sqlKept": "is there any document of a kind",
	"sqlProductsUsed": "undo: products in use", "sqlUnsettled": "the queue of customers to settle",
	"sqlAnyAgreement": "is there any bonus agreement", "sqlUnaccrued": "the queue of customers whose bonuses are due", "sqlAccruedBy": "a group bears an agreement together",
	"sqlServices": "entries of a window, of all customers", "sqlJointEntries": "one service for many customers", "sqlEstimating": "customers with an estimate",
	"sqlTeamMinutes": "capture coverage of teams", "sqlServing": "likewise", "sqlAuthorSums": "by person, only where it was agreed", "sqlServiceDays": "reports on services", "sqlServicesByCustomer": "likewise", "sqlServiceList": "likewise", "sqlNextEstimated": "what was estimated lately, by an index", "sqlEstimateBatch": "likewise", "sqlEstimatedAt": "whose estimates one batch made", "sqlPostedRates": "what was posted of a service at which rate", "sqlEstimatedCosts": "what of all customers' services is estimated",
	"sqlForgetAuthors": "forgets names by their age", "sqlAnyAuthor": "is there any name left",
	"sqlTypeOpinions": "what customers say of the types",
	"sqlAccruing":     "check: who bears a bonus", "sqlMembersEver": "all who ever belonged to a group", "sqlLeads": "does anybody belong to it",
	"sqlAllBudgetSums": "the budgets of all customers, after a valuation", "sqlAllBudgets": "likewise", "sqlStrategies": "likewise",
	"sqlAllContactSums": "the care of all customers, after a valuation", "sqlServiceMinutes": "likewise", "sqlWorths": "likewise", "sqlCareRows": "likewise",
	"sqlLiveTasks": "the tasks of all owners", "sqlEnded": "likewise", "sqlTallies": "what became of all proposals", "sqlRuledOut": "what may not be proposed again",
	"sqlDevelopments": "all plans that run", "sqlDeveloped": "the plans that ended last", "sqlPossibles": "possible value of all customers",
	"sqlNames": "the names of all customers into memory", "sqlNamesState": "whether they changed",
	"sqlRecent": "the few entries written last, by their ids", "sqlTimers": "the few timers that run", "sqlTemplates": "the few templates there are",
	"sqlFreeLines": "documents that may be services, newest first by an index", "sqlCreditNotes": "likewise", "sqlServiceLike": "likewise",
	"sqlOpenDrafts": "the few drafts that wait, by an index", "sqlForgetDrafts": "drafts that are too old",
	"sqlServed":        "who gets a benefit statement",
	"sqlKnownContacts": "finds persons by name, mail or telephone", "sqlKnownCustomers": "likewise", "sqlContactAnywhere": "a contact that went to another customer",
	"sqlDealings":  "retention: when something last happened with anybody",
	"sqlLiveMarks": "the few persons of whom something is noted", "sqlErasures": "the few persons who were erased", "sqlCleaned": "likewise",
}

var (
	tableNamed = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|UPDATE|INTO)\s+([a-z_]+)`)
	byCustomer = regexp.MustCompile(`customer_id (=|IN|>=|>) ?(\$|\(|[a-z]\.customer_id)|\(customer_id, [a-z_]+\) > \(`)
)

// Every statement on a customer's table names the customer, or is listed as a
// scan with its reason.
func TestStatementsNameTheCustomer(t *testing.T) {
	t.Parallel()
	used := make(map[string]bool)
	for name, text := range allStatements(t) {
		if strings.HasPrefix(name, "count ") || strings.HasPrefix(name, "dangling ") || strings.HasPrefix(strings.TrimSpace(text), "INSERT") {
			continue // checks of the whole book; new rows carry their customer
		}
		ofCustomer := false
		for _, m := range tableNamed.FindAllStringSubmatch(text, -1) {
			ofCustomer = ofCustomer || slices.Contains(customerTables, m[1])
		}
		named := byCustomer.MatchString(text)
		_, listed := scans[name]
		used[name] = used[name] || (ofCustomer && listed && !named) || listed
		if ofCustomer && !named && !listed {
			t.Errorf("%s names no customer and is not listed as a scan:\n%s", name, text)
		}
	}
	for name := range scans {
		if !used[name] {
			t.Errorf("%s is listed as a scan, but is no statement any more", name)
		}
	}
}

// byOtherKeys are tables with a customer_id that is not theirs: document_key is
// how an external id finds its customer; import_change is a local table of
// imports, audit the log of all.
var byOtherKeys = []string{"document_key", "import_change", "audit"}

const keysOfTables = `
	SELECT t.relname, i.relname, (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = x.indkey[0])
	FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = t.relnamespace
	WHERE n.nspname = current_schema() AND (x.indisunique OR x.indisprimary)
	  AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'customer_id' AND NOT a.attisdropped)`

const foreignKeys = `
	SELECT t.relname, f.relname, (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = c.conkey[1])
	FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid JOIN pg_namespace n ON n.oid = t.relnamespace
	WHERE n.nspname = current_schema() AND c.contype = 'f'`

const triggersOf = `
	SELECT t.relname, g.tgname, '' FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
	WHERE n.nspname = current_schema() AND NOT g.tgisinternal`

// catalogue returns three columns of a query of PostgreSQL's catalogue.
func catalogue(t *testing.T, db *DB, query string) [][3]string {
	t.Helper()
	rows, err := db.read.QueryContext(authtest.Context(t), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out [][3]string
	for rows.Next() {
		var r [3]string
		if err := rows.Scan(&r[0], &r[1], &r[2]); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// brokenRules returns what would keep the schema from being sharded by customer.
func brokenRules(t *testing.T, db *DB) []string {
	t.Helper()
	var bad []string
	for _, k := range catalogue(t, db, keysOfTables) {
		if k[2] != "customer_id" && !slices.Contains(byOtherKeys, k[0]) {
			bad = append(bad, "key "+k[1]+" of "+k[0]+" begins with "+k[2])
		}
	}
	reference := []string{"product", "service_type", "team", "book", "model", "import", "valuation"}
	for _, k := range catalogue(t, db, foreignKeys) {
		if k[2] != "customer_id" && !slices.Contains(reference, k[1]) {
			bad = append(bad, "foreign key of "+k[0]+" to "+k[1]+" is on "+k[2])
		}
	}
	for _, k := range catalogue(t, db, triggersOf) {
		bad = append(bad, "trigger "+k[1]+" of "+k[0])
	}
	return bad
}

// The schema can be sharded by customer: the rules of Citus hold in the
// catalogue, and the check sees what breaks them.
func TestTheSchemaIsReadyForShards(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		if db.Engine() != "postgres" {
			t.Skip("the catalogue is PostgreSQL's")
		}
		if n := len(catalogue(t, db, keysOfTables)); n < len(customerTables) {
			t.Fatalf("only %d keys were found", n)
		}
		if bad := brokenRules(t, db); bad != nil {
			t.Errorf("the schema breaks rules: %q", bad)
		}
		for _, q := range []string{
			"CREATE UNIQUE INDEX invoice_number ON invoice (number)",
			"CREATE TABLE visit (visit_id BIGINT PRIMARY KEY, customer_id BIGINT)",
			"CREATE TABLE visit_part (customer_id BIGINT, line BIGINT, visit_id BIGINT REFERENCES visit (visit_id), PRIMARY KEY (customer_id, line))",
			"CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
			"CREATE TRIGGER on_posting BEFORE INSERT ON posting FOR EACH ROW EXECUTE FUNCTION nothing()",
		} {
			if _, err := db.write.ExecContext(authtest.Context(t), q); err != nil {
				t.Fatal(err)
			}
		}
		if bad := brokenRules(t, db); len(bad) != 4 {
			t.Errorf("the check sees %q, want the unique index, the key, the foreign key and the trigger", bad)
		}
	})
}
