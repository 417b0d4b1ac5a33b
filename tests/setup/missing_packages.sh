#!/usr/bin/env bash
# `setup --check` names just the packages that are not there: one that the package manager has never heard of, and one
# of which only the configuration is left. Usage: missing_packages.sh SOURCE
set -euo pipefail
source_folder=$1
stub=$(mktemp -d)
trap 'rm -rf "$stub"' EXIT
# As dpkg-query does it: it tells what it knows, and fails if there is something that it does not.
cat >"$stub/dpkg-query" <<'EOF'
#!/usr/bin/env bash
status=0
for word in "$@"; do
  case "$word" in
    -*|'${'*) ;;
    catch2) echo "dpkg-query: no packages found matching catch2" >&2; status=1 ;;
    mold) echo "mold config-files" ;;
    *) echo "$word installed" ;;
  esac
done
exit $status
EOF
chmod +x "$stub/dpkg-query"
status=0
said=$(PATH="$stub:$PATH" "$source_folder/setup" --check) || status=$?
expected=$'missing: Debian package mold\nmissing: Debian package catch2'
if [ "$(grep 'Debian package' <<<"$said")" != "$expected" ] || [ $status -ne 1 ]; then
  printf 'expected, with status 1:\n%s\ngot, with status %s:\n%s\n' "$expected" $status "$said" >&2
  exit 1
fi
