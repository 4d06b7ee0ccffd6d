"""Checks a log against a signed head without Kuager: python3 check.py DATA-DIR/log HEAD PUBLIC-KEY

Needs Python 3 and the `openssl` program (3.0 or newer). HEAD is a file that `kuager log head` wrote, now or years ago; PUBLIC-KEY
a file with what `kuager log key` prints. Ends with 1 and a word where something does not fit.
"""

import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile


def leaf(line: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + line).digest()


def root(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1: split at the largest power of two below the number of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:left]) + root(leaves[left:])).digest()


def is_signed(text: bytes, signature: bytes, key: bytes) -> bool:
    folder = pathlib.Path(tempfile.mkdtemp())
    der = bytes.fromhex("302a300506032b6570032100") + key  # RFC 8410: an Ed25519 public key
    (folder / "key.der").write_bytes(der)
    (folder / "text").write_bytes(text)
    (folder / "signature").write_bytes(signature)
    command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature"
    return subprocess.run(command.split(), cwd=folder, capture_output=True).returncode == 0


log, head, key = map(pathlib.Path, sys.argv[1:4])
lines = [line for day in sorted(log.glob("*.jsonl")) for line in day.read_bytes().splitlines()]
previous = bytes(32)
for serial, line in enumerate(lines):
    entry = json.loads(line)
    if entry["serial"] != serial or entry["previous"] != previous.hex():
        sys.exit(f"line {serial} does not follow from the one before it")
    previous = leaf(line)

signed, signatures = head.read_text(encoding="utf-8").split("\n\n")
name, size, claimed = signed.split("\n")
signature = base64.b64decode(signatures.split()[2])[4:]
public = base64.b64decode(key.read_text().split("+", 2)[2])[1:]
if not is_signed(signed.encode() + b"\n", signature, public):
    sys.exit("the signature does not fit the head")
if int(size) > len(lines):
    sys.exit(f"the log had {size} entries when this head was signed, now it has {len(lines)}")
if root([leaf(line) for line in lines[: int(size)]]) != base64.b64decode(claimed):
    sys.exit(f"the first {size} entries are not what they were when this head was signed")
print(f"{name}: {len(lines)} entries, the first {size} are those under the signed head")
