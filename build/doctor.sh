#!/bin/sh
# Installs what this machine lacks of build/packages.txt, or says how to. Usage: doctor.sh [build|test|integration]
#
# It installs as root, or with sudo after a yes at a terminal. Otherwise, or with NO_INSTALL=1, it prints the command to run and
# fails. With SKIP_MISSING=1 it requires only what the build needs: tests that lack something are skipped.
set -u
here=$(dirname "$0")
list=$here/packages.txt
# A link to a newer Rust than the one in PATH, see find_rust. The Makefile adds it to its PATH.
rust=$here/out/rust

purpose=${1:-build}
case $purpose in
  build | test | integration) ;;
  *) echo 'usage: doctor.sh [build|test|integration]' >&2 && exit 2 ;;
esac
[ "${SKIP_MISSING-}" != 1 ] || purpose=build

callers_path=$PATH

# The distribution's column in the list; 0 if it has none. Debian and its derivatives are recognised by codename.
column_of_distribution() {
  ID='' VERSION_CODENAME='' UBUNTU_CODENAME='' DEBIAN_CODENAME=''
  if [ -r "${OS_RELEASE:-/etc/os-release}" ]; then
    # shellcheck source=/dev/null
    . "${OS_RELEASE:-/etc/os-release}"
  fi
  case $ID:${UBUNTU_CODENAME:-${DEBIAN_CODENAME:-$VERSION_CODENAME}} in
    *:bookworm) echo 1 ;;
    *:trixie) echo 2 ;;
    *:noble) echo 3 ;;
    fedora:*) echo 4 ;;
    *) echo 0 ;;
  esac
}

is_new_enough() { # program, version
  found=$("$1" --version 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9.]*\).*/\1/p')
  [ -n "$found" ] && [ "$(printf '%s\n' "$2" "$found" | sort -V | head -n 1)" = "$2" ]
}

# Ubuntu 24.04 has each newer version of Rust in a separate directory, which is not in PATH.
find_rust() { # version
  rm -f "$rust"
  if ! is_new_enough cargo "$1"; then
    for directory in "${RUST_DIRECTORIES:-/usr/lib}"/rust-*/bin; do
      if is_new_enough "$directory/cargo" "$1"; then
        mkdir -p "$here/out" && ln -sf "$directory" "$rust" && return
      fi
    done
  fi
}

is_there() { # one of the checks of the list
  case $1 in
    command) command -v "$2" >/dev/null ;;
    version)
      [ "$2" != cargo ] || find_rust "$3"
      is_new_enough "$2" "$3"
      ;;
    header) [ -e "/usr/include/$2" ] ;;
    static) echo 'int main(void) { return 0; }' | "$2" -static -x c -o /dev/null - >/dev/null 2>&1 ;;
    certificates)
      [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem ] || [ -e /etc/ssl/cert.pem ]
      ;;
    *) echo "$list: there is no check '$1'" >&2 && exit 2 ;;
  esac
}

# Sets $missing, in words, and $packages, which provide it.
look() {
  missing='' packages=''
  # Directories that only root has in PATH, or no user.
  PATH=$rust:$callers_path:/usr/sbin:/sbin
  for directory in /usr/lib/postgresql/*/bin; do
    PATH=$PATH:$directory
  done
  while IFS='|' read -r need check what one two three four; do
    case $purpose:$need in
      *:build* | test:test* | integration:test* | integration:integration*) ;;
      *) continue ;;
    esac
    # Unquoted, here and below, to split into words and drop the spaces around the columns.
    # shellcheck disable=SC2086
    ! is_there $check || continue
    case $column in
      1) names=$one ;;
      2) names=$two ;;
      3) names=$three ;;
      4) names=$four ;;
      *) names='' ;;
    esac
    for name in $names; do
      case " $packages " in
        *" $name "*) ;;
        *) packages="$packages${packages:+ }$name" ;;
      esac
    done
    # shellcheck disable=SC2086
    set -- $what
    missing="$missing${missing:+, }$*"
  done <"$list"
}

fail() { # message
  printf '%s\n' "$1" >&2
  [ "$purpose" = build ] || echo 'SKIP_MISSING=1 leaves out the tests that need more than the build.' >&2
  exit 1
}

column=$(column_of_distribution)
look
[ -n "$missing" ] || exit 0

as=sudo
[ "$(id -u)" != 0 ] || as=''
# Never remove an installed package for another.
case $column in
  0) fail "missing: $missing. Install these; build/packages.txt knows the packages of other distributions." ;;
  4) line="$as dnf install $packages" install="$as dnf install -y --setopt=install_weak_deps=False $packages" ;;
  *)
    line="${as:+sudo }apt-get update && ${as:+sudo }apt-get install --no-install-recommends $packages"
    install="$as apt-get update; $as env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-remove $packages"
    ;;
esac

if [ "${NO_INSTALL-}" = 1 ]; then
  fail "missing: $missing. To install it: $line"
fi
if [ -n "$as" ]; then
  if ! command -v sudo >/dev/null || ! [ -t 0 ] || ! [ -t 2 ]; then
    fail "missing: $missing. To install it: $line"
  fi
  printf 'missing: %s. Run "%s"? [y/N] ' "$missing" "$line" >&2
  read -r answer
  case $answer in
    [yY] | [yY][eE][sS]) ;;
    *) fail 'Nothing was installed.' ;;
  esac
fi
"$here/step.sh" "installing $packages" sh -c "$install" || fail "To install it yourself: $line"
look
[ -z "$missing" ] || fail "still missing: $missing; an older one may come first in PATH, $callers_path"
