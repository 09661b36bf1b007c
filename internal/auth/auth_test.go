package auth

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"quid/fault"
)

func TestWhoIsNobodyMayNothing(t *testing.T) {
	t.Parallel()
	who := From(t.Context())
	for _, r := range append(slices.Clone(AllRights), Answer) {
		if who.May(r) {
			t.Errorf("nobody may %s", r)
		}
	}
	if who.Reaches("Anna") || who.Reaches("") || who.ReachesAll() {
		t.Error("nobody sees a customer")
	}
	if own := (Who{}); own.Reaches("") {
		t.Error("a customer without owner is everybody's")
	}
}

func TestARoleHasOnlyRightsOfTheList(t *testing.T) {
	t.Parallel()
	for _, role := range Roles {
		for _, r := range role.Rights() {
			if !slices.Contains(AllRights, r) {
				t.Errorf("%s has %s, which is not on the list", role, r)
			}
		}
		if hidden := role.Rights(HideMargins, HideStatements); slices.Contains(hidden, SeeMargins) || slices.Contains(hidden, MakeStatements) {
			t.Errorf("%s still sees what is hidden", role)
		}
	}
	if len(Administrator.Rights()) != len(AllRights) {
		t.Error("somebody must be able to do everything")
	}
	if Role("root").Known() || len(Role("root").Rights()) > 0 {
		t.Error("a role that is not on the list has rights")
	}
}

func TestAKeyThatReadsChangesNothing(t *testing.T) {
	t.Parallel()
	for _, role := range Roles {
		for _, r := range Scoped(role.Rights(), ReadOnly) {
			if !slices.Contains(reading, r) {
				t.Errorf("a reading key of %s may %s", role, r)
			}
		}
	}
}

func TestCommonPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		"", "short", "elevenchars", "passwordpassword", "123456789012", "qwertzuiop12", "qwertyuiopas", "aaaaaaaaaaaaaa", "Password1234!", "iloveyou1234", "annameier1234", "quidquidquid",
	} {
		if err := CheckPassword(p, "Anna Meier", "anna.meier@example.com"); len(fault.Fields(err)) != 1 {
			t.Errorf("%q was taken (%v)", p, err)
		}
	}
	for _, p := range []string{"vier laute Pumpen im Keller", "correct-otter-7-lamp", "wJ8#kq2Lm!x0Rv"} {
		if err := CheckPassword(p, "Anna Meier"); err != nil {
			t.Errorf("%q was refused: %v", p, err)
		}
	}
}

func TestAPasswordMatchesItsHashOnly(t *testing.T) {
	t.Parallel()
	h, err := HashPassword(t.Context(), "vier laute Pumpen")
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]bool{"vier laute Pumpen": true, "vier laute Pumpe": false, "": false} {
		if ok, err := Matches(t.Context(), p, h); ok != want || err != nil {
			t.Errorf("%q matches: %v, %v", p, ok, err)
		}
	}
	if ok, err := Matches(t.Context(), "", ""); ok || err != nil {
		t.Errorf("no password opens an account without one (%v)", err)
	}
}

// RFC 6238, appendix B, SHA-1, the last six digits.
func TestTOTPOfTheRFC(t *testing.T) {
	t.Parallel()
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		now := time.Unix(at, 0)
		if got, err := TOTPCode(secret, now); got != want || err != nil {
			t.Errorf("at %d: %s (%v), want %s", at, got, err, want)
		}
		step, ok := CheckTOTP(secret, want, 0, now)
		if !ok || step != at/30 {
			t.Errorf("at %d the code is refused", at)
		}
		if _, ok := CheckTOTP(secret, want, step, now); ok {
			t.Errorf("at %d the code works twice", at)
		}
		if _, ok := CheckTOTP(secret, want, 0, now.Add(2*time.Minute)); ok {
			t.Errorf("the code of %d works two minutes later", at)
		}
	}
}

func TestGuessingWaitsButLocksNobodyOut(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	g := &Guesses{}
	bad := Try{Login: "anna@example.com", Address: "192.0.2.1"}
	for i := range mostOfPair {
		if g.Wait(bad, now) > 0 {
			t.Fatalf("waits after %d failures", i)
		}
		g.Failed(bad, now)
	}
	if w := g.Wait(bad, now); w != forget {
		t.Errorf("waits %v after %d failures, want %v", w, mostOfPair, forget)
	}
	if w := g.Wait(Try{Login: "anna@example.com", Address: "192.0.2.2"}, now); w > 0 {
		t.Errorf("somebody else's address waits %v", w)
	}
	if w := g.Wait(bad, now.Add(forget)); w > 0 {
		t.Errorf("still waits %v later", w)
	}
	// A crowd of addresses tries the same login: a new browser waits, the known one does not.
	for i := range mostOfLogin {
		g.Failed(Try{Login: "bert@example.com", Address: fmt.Sprintf("198.51.100.%d", i)}, now)
	}
	if g.Wait(Try{Login: "bert@example.com", Address: "203.0.113.9"}, now) == 0 {
		t.Error("a login tried by a crowd waits for nobody")
	}
	if g.Wait(Try{Login: "bert@example.com", Address: "203.0.113.9", Device: "known"}, now) > 0 {
		t.Error("a crowd locks Bert's own browser out")
	}
	// One address tries many logins.
	for i := range mostOfAddress {
		g.Failed(Try{Login: fmt.Sprintf("u%d@example.com", i), Address: "203.0.113.7"}, now)
	}
	if g.Wait(Try{Login: "new@example.com", Address: "203.0.113.7"}, now) == 0 {
		t.Error("an address may try all logins")
	}
	g.Passed(bad)
	if w := g.Wait(bad, now); w > 0 {
		t.Errorf("waits %v after coming in", w)
	}
}

func TestRecoveryCodesDiffer(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, c := range NewRecoveryCodes() {
		seen[RecoveryHash(c)] = true
	}
	if len(seen) != recoveryCount {
		t.Errorf("%d different codes, want %d", len(seen), recoveryCount)
	}
	if RecoveryHash("ABCDE-23456") != RecoveryHash("abcde 23456") {
		t.Error("a code must be typed as it was printed")
	}
}
