package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/evanw/esbuild/pkg/api"
)

// phone bundles the phone page, which has nothing in common with the others: its
// module, what runs before it, its service worker and its style sheet.
func (b *build) phone() error {
	for name, format := range map[string]api.Format{"phone.ts": api.FormatESModule, "phone_start.ts": api.FormatIIFE, "phone_worker.ts": api.FormatIIFE} {
		if err := b.bundle(api.BuildOptions{EntryPoints: []string{filepath.Join(sources, name)}, Format: format}); err != nil {
			return err
		}
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{filepath.Join(sources, "phone.css")}, Bundle: true, MinifySyntax: true, MinifyWhitespace: true,
		Target: api.ES2022, Outdir: dist, LogLevel: api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("esbuild: %d problems", len(result.Errors))
	}
	for _, f := range result.OutputFiles {
		b.addHashed("phone.css", f.Contents)
	}
	return nil
}

// A rect is what our sign is made of.
type rect struct {
	X       float64 `xml:"x,attr"`
	Y       float64 `xml:"y,attr"`
	Width   float64 `xml:"width,attr"`
	Height  float64 `xml:"height,attr"`
	Round   float64 `xml:"rx,attr"`
	Fill    string  `xml:"fill,attr"`
	Opacity *string `xml:"opacity,attr"`
}

// A sign is an SVG of rectangles in a square.
type sign struct {
	Box   string `xml:"viewBox,attr"`
	Rects []rect `xml:"rect"`
}

// pixels draws the PNG icons that phones want from our sign: with round corners,
// and filling the square where the phone cuts its own form out of it. What matters
// lies within the inner 80%, as a maskable icon must.
func (b *build) pixels() error {
	text, err := os.ReadFile(filepath.Join(sources, "favicon.svg"))
	if err != nil {
		return err
	}
	var s sign
	if err := xml.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("favicon.svg: %w", err)
	}
	if s.Box != "0 0 32 32" || len(s.Rects) == 0 {
		return errors.New("favicon.svg: want rectangles in a view box of 0 0 32 32")
	}
	for _, icon := range []struct {
		name string
		size int
		full bool
	}{{"icon-192.png", 192, false}, {"icon-512.png", 512, false}, {"icon-mask-512.png", 512, true}, {"icon-touch-180.png", 180, true}} {
		picture, err := s.draw(icon.size, icon.full)
		if err != nil {
			return fmt.Errorf("favicon.svg: %w", err)
		}
		var out bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, picture); err != nil {
			return err
		}
		b.addHashed(icon.name, out.Bytes())
	}
	return nil
}

// draw paints the sign; each pixel is the mean of sixteen points.
func (s sign) draw(size int, full bool) (*image.NRGBA, error) {
	picture := image.NewNRGBA(image.Rect(0, 0, size, size))
	scale := 32 / float64(size)
	colours := make([][4]float64, len(s.Rects))
	for i := range s.Rects {
		var err error
		if colours[i], err = s.Rects[i].colour(); err != nil {
			return nil, err
		}
	}
	const points = 4
	for y := range size {
		for x := range size {
			var sum [4]float64
			for p := range points * points {
				px := (float64(x) + (float64(p%points)+0.5)/points) * scale
				py := (float64(y) + (float64(p/points)+0.5)/points) * scale
				c := s.at(px, py, colours, full)
				for i := range sum {
					sum[i] += c[i] / (points * points)
				}
			}
			if sum[3] == 0 {
				continue
			}
			byteOf := func(v float64) uint8 { return uint8(math.Round(v / sum[3] * 255)) }
			picture.SetNRGBA(x, y, color.NRGBA{byteOf(sum[0]), byteOf(sum[1]), byteOf(sum[2]), uint8(math.Round(sum[3] * 255))})
		}
	}
	return picture, nil
}

// at is the colour of a point, red, green and blue times alpha, and alpha.
func (s sign) at(x, y float64, colours [][4]float64, full bool) (out [4]float64) {
	for i, r := range s.Rects {
		if full {
			r.Round = 0
		}
		if !r.has(x, y) {
			continue
		}
		c := colours[i]
		for k := range 3 {
			out[k] = c[k]*c[3] + out[k]*(1-c[3])
		}
		out[3] = c[3] + out[3]*(1-c[3])
	}
	return out
}

// has says whether a point lies in the rectangle, whose corners may be round.
func (r rect) has(x, y float64) bool {
	x, y = x-r.X, y-r.Y
	if x < 0 || y < 0 || x >= r.Width || y >= r.Height {
		return false
	}
	dx := max(r.Round-x, x-(r.Width-r.Round), 0)
	dy := max(r.Round-y, y-(r.Height-r.Round), 0)
	return dx == 0 || dy == 0 || dx*dx+dy*dy <= r.Round*r.Round
}

// colour reads #rgb or #rrggbb and the opacity.
func (r rect) colour() (out [4]float64, err error) {
	hex := r.Fill
	if len(hex) == 4 {
		hex = string([]byte{'#', hex[1], hex[1], hex[2], hex[2], hex[3], hex[3]})
	}
	if len(hex) != 7 || hex[0] != '#' {
		return out, fmt.Errorf("colour %q: want #rgb or #rrggbb", r.Fill)
	}
	for i := range 3 {
		v, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return out, fmt.Errorf("colour %q: %w", r.Fill, err)
		}
		out[i] = float64(v) / 255
	}
	out[3] = 1
	if r.Opacity != nil {
		out[3], err = strconv.ParseFloat(*r.Opacity, 64)
	}
	return out, err
}
