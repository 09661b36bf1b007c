package intake

// A Stamper gives documents that were made in memory the version that reading
// them from a file gives, so that the same content is the same document
// whichever way it came. Its buffers are reused; the zero Stamper is ready.
type Stamper struct{ enc encoder }

// Stamp sets the version of d. The lines of an invoice count with their numbers,
// as in a file that has a column for them.
func (s *Stamper) Stamp(d *Doc) {
	if d.Invoice != nil {
		d.version = s.enc.invoice(d.Invoice, true)
		return
	}
	d.version = s.enc.doc(d)
}
