#!/usr/bin/env bash
# What a second core brings on many recordings: benches/cores.sh RECORDING… (four or more of like length)
#
#   throughput on 2 threads / on 1 thread; 2 would be all of it
#   CPU on 2 threads / on 1 thread: how much the lanes disturb each other; 1 is not at all
#   medians of $RUNS (default 5) pairs of runs in turn, with lowest and highest
#
# Needs two cores that nobody else uses.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
[ $# -gt 1 ] || { sed -n '2p' "$0" >&2; exit 2; }
runs=${RUNS:-5}

cat "$@" >/dev/null # into the page cache
for _ in $(seq "$runs"); do
  scan --threads 1 "$@"
  one="$cpu $wall"
  scan --threads 2 "$@"
  echo "$one $cpu $wall"
done >"$work/runs"
echo "$# recordings, $runs pairs of runs, $(getconf _NPROCESSORS_ONLN) core(s), load now $(cut -d' ' -f1 /proc/loadavg):"
echo "  throughput, 2 threads / 1  $(awk '{ print $2 / $4 }' "$work/runs" | spread)"
echo "  CPU, 2 threads / 1         $(awk '{ print $3 / $1 }' "$work/runs" | spread)"
echo "  wall s on 1                $(awk '{ print $2 }' "$work/runs" | spread)"
echo "  wall s on 2                $(awk '{ print $4 }' "$work/runs" | spread)"
