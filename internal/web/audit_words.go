package web

import "quid/internal/locale"

// What the log says, so that it reads in each language: things that
// were done, to what, and the ways in. A word that is missing here stands as it is.
var _ = []string{
	locale.Key("came in"), locale.Key("came by single sign-on"), locale.Key("changed"), locale.Key("chose a password"), locale.Key("ended a session"), locale.Key("invited"), locale.Key("let in again"),
	locale.Key("left"), locale.Key("link made"), locale.Key("link sent"), locale.Key("made"), locale.Key("saw"), locale.Key("started"), locale.Key("suspended"), locale.Key("took back"),
	locale.Key("deleted"), locale.Key("drafted"), locale.Key("confirmed"), locale.Key("dismissed"), locale.Key("draft"), locale.Key("change"), locale.Key("gave a new secret"), locale.Key("switched off"),
	locale.Key("second factor"), locale.Key("second factor taken away"), locale.Key("began a second factor"), locale.Key("changed the password"),
	locale.Key("added a passkey"), locale.Key("removed a passkey"), locale.Key("refused a passkey that may be copied"),
	locale.Key("made recovery codes"), locale.Key("used a recovery code"),
	locale.Key("began"), locale.Key("ended"), locale.Key("gave up"), locale.Key("went on"), locale.Key("was taken back"), locale.Key("asked for"), locale.Key("took out"),
	locale.Key("erased"), locale.Key("corrected"), locale.Key("noted"), locale.Key("consented"), locale.Key("withdrew consent"), locale.Key("let go"),

	locale.Key("user"), locale.Key("role"), locale.Key("key"), locale.Key("contact"), locale.Key("customer"), locale.Key("import"), locale.Key("model"),
	locale.Key("service"), locale.Key("rate"), locale.Key("team"), locale.Key("closing"), locale.Key("setting"), locale.Key("erasure"), locale.Key("export"),
	locale.Key("playbook"), locale.Key("strategy"), locale.Key("budget"), locale.Key("statement"), locale.Key("talk"), locale.Key("override"), locale.Key("development"),
	locale.Key("possible value"), locale.Key("feed"), locale.Key("argument"), locale.Key("company"), locale.Key("estimate"), locale.Key("person"), locale.Key("contacts"), locale.Key("retention"), locale.Key("webhook"),

	locale.Key("page"), locale.Key("link"), locale.Key("api"), locale.Key("command line"), locale.Key("job"),
}
