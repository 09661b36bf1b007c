package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"quid/internal/auth"
)

// doorway finds the door that an address leads through.
var doorway = sync.OnceValue(func() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern := range doors {
		mux.Handle(pattern, http.NotFoundHandler())
	}
	return mux
})

// leads says whether who asks may go through the door of an address of ours. Another
// page's part (#part), and addresses of others, are open.
func leads(who auth.Who, method, href string) bool {
	u, err := url.Parse(href)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return err == nil
	}
	_, pattern := doorway().Handler(&http.Request{Method: method, URL: &url.URL{Path: u.Path}, Host: "quid"})
	d, ok := doors[pattern]
	return ok && pattern != "/" && d.open(who)
}

// follows says whether who asks in a context may follow a link: where not, it isn't
// shown.
func follows(ctx context.Context, href string) bool {
	return leads(auth.From(ctx), http.MethodGet, strings.TrimSpace(href))
}

// sends says whether who asks in a context may send a form to an address: where not,
// it isn't shown, or its fields can't be changed.
func sends(ctx context.Context, action string) bool {
	return leads(auth.From(ctx), http.MethodPost, action)
}

// commands are those of the page that who asks may give.
func (p Page) commands() []Command {
	var list []Command
	for _, c := range p.Commands {
		method := http.MethodGet
		if c.Post {
			method = http.MethodPost
		}
		if leads(p.Who, method, c.Href) {
			list = append(list, c)
		}
	}
	return list
}
