//! Digests as they are written everywhere: SHA-256, lower-case hex.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes of a file that are in memory at once.
const PIECE: usize = 1 << 18;

/// Bytes as lower-case hex.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// SHA-256 of bytes, hex.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex(Sha256::digest(bytes))
}

/// SHA-256 of a file's bytes, hex, and how many there are.
///
/// # Errors
/// As reading does.
pub fn sha256_of_file(path: &Path) -> std::io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    sha256_of_pieces(|piece| file.read(piece))
}

/// SHA-256 of what `next` fills in, hex, and how many bytes that was; `next` says how many it put at the front, 0 at
/// the end.
///
/// # Errors
/// The first of `next`.
pub fn sha256_of_pieces<E>(mut next: impl FnMut(&mut [u8]) -> Result<usize, E>) -> Result<(String, u64), E> {
    let (mut hash, mut piece, mut bytes) = (Sha256::new(), vec![0; PIECE], 0);
    loop {
        match next(&mut piece)? {
            0 => return Ok((hex(hash.finalize()), bytes)),
            length => {
                hash.update(&piece[..length]);
                bytes += length as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_digest_of_abc() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex("abc"), expected);
    }

    #[test]
    fn a_file_of_several_pieces_has_the_digest_of_its_bytes() {
        let bytes = vec![7; 2 * PIECE + 1];
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let expected = (sha256_hex(&bytes), bytes.len() as u64);
        assert_eq!(sha256_of_file(file.path()).unwrap(), expected);
    }
}
