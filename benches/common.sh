# Shared by the scripts of this folder: sourced, not run. Sets `kuager`, `work` (an empty folder, removed at the end).
kuager=$(dirname "${BASH_SOURCE[0]}")/../target/release/kuager
kuager=$(realpath "$kuager")
: "${ORT_DYLIB_PATH:=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")/.kuager/onnxruntime/libonnxruntime.so}"
export ORT_DYLIB_PATH
# Libraries that are linked in may bring threads of their own.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export KUAGER_DATA_DIR=$work/data

# Runs a command; its output to $work/out. Sets `cpu` (user and system seconds, children included) and `wall`.
timed() {
  local times status=0
  times=$( { TIMEFORMAT='%U %S %R'; time "$@" >"$work/out" 2>"$work/err"; } 2>&1) || status=$?
  # 3: an input could not be read fully; 10: something was flagged. Both are results.
  case $status in 0 | 3 | 10) ;; *)
    echo "failed with $status: $*" >&2
    cat "$work/err" >&2
    exit 1
    ;;
  esac
  read -r cpu wall <<<"$(awk '{ print $1 + $2, $3 }' <<<"$times")"
}
# A scan as it is measured: nothing drawn, nothing kept.
scan() { timed "$kuager" --json scan --no-stills "$@"; }
# The last number of that name in $work/out.
field() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" "$work/out" | tail -n 1; }
# Lowest, median and highest of the numbers on standard input.
spread() { sort -g | awk '{ v[NR] = $1 } END { m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2; printf "%.3f (%.3f to %.3f)", m, v[1], v[NR] }'; }
# Highest resident memory of a command in MiB.
peak_of() {
  python3 - "$@" <<'PYTHON'
import os, sys
null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=null)
_, status, used = os.wait4(child, 0)
if os.waitstatus_to_exitcode(status) not in (0, 3, 10):
    sys.exit(f"failed: {' '.join(sys.argv[1:])}")
print(used.ru_maxrss // 1024)
PYTHON
}
