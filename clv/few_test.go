package clv

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// With priors a fit of few customers ends at a maximum inside, not at a bound;
// its likelihood is below the maximum then, and said without the priors.
func TestPriorsHoldFewCustomersTogether(t *testing.T) {
	t.Parallel()
	for name, fit := range map[string]func(rng *rand.Rand, o Options) (Diagnostics, error){
		"Gamma-Gamma": func(rng *rand.Rand, o Options) (Diagnostics, error) {
			_, d, err := FitGammaGamma(spenders(GammaGamma{P: 6, Q: 4, Gamma: 15}, 30, 5, rng), o)
			return d, err
		},
		"sBG": func(rng *rand.Rand, o Options) (Diagnostics, error) {
			_, d, err := FitSBG(members(SBG{0.8, 2.5}, 25, 5, rng), o)
			return d, err
		},
		"BG/BB": func(rng *rand.Rand, o Options) (Diagnostics, error) {
			_, d, err := FitBGBB(donors(BGBB{1.2, 0.75, 0.65, 2.8}, 25, 6, rng), o)
			return d, err
		},
		"MBG/CNBD-k": func(rng *rand.Rand, o Options) (Diagnostics, error) {
			_, d, err := FitMBGCNBD(rhythmic(steady, rng, 25), 3, o)
			return d, err
		},
	} {
		for seed := range uint64(20) {
			free, err := fit(rand.New(rand.NewPCG(seed, 15)), Options{})
			if err != nil && !errors.Is(err, ErrNotConverged) {
				t.Fatalf("%s, seed %d: %v", name, seed, err)
			}
			held, err := fit(rand.New(rand.NewPCG(seed, 15)), Options{Prior: true})
			if err != nil || len(held.Bounds) > 0 || !held.Converged {
				t.Errorf("%s, seed %d: bounds %v, %v", name, seed, held.Bounds, err)
			}
			if free.Converged && held.LogLik > free.LogLik+1e-6 {
				t.Errorf("%s, seed %d: with priors %v is above the maximum %v", name, seed, held.LogLik, free.LogLik)
			}
		}
	}
}
