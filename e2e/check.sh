#!/usr/bin/env bash
# Usage: e2e/check.sh GO GOFUMPT STATICCHECK
#
# Looks at format, vet, staticcheck and the types of the islands, and fails if one of them complains. A
# tool that can't be fetched (no network) is left out, and the output says so.
set -uo pipefail
cd "$(dirname "$0")/.."
go=$1 gofumpt=$2 staticcheck=$3
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

node_modules/.bin/tsc --project internal/web/assets || bad=1

[[ $bad == 0 ]] && echo "check: nothing to complain about"
exit $bad
