#!/usr/bin/env bash
# Usage: e2e/check.sh GO GOFUMPT STATICCHECK GOSEC
#
# Looks at format, vet, staticcheck, gosec and the types of the islands, and fails if one of them complains. A
# tool that can't be fetched (no network) is left out, and the output says so.
set -uo pipefail
cd "$(dirname "$0")/.."
go=$1 gofumpt=$2 staticcheck=$3 gosec=$4
bad=0

# Files of ours: what git knows or would add, so nothing generated.
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.go' | while read -r f; do [[ -e $f ]] && echo "$f"; done)

if $go run "$gofumpt" -version >/dev/null 2>&1; then
	unformatted=$($go run "$gofumpt" -l "${files[@]}") || bad=1
else
	echo "check: $gofumpt can't be fetched, gofmt looks instead"
	unformatted=$(gofmt -l "${files[@]}") || bad=1
fi
if [[ -n $unformatted ]]; then
	echo "check: not formatted:"
	echo "$unformatted"
	bad=1
fi

$go vet ./... || bad=1

if $go run "$staticcheck" -version >/dev/null 2>&1; then
	$go run "$staticcheck" ./... || bad=1
else
	echo "check: $staticcheck can't be fetched and was left out"
fi

# Rules of gosec that are left out, with the reason; single findings are answered
# where they are, by #nosec and why.
#   G101 takes names of columns in SQL (token, key, credit) for passwords
#   G104 writes that a bufio.Writer remembers until Flush, and Close of what was only read
#   G115 days as yyyymmdd, percents and ids of ours: what comes in is bounded where it is read
#   G124 cookies are Secure where the request came over TLS (internal/web, secure): no constant
#   G304 files that the command line names, and those of ours beside the book
#   G710 redirects begin with a path of ours, or went through backTo
# Programs for us (bench, e2e, the build of the assets, a provider for tests) are left out.
if $go run "$gosec" -version >/dev/null 2>&1; then
	$go run "$gosec" -quiet -exclude=G101,G104,G115,G124,G304,G710 -exclude-dir=node_modules -exclude-dir=bench -exclude-dir=e2e -exclude-dir=internal/web/assets/build -exclude-dir=internal/sso/ssotest ./... || bad=1
else
	echo "check: $gosec can't be fetched and was left out"
fi

node_modules/.bin/tsc --project internal/web/assets || bad=1

[[ $bad == 0 ]] && echo "check: nothing to complain about"
exit $bad
