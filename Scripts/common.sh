# Shared by the scripts beside it: messages, and the Debian packages that are needed.

# What building needs, what the directories of demonstrations need, and what the tests need.
build_packages=(
  libncurses-dev ncurses-term libsqlite3-dev libcurl4-openssl-dev libtomlplusplus-dev
  libgnutls28-dev libexpat1-dev libldap-dev libsasl2-dev libkrb5-dev nettle-dev
)
openldap_packages=(slapd ldap-utils)
samba_packages=(
  samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules python3-samba winbind
  python3-markdown python3-dnspython attr acl openssl
)
test_packages=(
  libvterm-dev tmux screen "${openldap_packages[@]}" "${samba_packages[@]}"
  python3-venv krb5-user libsasl2-modules-gssapi-mit gdb
)

# step TEXT: says what is done next.
step() { printf '\n==> %s\n' "$*"; }

# note TEXT: says something about the step.
note() { printf '    %s\n' "$*"; }

# fail TEXT: says why it can't go on, and ends.
fail() {
  printf '\n%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# missing PACKAGE...: prints those that are not installed.
missing() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed \
      || echo "$package"
  done
}

# as_root COMMAND...: runs it with the rights to install, without asking for a password.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

# install_packages PACKAGE...: installs what is missing; fails if that is not possible.
install_packages() {
  local wanted
  if ! command -v dpkg-query >/dev/null; then
    note "this is no Debian; the packages are expected under other names: $*"
    return 0
  fi
  mapfile -t wanted < <(missing "$@")
  if [ "${#wanted[@]}" -eq 0 ]; then
    note "all there: $*"
    return 0
  fi
  note "installing ${wanted[*]}"
  as_root apt-get update -q || return 1
  (
    # Debian starts the servers of packages as soon as they are installed, open to the network
    # (invoke-rc.d(8), policy-rc.d). The demonstrations and tests have servers of their own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      trap 'as_root rm -f "$policy"' EXIT
      trap 'exit 129' HUP
      trap 'exit 130' INT
      trap 'exit 143' TERM
      printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null || exit 1
      as_root chmod 755 "$policy" || exit 1
    fi
    as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -q -y --no-install-recommends "${wanted[@]}"
  ) || return 1
}

# The file by which a folder is known as one that a demonstration made, and may remove.
marker=.made-by-lockstep-demo

# be_own FOLDER: ends unless a demonstration made the folder, or there is none.
be_own() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  as_root test -e "$1/$marker" || test -e "$1/$marker" ||
    fail "$1 was not made by a demo, so it is left as it is: name another folder with --workspace"
}

# need_build_packages: installs what building needs, or ends with the command to type.
need_build_packages() {
  step "Debian packages for building"
  install_packages "${build_packages[@]}" \
    || fail "could not install packages. As root: apt-get install ${build_packages[*]}"
}

# need_swift: ends unless the Swift toolchain is there.
need_swift() {
  command -v swift >/dev/null \
    || fail "there is no swift on the PATH. See https://www.swift.org/install/linux/"
}

# alone COMMAND...: runs it without the files that this script was given open, so that nobody waits
# for their end as long as a server that it starts has them.
alone() {
  (
    local file
    for file in /proc/self/fd/*; do
      file=${file##*/}
      [ "$file" -le 2 ] || eval "exec $file>&-"
    done
    "$@" </dev/null
  )
}
