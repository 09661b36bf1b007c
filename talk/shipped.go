package talk

// shippedText is one argument as shipped.
type shippedText struct {
	code       string
	gain, loss string
	objections [][2]string
}

// Shipped are the arguments for the ten types of the default catalogue, in both
// languages.
func Shipped() []Argument {
	out := make([]Argument, 0, len(shippedDE)+len(shippedEN))
	for _, of := range []struct {
		lang  string
		texts []shippedText
	}{{"de", shippedDE}, {"en", shippedEN}} {
		for _, t := range of.texts {
			a := Argument{Code: t.code, Lang: of.lang, Gain: t.gain, Loss: t.loss}
			for _, o := range t.objections {
				a.Objections = append(a.Objections, Objection{o[0], o[1]})
			}
			out = append(out, a)
		}
	}
	return out
}
