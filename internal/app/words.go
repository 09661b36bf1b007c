package app

import (
	"context"

	"quid/internal/capture"
	"quid/internal/store"
)

// NamesOf reads the names of all customers, for quick entry. It calls pause now
// and then, which may be nil.
func NamesOf(ctx context.Context, r store.Reader, pause func()) (*capture.Names, error) {
	var err error
	names := capture.NewNames(func(yield func(capture.Name) bool) {
		err = r.Names(ctx, func(c store.CustomerName) {
			yield(capture.Name{ID: c.ID, Folded: c.SortName, Number: c.External, City: c.City})
		})
	}, pause)
	return names, err
}

// CaptureBook is what one line is read with: names and catalogue as they are now.
// Who reads many keeps it.
func CaptureBook(ctx context.Context, r store.Reader) (*capture.Book, error) {
	types, err := r.Types(ctx)
	if err != nil {
		return nil, err
	}
	names, err := NamesOf(ctx, r, nil)
	if err != nil {
		return nil, err
	}
	return &capture.Book{Names: names, Kinds: capture.NewKinds(types)}, nil
}
