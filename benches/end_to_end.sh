#!/usr/bin/env bash
# Ratios of a whole scan against its limits, measured in one run: benches/end_to_end.sh VIDEO
#
#   CPU of `kuager scan` / (CPU of `ffmpeg -i VIDEO -f null -` + CPU of the models alone on ready tensors,
#       as often as the scan ran them)
#   wall time of two files on two threads / the two one after the other
#   peak memory
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
video=${1:?usage: benches/end_to_end.sh VIDEO}
kuager=target/release/kuager
export ORT_DYLIB_PATH=${ORT_DYLIB_PATH:-$PWD/.kuager/onnxruntime/libonnxruntime.so}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export KUAGER_DATA_DIR=$work/data
cp "$video" "$work/second"

cpu_of() { # user + system seconds of a command, its output in $work/out
  local times
  times=$( { TIMEFORMAT='%U %S'; time "$@" >"$work/out" 2>/dev/null; } 2>&1)
  awk '{ print $1 + $2 }' <<<"$times"
}
wall_of() {
  { TIMEFORMAT='%R'; time "$@" >/dev/null 2>&1; } 2>&1
}
field() { # of a JSON line in $work/out
  sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" "$work/out" | tail -n 1
}

"$kuager" scan --json --no-stills "$video" >/dev/null # warms the page cache
decode=$(cpu_of ffmpeg -threads 1 -i "$video" -f null -)
"$kuager" bench --threads 1 --json "$video" >"$work/out"
models=$(field models_cpu_secs)
memory=$(field peak_memory_mib)
frames=$(field analysed_frames)
scan=$(cpu_of "$kuager" scan --threads 1 --json --no-stills "$video")
one_by_one=$(wall_of sh -c "$kuager scan --threads 1 --no-stills '$video'; $kuager scan --threads 1 --no-stills '$work/second'")
together=$(wall_of "$kuager" scan --threads 2 --no-stills "$video" "$work/second")

awk -v d="$decode" -v p="$models" -v s="$scan" -v o="$one_by_one" -v t="$together" -v m="$memory" -v f="$frames" 'BEGIN {
  printf "ffmpeg decode CPU %.2f s, models alone %.2f s (%d pictures), scan CPU %.2f s\n", d, p, f, s
  printf "CPU ratio %.2f\n", s / (d + p)
  printf "two files on two threads %.2f s, one after the other on one thread each %.2f s, ratio %.2f\n", t, o, t / o
  printf "peak memory %d MiB\n", m
}'
