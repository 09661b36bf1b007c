package link

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quid/account"
	"quid/day"
)

func key(seed byte) []byte { return bytes.Repeat([]byte{seed}, keyBytes) }

func claims(t *rapid.T) Claim {
	return Claim{
		Kind: Kind(rapid.IntRange(1, 2).Draw(t, "kind")), Customer: account.CustomerID(rapid.Int64().Draw(t, "customer")), ID: rapid.Int64().Draw(t, "id"),
		Ends: day.Day(20260101).Add(rapid.IntRange(0, 2000).Draw(t, "ends")),
	}
}

func TestATokenOpensWhatItWasMadeForUntilItsLastDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := claims(t)
		token := Sign(key(1), c)
		if strings.ContainsAny(token, "+/=&?#% ") || len(token) > 60 {
			t.Fatalf("%q does not go into an address as it is", token)
		}
		if got, err := Open(key(1), token, c.Kind, c.Ends); err != nil || got != c {
			t.Fatalf("%+v, %v, want %+v", got, err, c)
		}
		if _, err := Open(key(1), token, c.Kind, c.Ends.Add(1)); !errors.Is(err, ErrEnded) {
			t.Fatalf("a day later: %v", err)
		}
		if _, err := Open(key(1), token, 3-c.Kind, c.Ends); !errors.Is(err, ErrWrong) {
			t.Fatalf("for another kind: %v", err)
		}
		if _, err := Open(key(2), token, c.Kind, c.Ends); !errors.Is(err, ErrWrong) {
			t.Fatalf("with another key: %v", err)
		}
	})
}

func TestNoChangedTokenOpens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := claims(t)
		raw, err := base64.RawURLEncoding.DecodeString(Sign(key(1), c))
		if err != nil {
			t.Fatal(err)
		}
		raw[rapid.IntRange(0, len(raw)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		if got, err := Open(key(1), base64.RawURLEncoding.EncodeToString(raw), c.Kind, 20260101); !errors.Is(err, ErrWrong) {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}

func TestWhatIsNoTokenIsWrong(t *testing.T) {
	t.Parallel()
	token := Sign(key(1), Claim{Kind: Statement, Customer: 1, ID: 2, Ends: 20271231})
	for _, text := range []string{"", "x", token[:len(token)-1], token + "A", strings.ToLower(token), "../" + token} {
		if _, err := Open(key(1), text, Statement, 20260101); !errors.Is(err, ErrWrong) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := Open(nil, Sign(nil, Claim{Kind: Statement}), Statement, 0); !errors.Is(err, ErrWrong) {
		t.Errorf("without a key: %v", err)
	}
	if _, err := NewKey(strings.NewReader("short")); err == nil {
		t.Error("a key was made of too little chance")
	}
}
