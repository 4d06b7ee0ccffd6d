"""Model cards, written as TOML in the loader's order of keys, and files moved in as pairs."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

Value = str | int | float | Sequence


def sha256(path: Path) -> str:
    """The file's hash in lower-case hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _value(value: Value) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, float):
        return f"{value:.6g}" if "." in f"{value:.6g}" else f"{value:.1f}"
    if isinstance(value, int):
        return str(value)
    return "[" + ", ".join(_value(v) for v in value) + "]"


def render(card: Mapping) -> str:
    """A card of scalars first, then tables, then arrays of tables, in the mapping's order."""
    lines = [f"{key} = {_value(v)}" for key, v in card.items() if not _is_table(v)]
    for key, content in card.items():
        if not _is_table(content):
            continue
        tables = [content] if isinstance(content, Mapping) else content
        title = f"[{key}]" if isinstance(content, Mapping) else f"[[{key}]]"
        for table in tables:
            lines += ["", title, *(f"{k} = {_value(v)}" for k, v in table.items())]
    return "\n".join(lines) + "\n"


def _is_table(value: object) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def install(files: Mapping[Path, bytes]) -> None:
    """Writes all files beside their targets, then renames each: readers never see half a file."""
    staged = []
    for target, content in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        staged.append((Path(name), target))
    for source, target in staged:
        source.replace(target)


def publish(folder: Path, graph: Path, card: Mapping, reference: Mapping) -> None:
    """Puts a graph, its card and its parity reference into a model's folder."""
    install({
        folder / graph.name: graph.read_bytes(),
        folder / "model.toml": render(card).encode(),
        folder / "reference.json": (json.dumps(reference, indent=1) + "\n").encode(),
    })  # fmt: skip
