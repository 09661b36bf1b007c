package e2e

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// Promise 1, capture: kill -9 while several people save entries; whatever was
// acknowledged is in the book, once. The weak twin says yes before it has kept
// anything and must lose some.
func TestAKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	for _, weak := range []string{"", "early"} {
		t.Run("weak="+weak, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(3, 9))
			book := filepath.Join(t.TempDir(), "book.db")
			var acked []string
			lost, kills := 0, 0
			for round := range 5 {
				c := &crowd{clerk: &clerk{t: t, book: book, weak: weak, acked: acked}, name: fmt.Sprint(round, "-")}
				c.hire()
				c.begin(6)
				if err := c.more(30); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(rng.IntN(20)) * time.Millisecond)
				c.kill()
				c.stop.Store(true)
				c.wg.Wait()
				kills++
				if err := c.audit(book); err != nil {
					lost++
					if weak == "" {
						t.Errorf("after kill %d: %v", kills, err)
					}
				}
				acked = c.acked
			}
			if weak != "" && lost == 0 {
				t.Error("the weak twin passes: the check proves nothing")
			}
			t.Logf("%d kills, %d entries acknowledged, %d kills lost some", kills, len(acked), lost)
		})
	}
}
