package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // logos
	_ "image/png"  // logos
	"slices"
	"strings"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// Limits of a logo.
const (
	LogoBytes = 512 << 10
	logoSide  = 3000 // pixels
)

// A CompanyEdit is what a person says of the company; of the logo only if it was
// changed.
type CompanyEdit struct {
	store.Company
	NewLogo  []byte // PNG or JPEG; nil leaves the logo alone
	DropLogo bool
}

// check reports every field that stands in the way, and completes the logo.
func (e *CompanyEdit) check() error {
	var errs []error
	c := &e.Company
	for _, f := range []struct {
		name  string
		value *string
	}{
		{"name", &c.Name}, {"street", &c.Street}, {"place", &c.Place}, {"contact", &c.Contact}, {"phone", &c.Phone}, {"email", &c.Email}, {"web", &c.Web},
	} {
		if *f.value = strings.TrimSpace(*f.value); len(*f.value) > 200 {
			errs = append(errs, fault.Field(f.name, "write at most 200 characters"))
		}
	}
	c.Colour = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(c.Colour), "#"))
	if b, err := hex.DecodeString(c.Colour); c.Colour != "" && (err != nil || len(b) != 3) {
		errs = append(errs, fault.Field("colour", "write a colour such as #0a5cc2"))
	}
	if len(e.NewLogo) > 0 {
		if kind, err := logoKind(e.NewLogo); err != nil {
			errs = append(errs, err)
		} else {
			c.Logo, c.LogoKind = e.NewLogo, kind
		}
	}
	return errors.Join(errs...)
}

// logoKind says what kind of picture a logo is.
func logoKind(b []byte) (string, error) {
	if len(b) > LogoBytes {
		return "", fault.Field("logo", "at most 512 KB")
	}
	m, kind, err := image.Decode(bytes.NewReader(firstOf(b)))
	if err != nil || !slices.Contains([]string{"png", "jpeg"}, kind) {
		return "", fault.Field("logo", "choose a PNG or JPEG file of at most 3000 by 3000 pixels")
	}
	if s := m.Bounds().Size(); s.X < 1 || s.Y < 1 {
		return "", fault.Field("logo", "choose a PNG or JPEG file of at most 3000 by 3000 pixels")
	}
	return kind, nil
}

// firstOf is the picture, or nothing if it claims to be larger than a logo may be:
// a small file may unfold to a great many pixels.
func firstOf(b []byte) []byte {
	conf, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || conf.Width > logoSide || conf.Height > logoSide {
		return nil
	}
	return b
}

// SaveCompany keeps what a person says of the company. It fails with
// fault.Conflict if somebody wrote it since the person saw it.
func (a *App) SaveCompany(ctx context.Context, e CompanyEdit) error {
	if err := may(ctx, auth.SetPlaybooks); err != nil {
		return err
	}
	if err := e.check(); err != nil {
		return fmt.Errorf("save company: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.Company(ctx)
		if err != nil {
			return err
		}
		if before.Revision != e.Revision {
			return fault.Conflict
		}
		c := e.Company
		switch {
		case e.DropLogo:
			c.Logo, c.LogoKind = nil, ""
		case len(e.NewLogo) == 0:
			c.Logo, c.LogoKind = before.Logo, before.LogoKind
		}
		c.Revision = before.Revision + 1
		change := act{What: "changed", Noun: "company", Before: toldOfCompany(before), After: toldOfCompany(c)}
		return errors.Join(tx.PutCompany(ctx, c), a.audit(ctx, tx, change))
	})
	if err != nil {
		return fmt.Errorf("save company: %w", err)
	}
	return nil
}
