#!/bin/sh
# Finds out what of build/packages.txt this machine lacks, and installs it or says how to. Usage: doctor.sh [build|test|integration]
#
# It installs as root, and for others with sudo where someone at a terminal says yes. Else, and with NO_INSTALL=1, it ends with
# the line to run. With SKIP_MISSING=1 it asks only for what the build needs: tests that lack something are skipped.
set -u
here=$(dirname "$0")
list=$here/packages.txt
# Where another version of Rust than that in PATH is used, see find_rust. The Makefile has it in its PATH.
rust=$here/out/rust

purpose=${1:-build}
case $purpose in
  build | test | integration) ;;
  *) echo 'usage: doctor.sh [build|test|integration]' >&2 && exit 2 ;;
esac
[ "${SKIP_MISSING-}" != 1 ] || purpose=build

callers_path=$PATH

# The column of the distribution in the list; 0 where it is not there. Those of Debian's kind are told by their codename.
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

# Ubuntu 24.04 has each of its newer versions of Rust in a directory of its own, which is in no PATH.
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

# Sets $missing, in words, and $packages, which bring it.
look() {
  missing='' packages=''
  # Where programs are that only root has in PATH, or nobody.
  PATH=$rust:$callers_path:/usr/sbin:/sbin
  for directory in /usr/lib/postgresql/*/bin; do
    PATH=$PATH:$directory
  done
  while IFS='|' read -r need check what one two three four; do
    case $purpose:$need in
      *:build* | test:test* | integration:test* | integration:integration*) ;;
      *) continue ;;
    esac
    # In words, here and below: without the spaces around the columns.
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
# A package that is installed already is not removed for another.
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
