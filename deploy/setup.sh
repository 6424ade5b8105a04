#!/usr/bin/env bash
# Installs what Hotline needs and this machine lacks, and nothing else:
#
#   PostgreSQL, Chromium, espeak-ng,
#   iproute2, systemd-analyze         from the distribution
#   Asterisk 20 or newer              from the distribution where it has one,
#                                     else from Debian testing into a folder of its own
#
# Debian 12 and 13 carry no Asterisk. Debian testing does, but must never enter the
# sources of this machine; so a small Debian testing is unpacked into a root folder in
# the user's cache, where every clone of Hotline finds it, and Asterisk runs from there:
#
#   ${XDG_CACHE_HOME:-~/.cache}/hotline/asterisk-root     (or HOTLINE_ASTERISK_ROOT)
#
# `setup.sh tests` takes promtool out of the distribution's prometheus, without the server, and keeps a bare Debian testing, in which a
# test installs Hotline as its README says:
#
#   ${XDG_CACHE_HOME:-~/.cache}/hotline/promtool
#   ${XDG_CACHE_HOME:-~/.cache}/hotline/bare-root         (or HOTLINE_BARE_ROOT)
#
# Runs as root, or as a user who may sudo. A second run finds everything and ends at once.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/hotline
root=${HOTLINE_ASTERISK_ROOT:-$cache/asterisk-root}
bare=${HOTLINE_BARE_ROOT:-$cache/bare-root}
# Raised when the recipes below change: an older root is then built anew.
recipe=1
bare_recipe=1
# The sounds as WAV: they need no decoding while hundreds of callers listen to music, and sound better than GSM.
asterisk_packages=(asterisk asterisk-core-sounds-en-wav asterisk-core-sounds-ru-wav asterisk-moh-opsound-wav)

# What README installs on a server: kept in the bare root as packages, so that a test needs no network.
server_packages=("${asterisk_packages[@]}" espeak-ng postgresql nginx)

say() { printf '==> %s\n' "$*"; }
die() {
	printf 'set-up: %s\n' "$*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this needs root, and there is no sudo: run $0 once as root"
	fi
}

# step TEXT COMMAND... says what happens, then shows the seconds and the command's last
# line: in place on a terminal, every ten seconds elsewhere. A failure shows the whole tail.
step() {
	local text=$1 log status=0
	shift
	log=$(mktemp)
	say "$text"
	"$@" </dev/null 2>&1 | progress "$log" || status=$?
	if [ "$status" != 0 ]; then
		tail -n 25 "$log" >&2
		printf 'set-up: that failed with status %s; the whole of it is in %s\n' "$status" "$log" >&2
		return "$status"
	fi
	rm -f "$log"
}

progress() {
	local line began=$SECONDS shown=$SECONDS
	while IFS= read -r line; do
		printf '%s\n' "$line" >>"$1"
		if [ -t 1 ]; then
			printf '\r\033[K    %3d s  %.60s' $((SECONDS - began)) "$line"
		elif [ $((SECONDS - shown)) -ge 10 ]; then
			printf '    %3d s  %.60s\n' $((SECONDS - began)) "$line"
			shown=$SECONDS
		fi
	done
	if [ -t 1 ]; then printf '\r\033[K'; fi
	printf '    done in %d s\n' $((SECONDS - began))
}

# at_least VERSION LEAST compares dotted numbers.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

check_languages() {
	local have
	command -v go >/dev/null || die "no go in PATH: Hotline needs Go 1.26 or newer (https://go.dev/dl)"
	# An older go fetches the toolchain that go.mod names by itself, if it may.
	command -v node >/dev/null || die "no node in PATH: the pages need Node 18 or newer"
	command -v npm >/dev/null || die "no npm in PATH: it comes with Node"
	have=$(node --version)
	at_least "${have#v}" 18 || die "the pages need Node 18 or newer; this is $have"
}

# A mirror's release file may have run past its date; its packages are signed all the same.
update_lists='apt-get -q update || { echo "again, without regard to the dates of the lists"
	apt-get -q -o Acquire::Check-Valid-Until=false update; }'

apt_update() {
	[ -z "${updated:-}" ] || return 0
	updated=yes
	step "apt: reading the package lists" as_root sh -c "$update_lists"
}

apt_install() {
	step "apt: installing $*" as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
}

any_file() {
	local f
	for f in "$@"; do [ ! -e "$f" ] || return 0; done
	return 1
}

install_packages() {
	local missing=()
	any_file /usr/lib/postgresql/*/bin/initdb || missing+=(postgresql)
	command -v chromium >/dev/null || missing+=(chromium)
	# Chromium brings no letters of its own; these hold Cyrillic.
	any_file /usr/share/fonts/truetype/{dejavu,liberation*,noto}/*Sans*-Regular.ttf /usr/share/fonts/truetype/dejavu/*.ttf ||
		missing+=(fonts-dejavu-core)
	command -v espeak-ng >/dev/null || missing+=(espeak-ng)
	# The browser's test has a network of its own.
	any_file /{usr/,}{sbin,bin}/ip || missing+=(iproute2)
	command -v systemd-analyze >/dev/null || missing+=(systemd)
	if [ ${#missing[@]} -gt 0 ]; then
		apt_update
		apt_install "${missing[@]}"
	fi
}

# promtool proves the alerts and the dashboard. Its package brings a server that starts by itself; so it alone is taken out.
install_promtool() {
	if command -v promtool >/dev/null || [ -x "$cache/promtool" ]; then return; fi
	local new=$cache/promtool.new
	apt_update
	rm -rf "$new"
	mkdir -p "$new"
	step "apt: taking promtool out of the package prometheus" bash -euo pipefail -c \
		'cd "$1"; apt-get -q download prometheus; dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool' - "$new"
	mv "$new/usr/bin/promtool" "$cache/promtool"
	rm -rf "$new"
}

# host_asterisk: is there an Asterisk of this machine, new enough?
host_asterisk() {
	local bin version
	bin=$(PATH=$PATH:/usr/sbin command -v asterisk) || return 1
	version=$("$bin" -V 2>/dev/null | sed -n 's/^Asterisk \([0-9.]*\).*/\1/p')
	[ -n "$version" ] && at_least "$version" 20
}

install_asterisk() {
	local candidate
	if root_complete || host_asterisk; then return; fi
	apt_update
	candidate=$(apt-cache policy asterisk 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9]*:\)\{0,1\}\([0-9][0-9.]*\).*/\2/p')
	if [ -n "$candidate" ] && at_least "$candidate" 20; then
		apt_install "${asterisk_packages[@]}"
		link_russian_sounds /
		# Hotline starts an Asterisk of its own; the package's must not sit on the SIP port.
		if [ -d /run/systemd/system ]; then as_root systemctl disable --now asterisk; fi
		return
	fi
	build_root
}

root_complete() {
	[ -x "$root/usr/sbin/asterisk" ] && [ "$(cat "$root/etc/hotline-recipe" 2>/dev/null)" = "$recipe" ]
}

need_debootstrap() {
	if ! command -v debootstrap >/dev/null && [ ! -x /usr/sbin/debootstrap ]; then
		apt_update
		apt_install debootstrap
	fi
}

# unpack FOLDER [OPTIONS] makes a small Debian testing.
unpack() {
	local new=$1
	shift
	need_debootstrap
	mkdir -p "$(dirname "$new")"
	remove_root "$new"
	step "unpacking a small Debian testing" \
		as_root env PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase "$@" testing "$new"
	step "reading its package lists" in_root "$new" sh -c "$update_lists"
}

# build_bare keeps a Debian as an operator's new server has it: with systemd, and with nothing of what Hotline needs.
build_bare() {
	local new=$bare.new
	say "a bare Debian testing, in which a test installs Hotline: about 500 MB on disk, a minute, once for all clones"
	unpack "$new" --include=systemd-sysv,dbus
	step "fetching the packages that README installs" in_root "$new" apt-get -q -y --download-only install --no-install-recommends \
		"${server_packages[@]}"
	printf '%s\n' "$bare_recipe" | as_root tee "$new/etc/hotline-recipe" >/dev/null
	remove_root "$bare"
	as_root mv "$new" "$bare"
}

# build_root unpacks into a folder beside the root, and renames it when it is complete:
# an interrupted set-up leaves no half root that looks whole.
build_root() {
	local new=$root.new
	say "this distribution has no Asterisk 20: taking it from Debian testing, into $root"
	say "about 500 MB on disk, one to three minutes, once for all clones"
	unpack "$new"
	# Nothing in the root may start as a service.
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$new/usr/sbin/policy-rc.d" >/dev/null
	as_root chmod 755 "$new/usr/sbin/policy-rc.d"
	step "installing Asterisk in it" in_root "$new" apt-get -q -y install --no-install-recommends \
		"${asterisk_packages[@]}"
	in_root "$new" apt-get clean
	as_root rm -rf "$new"/var/lib/apt/lists/*
	link_russian_sounds "$new/"
	# A look-up of a name must never wait for a server: SIP answers would wait with it.
	as_root sed -i 's/^hosts:.*/hosts: files/' "$new/etc/nsswitch.conf"
	as_root rm -f "$new/etc/resolv.conf"
	# Each running Asterisk keeps a folder of its own there, of whoever runs it.
	as_root install -d -m 1777 "$new/srv/hotline"
	printf '%s\n' "$recipe" | as_root tee "$new/etc/hotline-recipe" >/dev/null
	remove_root "$root"
	as_root mv "$new" "$root"
}

in_root() {
	local dir=$1
	shift
	as_root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
		chroot "$dir" "$@"
}

# remove_root takes away a root, also one whose building was killed with its mounts up.
remove_root() {
	[ -e "$1" ] || return 0
	local at
	for at in "$1/proc" "$1/sys"; do
		if mountpoint -q "$at"; then as_root umount -l "$at"; fi
	done
	as_root rm -rf --one-file-system "$1"
}

# The Russian sounds come under the name of their speaker; Asterisk looks for "ru".
link_russian_sounds() {
	local sounds=$1usr/share/asterisk/sounds found
	[ ! -e "$sounds/ru/digits" ] || return 0
	found=$(cd "$sounds" && find . -maxdepth 1 -name 'ru_*' | sort | head -n 1)
	[ -n "$found" ] || die "the Russian sounds are not where they were: see $sounds"
	as_root ln -sfn "${found#./}" "$sounds/ru"
}

# Asterisk looks up its host's own name, and every SIP answer waits 5 s when nobody knows it.
name_host() {
	[ -d "$root/etc" ] || return 0
	local line
	line="127.0.0.1 localhost $(uname -n)"
	[ "$(cat "$root/etc/hosts" 2>/dev/null)" = "$line" ] || printf '%s\n' "$line" | as_root tee "$root/etc/hosts" >/dev/null
}

check_languages
mkdir -p "$cache"
exec 9>"$cache/setup.lock"
flock -n 9 || {
	say "another set-up is at work: waiting for it"
	flock 9
}
install_packages
install_asterisk
name_host
[ "${1:-}" = tests ] || exit 0
install_promtool
if [ "$(cat "$bare/etc/hotline-recipe" 2>/dev/null)" != "$bare_recipe" ]; then build_bare; fi
