package draw

// A Waterfall leads from a first figure over steps to totals, one below the
// other, as a contribution accounting is read.
type Waterfall struct {
	Steps []WaterStep
}

// A WaterStep is one line: what is added, or a total.
type WaterStep struct {
	Name  string
	Text  string  // the value as it is to be read
	Value float64 // effect; of a total, the total
	Total bool
	Known bool    // else only its text is written
	Part  float64 // of the value, what rests on an estimate
}

const waterRow = 15.0

// Height is that of all lines.
func (w Waterfall) Height(float64) float64 { return float64(len(w.Steps))*waterRow + 4 }

// span is the room that the bars need; zero is always in it.
func (w Waterfall) span() (low, high float64) {
	at := 0.0
	for _, s := range w.Steps {
		if !s.Known {
			continue
		}
		if s.Total {
			at = s.Value
		} else {
			at += s.Value
		}
		low, high = min(low, at), max(high, at)
	}
	if high == low {
		high = low + 1
	}
	return low, high
}

// Draw draws the lines: name, bar and value.
func (w Waterfall) Draw(s Surface, x, y, width float64) {
	const size = 8.5
	names, texts := 0.0, 0.0
	for _, st := range w.Steps {
		names, texts = max(names, s.Width(st.Name, size, st.Total)), max(texts, s.Width(st.Text, size, st.Total))
	}
	names = min(names+10, width*0.42)
	left, room := x+names, width-names-texts-10
	low, high := w.span()
	scale := func(v float64) float64 { return left + (v-low)/(high-low)*room }
	zero := scale(0)
	s.Line(zero, y, zero, y+float64(len(w.Steps))*waterRow, 0.7, Muted)
	at := 0.0
	for i, st := range w.Steps {
		top := y + float64(i)*waterRow
		middle := top + waterRow/2
		t := Type{Size: size, Ink: Text, Bold: st.Total}
		if st.Total {
			s.Line(x, top, x+width, top, 0.5, Rule)
		}
		s.Text(x, middle+3, fit(s, st.Name, size, names-8, st.Total), t)
		value := t
		value.Anchor = End
		if st.Known && st.Value < 0 {
			value.Ink = Bad
		}
		s.Text(x+width, middle+3, st.Text, value)
		if !st.Known {
			continue
		}
		from, to, ink := at, at+st.Value, Good
		switch {
		case st.Total:
			from, to, ink = 0, st.Value, Brand
		case i == 0:
			ink = Brand
		}
		if to < from {
			if ink = Bad; st.Total {
				ink = Brand
			}
		}
		if from != to {
			far := scale(to) - scale(from)
			part := 0.0
			if st.Value != 0 {
				part = far * st.Part / st.Value
			}
			bar(s, scale(from), top+3, far, waterRow-6, part, true, ink)
		}
		if at = to; i+1 < len(w.Steps) {
			s.Line(scale(at), top+waterRow-3, scale(at), top+waterRow+3, 0.5, Muted)
		}
	}
}
