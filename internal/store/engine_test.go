package store

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"quid/account"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/store/storetest"
)

// posted counts the postings a reader sees.
func posted(ctx context.Context, r Reader) (n int, err error) {
	err = r.q.QueryRowContext(ctx, "SELECT COUNT(*) FROM posting").Scan(&n)
	return n, err
}

// post writes one posting and touches the book.
func post(ctx context.Context, db *DB, id int64) error {
	return db.Write(ctx, func(tx *Tx) error {
		p := account.Posting{ID: account.PostingID(id), Customer: 1, Day: 20260101, Kind: account.Sale, Amount: account.Known(1), Volume: 1}
		return errors.Join(tx.AddPostings(ctx, []account.Posting{p}), tx.Touch(ctx))
	})
}

func newBook(t *testing.T, db *DB) {
	t.Helper()
	err := db.Write(authtest.Context(t), func(tx *Tx) error {
		return tx.AddBook(authtest.Context(t), Book{Name: "Test", Currency: "EUR", Digits: 2, Created: now})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is read within a Look is one picture, whatever others write meanwhile.
func TestLookIsOnePicture(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		newBook(t, db)
		ctx := authtest.Context(t)
		err := db.Look(ctx, func(r Reader) error {
			before, err := posted(ctx, r)
			if err != nil {
				return err
			}
			if err := post(ctx, db, 1); err != nil {
				return err
			}
			after, err := posted(ctx, r)
			if before != 0 || after != 0 {
				t.Errorf("it saw %d, then %d postings; want none both times", before, after)
			}
			if now, err := posted(ctx, db.Read()); err != nil || now != 1 {
				t.Errorf("outside, %d postings are seen, %v; want 1", now, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Several readers of one big read see the same facts while others write.
func TestLooksAreOnePicture(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		newBook(t, db)
		ctx, stop := context.WithCancel(authtest.Context(t))
		var wg sync.WaitGroup
		wg.Go(func() {
			for id := int64(1); ctx.Err() == nil; id++ {
				if err := post(ctx, db, id); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
		seen := 0
		for i := 0; i < 30 || (seen == 0 && i < 10_000); i++ {
			err := db.Looks(authtest.Context(t), 3, func(rs []Reader) error {
				var counts [3]int
				for i, r := range rs {
					var err error
					if counts[i], err = posted(authtest.Context(t), r); err != nil {
						return err
					}
				}
				if counts[0] != counts[1] || counts[1] != counts[2] {
					t.Errorf("three readers saw %v postings", counts)
				}
				seen = counts[0]
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		stop()
		wg.Wait()
		if seen == 0 {
			t.Error("nothing was written meanwhile: the test proves nothing")
		}
	})
}

// Ten writers who read a counter and write it back raised end at ten.
func TestWritersDoNotLoseEachOthersWork(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		newBook(t, db)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				err := db.Write(authtest.Context(t), func(tx *Tx) error {
					b, err := tx.Book(authtest.Context(t))
					if err != nil {
						return err
					}
					_, err = tx.exec(authtest.Context(t), "UPDATE book SET closed_until = $1", b.ClosedUntil+1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		b, err := db.Read().Book(authtest.Context(t))
		if err != nil || b.ClosedUntil != day.Min+10 {
			t.Errorf("the counter ends at %d, %v; want 10", b.ClosedUntil-day.Min, err)
		}
	})
}

// A write that fails leaves nothing behind.
func TestAFailedWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		newBook(t, db)
		boom := errors.New("boom")
		err := db.Write(authtest.Context(t), func(tx *Tx) error {
			p := account.Posting{ID: 1, Customer: 1, Day: 20260101, Kind: account.Sale}
			return errors.Join(tx.AddPostings(authtest.Context(t), []account.Posting{p}), boom)
		})
		if n, e := posted(authtest.Context(t), db.Read()); !errors.Is(err, boom) || e != nil || n != 0 {
			t.Errorf("%v left %d postings, %v", err, n, e)
		}
	})
}

// Two programs that open a new book at once both get it.
func TestTwoStartsAtOnceDoNotMeet(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		address := filepath.Join(t.TempDir(), "new.db")
		if db.Engine() == "postgres" {
			address = storetest.Postgres(t)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				db, err := Open(authtest.Context(t), address)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := db.Read().Valuations(authtest.Context(t)); err != nil {
					t.Error(err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}
