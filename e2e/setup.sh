#!/usr/bin/env bash
# Usage: e2e/setup.sh [postgres] [chromium] [faults] [attack]
#
# Installs what the tests need from Debian when it is missing: PostgreSQL (its
# programs only; no server is used that runs already), Chromium, and what lets
# disks fail: strace, and btrfs for copies of a disk at a moment.
set -euo pipefail
[[ $# -gt 0 ]] || set -- postgres chromium faults

missing=()
for need in "$@"; do
	case $need in
	postgres)
		if ! command -v initdb >/dev/null && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
			missing+=(postgresql)
		fi ;;
	chromium)
		if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
			missing+=(chromium fonts-dejavu-core)
		fi ;;
	faults)
		command -v strace >/dev/null || missing+=(strace)
		command -v mkfs.btrfs >/dev/null || [[ -x /usr/sbin/mkfs.btrfs ]] || missing+=(btrfs-progs) ;;
	attack) # not for the tests: make attack
		command -v sqlmap >/dev/null || missing+=(sqlmap)
		command -v wapiti >/dev/null || missing+=(wapiti) ;;
	*)
		echo "setup: nobody knows what $need is" >&2
		exit 2 ;;
	esac
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
	echo "setup: the tests need ${missing[*]}. Install them, on Debian by:" >&2
	echo "  sudo apt-get update && sudo $install" >&2
	exit 1
fi
echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
quietly() { # shows the output only of what failed
	local log
	log=$(mktemp)
	if ! "$@" </dev/null >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}
# shellcheck disable=SC2086 # the command is split on purpose
quietly apt-get -o DPkg::Lock::Timeout=300 update || echo "setup: apt-get update failed, trying with the old lists" >&2
quietly apt-get -o DPkg::Lock::Timeout=300 ${install#apt-get }
