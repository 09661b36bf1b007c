package main

import (
	"bytes"
	"io"
	"math"
	"runtime"
	"strconv"
	"sync"
)

// chunk is how many rows a goroutine writes at a time.
const chunk = 4096

// writeRows writes n rows in their order, made by all cores: row appends one to
// a buffer.
func writeRows(w io.Writer, n int, row func(b []byte, i int) []byte) error {
	workers := runtime.GOMAXPROCS(0)
	if n <= chunk {
		workers = 1
	}
	buffers := make([][]byte, workers)
	for from := 0; from < n; from += workers * chunk {
		var wg sync.WaitGroup
		for k := range workers {
			wg.Go(func() {
				b := buffers[k][:0]
				for i := from + k*chunk; i < min(from+(k+1)*chunk, n); i++ {
					b = row(b, i)
				}
				buffers[k] = b
			})
		}
		wg.Wait()
		for _, b := range buffers {
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendNumber writes a number so that it can be read back bit for bit, and
// nothing for what is no number.
func appendNumber(b []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return b
	}
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.AppendInt(b, int64(x), 10)
	}
	return strconv.AppendFloat(b, x, 'g', -1, 64)
}

// appendForecast writes a number with six decimals, or as many as show six
// digits, and nothing for what is no number.
func appendForecast(b []byte, x float64) []byte {
	const decimals, unit = 6, 1_000_000
	size := math.Abs(x)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return b
	case size < 0.01 && x != 0 || size > 1e9:
		return strconv.AppendFloat(b, x, 'g', decimals, 64)
	}
	if x < 0 {
		b = append(b, '-')
	}
	n := uint64(math.Round(size * unit))
	b = append(strconv.AppendUint(b, n/unit, 10), '.')
	for rest, at := n%unit, uint64(unit/10); at > 0; at /= 10 {
		b = append(b, byte('0'+rest/at%10))
	}
	return b
}

// appendCell writes a text, in quotes where it needs them.
func appendCell(b, text []byte) []byte {
	if !bytes.ContainsAny(text, ",;\"\r\n") {
		return append(b, text...)
	}
	b = append(b, '"')
	for _, c := range text {
		if c == '"' {
			b = append(b, '"')
		}
		b = append(b, c)
	}
	return append(b, '"')
}
