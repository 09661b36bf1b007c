package web

import (
	"strings"
	"testing"

	"quid/e2e"
	"quid/internal/app"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// holds gives a browser a device that keeps passkeys and knows its owner.
func (v *visitor) holds() webauthn.AuthenticatorID {
	v.t.Helper()
	if _, err := chromedp.Call(v.tab.Context(), webauthn.Enable, webauthn.EnableParams{}); err != nil {
		v.t.Fatal(err)
	}
	made, err := chromedp.Call(v.tab.Context(), webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Ctap2version: "ctap2_1", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		v.t.Fatal(err)
	}
	return made.AuthenticatorID
}

// plain lets the browser offer no passkeys where a name is typed, as those do that
// can't: there the button is pressed. It returns how to undo that.
func (v *visitor) plain() (undo func()) {
	v.t.Helper()
	const js = "if ('PublicKeyCredential' in window) PublicKeyCredential.isConditionalMediationAvailable = async () => false"
	made, err := chromedp.Call(v.tab.Context(), page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: js})
	if err != nil {
		v.t.Fatal(err)
	}
	return func() {
		v.t.Helper()
		if _, err := chromedp.Call(v.tab.Context(), page.RemoveScriptToEvaluateOnNewDocument, page.RemoveScriptToEvaluateOnNewDocumentParams(made)); err != nil {
			v.t.Fatal(err)
		}
	}
}

// asksByTheButton opens the login and presses the button.
func (v *visitor) asksByTheButton() {
	v.t.Helper()
	v.opens("/login?next=/account", "/login")
	v.tab.Wait("document.querySelector('quid-passkey form').checkVisibility()")
	v.tab.Do(chromedp.Evaluate[chromedp.Void]("document.querySelector('quid-passkey button').click()"))
}

// verifies says whether the device knows its owner again.
func (v *visitor) verifies(device webauthn.AuthenticatorID, yes bool) {
	v.t.Helper()
	if _, err := chromedp.Call(v.tab.Context(), webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: device, IsUserVerified: yes}); err != nil {
		v.t.Fatal(err)
	}
}

// A passkey in a browser: made, used to come in, refused where the device does not know
// its owner, removed. At an address in numbers the page says where passkeys work.
func TestAPersonComesInByPasskey(t *testing.T) {
	t.Parallel()
	for _, view := range []e2e.View{{Lang: "de", Still: true}, {Lang: "en", Phone: true, Dark: true, Still: true}} {
		t.Run(view.Lang, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			if _, err := h.app.Start(t.Context(), app.FirstUser{Code: h.code, Login: annasLogin, Name: "Anna Meier", Password: annasPassword}); err != nil {
				t.Fatal(err)
			}
			numbers := h.comes(view)
			numbers.opens("/login", "/login")
			numbers.says("Passkeys work at this address only, since browsers know none at an address in numbers:")
			h.url = strings.Replace(h.url, "127.0.0.1", "localhost", 1)
			v := h.comes(view)
			device := v.holds()
			offered := v.plain()
			code := v.makesAPasskey()
			v.logsOut()
			v.confirmsThePassword(code)
			v.asksByTheButton()
			v.at("/account")
			v.says("Where you are logged in")
			v.logsOut()
			v.verifies(device, false)
			v.asksByTheButton()
			v.says("The device did not answer, or it was called off. Try again.")
			v.verifies(device, true)
			offered()
			v.leaves("location.href = '/login?next=/account'") // the browser offers it where a name is typed, and the device says yes
			v.at("/account")
			v.plain()
			v.removesThePasskey()
			v.asksByTheButton()
			v.says("This passkey does not let you in. Try again, or come in by password.")
		})
	}
}

// makesAPasskey returns one of the recovery codes that are shown with it.
func (v *visitor) makesAPasskey() (code string) {
	v.t.Helper()
	v.logsIn(annasLogin, annasPassword)
	v.at("/account")
	v.sends("[action='/account/passkeys/begin']", "old", "not this one")
	v.says("this is not your password")
	v.sends("[action='/account/passkeys/begin']", "old", annasPassword)
	v.at("/account/passkeys/begin")
	v.sends("[action='/account/passkeys']", "name", "Annas Telefon")
	v.says("Your recovery codes")
	if text := v.shown("#passkeys"); !strings.Contains(text, "Annas Telefon") || !strings.Contains(text, v.words.T("never used")) {
		v.t.Errorf("the passkey is not listed: %q", text)
	}
	return v.shown("#codes code")
}

// confirmsThePassword comes in by password, once with the passkey and once with a recovery
// code beside it.
func (v *visitor) confirmsThePassword(code string) {
	v.t.Helper()
	v.logsIn(annasLogin, annasPassword)
	v.at("/login/second")
	v.tab.Wait("document.querySelector('quid-passkey form').checkVisibility()")
	v.presses("quid-passkey button")
	v.at("/account")
	v.logsOut()
	v.logsIn(annasLogin, annasPassword)
	v.sends("[action='/login/second']", "code", "wrong")
	v.says("This does not let you in. Look at what you typed.")
	v.sends("[action='/login/second']", "code", code)
	v.at("/account")
	v.says("Recovery codes left: {n}.", "n", "9")
	v.logsOut()
}

func (v *visitor) removesThePasskey() {
	v.t.Helper()
	if text := v.shown("#passkeys"); strings.Contains(text, v.words.T("never used")) {
		v.t.Errorf("the use of the passkey is not shown: %q", text)
	}
	v.tab.Do(chromedp.Evaluate[chromedp.Void]("document.querySelector('#passkeys details').open = true"))
	v.looks("removing a passkey")
	v.sends("[action='/account/passkeys/drop']", "old", annasPassword)
	v.at("/account")
	if text := v.shown("#passkeys"); strings.Contains(text, "Annas Telefon") {
		v.t.Errorf("the passkey is still listed: %q", text)
	}
	v.logsOut()
}
