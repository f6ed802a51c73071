#!/usr/bin/env bash
# lambda-zip.sh BUILD_DIR: makes BUILD_DIR/almanac-lambda.zip for the runtime provided.al2023 on x86-64, from what was
# built there. It holds everything that the program needs (docs/lambda.md); the same inputs give the same bytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=$1
largest=$((13 * 1000 * 1000))
program=$build/almanac-lambda
stage=$build/almanac-lambda.content
fail() { echo "lambda-zip.sh: $*" >&2; exit 1; }

[[ $(uname -m) == x86_64 ]] || fail "found $(uname -m); the zip is for x86-64 and is made there"
rm -rf "$stage"
mkdir -p "$stage"/{bin,lib,certificates,licences}
strip -o "$stage/bin/almanac-lambda" "$program"
cp "$build/almanac-lambda-bootstrap" "$stage/bootstrap"

# The loader and every library that the program loads. What libcurl and libical would load for features that are never
# used (src/app/lambda/absent/absent.c) is replaced by a small library under the same name.
for name in libicuuc.so.72 libicui18n.so.72 librtmp.so.1 libldap-2.5.so.0 liblber-2.5.so.0; do
  cp "$build/libabsent.so" "$stage/lib/$name"
done
loaded=$(ldd "$program")
! grep -q 'not found' <<<"$loaded" || fail "libraries are missing: $(grep 'not found' <<<"$loaded")"
libraries=()
queue=("$program")
while ((${#queue[@]} > 0)); do
  needed=$(readelf -d "${queue[0]}" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  queue=("${queue[@]:1}")
  for name in $needed; do
    [[ ! -e $stage/lib/$name ]] || continue
    path=$(awk -v name="$name" '$1 == name { print $3 } $1 ~ "/" name "$" { print $1 }' <<<"$loaded")
    [[ -n $path ]] || fail "$name is needed and not loaded"
    cp -L "$path" "$stage/lib/"
    libraries+=("$path")
    queue+=("$path")
  done
done

# Proof that the folder is enough: every symbol is found, and nothing outside of it is loaded.
loader=$stage/lib/ld-linux-x86-64.so.2
proof=(env -i "$loader" --inhibit-cache --library-path "$stage/lib")
outside=$("${proof[@]}" --list "$stage/bin/almanac-lambda" | grep '=>' | grep -v "=> $stage/lib/" || true)
[[ -z $outside ]] || fail "libraries from outside of the zip are loaded: $outside"
status=0
said=$(env -i LD_BIND_NOW=1 "$loader" --inhibit-cache --library-path "$stage/lib" "$stage/bin/almanac-lambda" 2>&1) || status=$?
((status == 2)) && [[ $said == *AWS_LAMBDA_RUNTIME_API* && $said != *'version information'* ]] ||
  fail "the packed program does not start: $said"

cp /etc/ssl/certs/ca-certificates.crt "$stage/certificates/"
PATH=$PATH:/usr/sbin zic -b slim -d "$stage/zoneinfo" /usr/share/zoneinfo/tzdata.zi

# Under whose terms all of this comes.
cp LICENSE NOTICE "$stage/"
package_of() {  # FILE: its Debian package; dpkg knows a library of /usr/lib by one of two names
  local file
  file=$(realpath "$1")
  dpkg-query -S "$file" 2>/dev/null || dpkg-query -S "${file#/usr}" 2>/dev/null || fail "$1 is of no Debian package"
}
owners=$(for library in "${libraries[@]}"; do package_of "$library"; done)
mapfile -t packages < <(cut -d: -f1 <<<"$owners" | sort -u)
headers=(libcli11-dev libeigen3-dev libexpected-dev nlohmann-json3-dev)  # libraries that the compiler put into the program
for package in "${packages[@]}" "${headers[@]}" ca-certificates tzdata; do
  cp -L "/usr/share/doc/$package/copyright" "$stage/licences/$package"
done

zip=$build/almanac-lambda.zip
python3 scripts/lambda_zip.py "$stage" "$zip.new"
size=$(stat -c %s "$zip.new")
((size <= largest)) || fail "the zip has $size bytes; expected at most $largest"
mv "$zip.new" "$zip"
echo "$zip: $size bytes, $(sha256sum "$zip" | cut -c1-16)"
