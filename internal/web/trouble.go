package web

import (
	"errors"
	"net/http"

	"quid/fault"
	"quid/internal/locale"
	"quid/internal/store"
)

// passing returns the status and the text for an error that is nobody's mistake:
// a disk that is full or fails, a server out of reach, or a fault of ours.
func passing(w http.ResponseWriter, err error) (status int, text string) {
	switch err = store.Fault(err); {
	case errors.Is(err, store.ErrReadOnly):
		return http.StatusInsufficientStorage, locale.Key("The disk did not keep what was written. Until an administrator has looked at it and started Quid again, the book can only be read.")
	case errors.Is(err, fault.Unwritable):
		return http.StatusInsufficientStorage, locale.Key("Nothing can be saved at the moment: the disk is full or fails. Everything can still be read; save again once there is room.")
	case errors.Is(err, fault.Unavailable):
		w.Header().Set("Retry-After", "5")
		return http.StatusServiceUnavailable, locale.Key("The database can't be reached at the moment. Try again in a few seconds, and look first whether what you saved is there.")
	}
	return http.StatusInternalServerError, locale.Key("Something went wrong on our side.")
}

// unkept says whether an error is one after which nothing else will be kept either.
func unkept(err error) bool {
	err = store.Fault(err)
	return errors.Is(err, fault.Unwritable) || errors.Is(err, fault.Unavailable)
}
