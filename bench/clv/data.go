package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"

	"quid/clv"
)

// The customers that are made: Pareto/NBD in weeks, and Gamma-Gamma spend, with
// parameters that give about seven purchases a customer in three years.
const (
	shapeRate, scaleRate  = 0.9, 6.5  // r, alpha
	shapeDrop, scaleDrop  = 0.7, 30.0 // s, beta
	shapeP, shapeQ, spend = 6.25, 3.74, 15.44
	watchedDays           = 3 * 365
)

// A sale is one line of the file.
type sale struct {
	who    uint32
	amount float32
}

// makeLog writes a log of purchases of n customers, in the order of time. Customers
// come all the time.
func makeLog(path string, n int) error {
	days := make([][]sale, watchedDays)
	rng := rand.New(rand.NewPCG(2026, uint64(n)))
	for who := range n {
		rate := gamma(rng, shapeRate) / scaleRate
		drop := gamma(rng, shapeDrop) / scaleDrop
		scale := spend / gamma(rng, shapeQ) // of the customer
		at := float64(rng.IntN(watchedDays)) / 7
		end := at + rng.ExpFloat64()/drop
		for at < end && at*7 < watchedDays {
			amount := math.Round(scale*gamma(rng, shapeP)*100) / 100
			day := int(at * 7)
			days[day] = append(days[day], sale{uint32(who), float32(max(amount, 0.01))})
			at += rng.ExpFloat64() / rate
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	w.WriteString( // an error comes again with Flush
		"customer_id,date,value\n")
	first := clv.Epoch + 19358 // 2023-01-01
	var line []byte
	for i, sales := range days {
		rng.Shuffle(len(sales), func(a, b int) { sales[a], sales[b] = sales[b], sales[a] })
		date := (first + clv.Day(i)).String()
		for _, s := range sales {
			line = strconv.AppendInt(line[:0], 1_000_000+int64(s.who), 10)
			line = append(append(append(line, ','), date...), ',')
			line = strconv.AppendFloat(line, float64(s.amount), 'f', 2, 64)
			w.Write(append(line, '\n'))
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.Close()
}

// gamma draws from the gamma distribution of scale 1 (Marsaglia and Tsang 2000).
func gamma(rng *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(rng, shape+1) * math.Pow(rng.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
