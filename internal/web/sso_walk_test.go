package web

import (
	"testing"

	"quid/e2e"
	"quid/internal/app"
	"quid/internal/sso/ssotest"
)

// Somebody comes in by a real provider in a browser; who fits no rule does not.
func TestPeopleComeInBySingleSignOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.app.Start(t.Context(), app.FirstUser{Code: h.code, Login: annasLogin, Name: "Anna Meier", Password: annasPassword}); err != nil {
		t.Fatal(err)
	}
	h.app.SSO = ssotest.Provider(t, h.url+ssoBack)
	for name, lang := range map[string]string{"boss": "de", "nobody": "en"} {
		v := h.comes(e2e.View{Lang: lang, Phone: lang == "en", Still: true})
		v.opens("/login?next=/account", "/login")
		v.presses("main a[href^='/login/sso']")
		v.tab.Wait("document.querySelector('input[name=login]') !== null && location.pathname.startsWith('/interaction/')")
		v.tab.Excuse("fonts.googleapis.com") // the provider's own page
		v.leaves("document.querySelector('input[name=login]').value = '" + name + "'; document.querySelector('input[name=password]').value = 'any'; document.querySelector('form').submit()")
		v.tab.Wait("document.readyState === 'complete' && document.querySelector('input[value=consent]') !== null")
		v.leaves("document.querySelector('form').submit()")
		if name == "nobody" {
			v.at(ssoBack)
			v.says("Single sign-on did not let you in. Your administrator knows who may.")
			continue
		}
		v.at("/account")
		v.says("Administrator")
	}
}
