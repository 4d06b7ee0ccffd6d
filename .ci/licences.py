"""Fails when a dependency's licence is not on the list: `python3 .ci/licences.py`."""

import json
import re
import subprocess
import sys

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0", "MPL-2.0",
    "Unicode-3.0", "Unlicense", "WTFPL", "Zlib",
}


def is_allowed(expression: str) -> bool:
    """One of the `OR` alternatives is made of allowed licences alone."""
    plain = re.sub(r"[()]", " ", expression.replace("/", " OR "))
    plain = re.sub(r" WITH \S+", "", plain)
    return any(all(p.strip() in ALLOWED for p in option.split(" AND ")) for option in plain.split(" OR "))


def main() -> int:
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    packages = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["packages"]
    refused = [p for p in packages if not is_allowed(p["license"] or "none stated")]
    for p in refused:
        print(f"licence not allowed: {p['name']} {p['version']}: {p['license']}", file=sys.stderr)
    print(f"licences: {len(packages)} packages, {len(refused)} refused")
    return 1 if refused else 0


sys.exit(main())
