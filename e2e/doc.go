// Package e2e walks through Quid in a real browser, Debian's Chromium, and holds
// what every test with a browser needs: [Open] starts one, [Browser.Tab] opens a
// page as somebody would see it (on a phone, in the dark, in German), [Tab.Axe]
// looks for barriers.
// A program of npm walks through the API likewise, with a client that is generated
// from its description (testdata/client).
//
// A page that writes an error to its console fails the test that looked at it.
// Where there is no browser the tests skip, or fail if QUID_TEST_REQUIRE is 1,
// as it is in make test.
package e2e
