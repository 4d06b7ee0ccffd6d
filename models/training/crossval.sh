#!/bin/sh
# Scores every development clip with the Rust program and a head that never saw its source
# video, then pools the scores of all folds into one AUC.
#
#     KUAGER_DEV_DATA=... models/training/crossval.sh [FOLDER]
#
# KUAGER names the program (default: kuager on the path), PYTHON the interpreter.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$(mktemp -d)}
kuager=${KUAGER:-kuager}
python=${PYTHON:-python3}

if [ -z "${KUAGER_DEV_DATA:-}" ]; then
    echo "SKIPPED: set KUAGER_DEV_DATA to the folder that holds data/ and models/" >&2
    exit 0
fi

"$python" "$here/violence.py" crossval --export "$folder"
for labels in "$folder"/fold_*.csv; do
    fold=${labels%.csv}
    # An empty fold holds only the header.
    [ "$(wc -l < "$labels")" -gt 1 ] || continue
    "$kuager" eval clips --json --labels "$labels" \
        --models "detector=$here/../kuager-eye" --models "violence=$fold" > "$fold.json"
done
"$python" "$here/pool_scores.py" "$folder"/fold_*.json
