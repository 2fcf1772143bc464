#!/usr/bin/env bash
# ./dev installs what is missing and nothing else. apt, dpkg and sudo are stand-ins that write down
# how they were called: no package is touched.
#
#   bash dev_packages_test.sh PATH_OF_DEV
set -euo pipefail

dev=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/bin"
failures=0

# INSTALLED and AVAILABLE are lists of names; UPDATE is the exit code of apt-get update.
cat >"$place/bin/dpkg-query" <<'END'
#!/usr/bin/env bash
for word in "$@"; do
  if [[ " $INSTALLED " == *" $word "* ]]; then
    printf '%s=installed ' "$word"
  else
    printf '%s=config-files ' "$word"  # removed, not purged
  fi
done
exit 1
END
cat >"$place/bin/apt-get" <<'END'
#!/usr/bin/env bash
if [[ " $* " == *" --simulate "* ]]; then
  [[ " $AVAILABLE " == *" ${*: -1} "* ]]
  exit
fi
words=()
for word in "$@"; do [[ $word == -* ]] || words+=("$word"); done
echo "${words[*]}" >>"$LOG"
[[ $1 != update ]] || exit "${UPDATE:-0}"
END
cat >"$place/bin/sudo" <<'END'
#!/usr/bin/env bash
exec "$@"
END
chmod +x "$place"/bin/*

# expect NAME CODE CALLS: `dev setup build` with the environment as it is.
expect() {
  local name=$1 code=0 calls
  export LOG=$place/log INSTALLED AVAILABLE UPDATE
  : >"$LOG"
  PATH=$place/bin:$PATH bash "$dev" setup build >"$place/output" 2>&1 </dev/null || code=$?
  calls=$(paste -sd ';' "$LOG")
  if [[ $code != "$2" || $calls != "$3" ]]; then
    printf '%s: ended with %s after "%s"\n  wanted %s after "%s"\n' "$name" "$code" "$calls" "$2" "$3"
    sed 's/^/  | /' "$place/output"
    failures=$((failures + 1))
  fi
}

basics="g++ cmake ninja-build ccache libfmt-dev libtomlplusplus-dev libcli11-dev"
basics+=" nlohmann-json3-dev libxxhash-dev zlib1g-dev"
UPDATE=0 AVAILABLE="$basics libboost-fiber1.81-dev libboost-fiber-dev"

INSTALLED="$basics libboost-fiber1.81-dev" expect "all there" 0 ""
INSTALLED="$basics libboost-fiber-dev" expect "the other Boost is there" 0 ""
INSTALLED="${basics/libfmt-dev /} libboost-fiber-dev" \
  expect "one missing" 0 "update;install libfmt-dev"
INSTALLED="${basics/libfmt-dev /} libboost-fiber-dev" UPDATE=100 \
  expect "old lists" 0 "update;install libfmt-dev"
INSTALLED="$basics" expect "first choice of Boost" 0 "update;install libboost-fiber1.81-dev"
INSTALLED="$basics" AVAILABLE="libboost-fiber-dev" \
  expect "what fits of Boost" 0 "update;install libboost-fiber-dev"
INSTALLED="$basics" AVAILABLE="" expect "nothing fits" 1 "update"

((failures == 0)) || exit 1
echo "dev installs what is missing and nothing else"
