// Package web renders the pages.
package web
