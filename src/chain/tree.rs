//! The Merkle tree over the log's lines, as RFC 9162, section 2.1, defines it, with SHA-256.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::digest::hex;

/// A hash of the tree: of a line where it is a leaf, of two hashes where it is a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafHash(pub [u8; 32]);

impl LeafHash {
    /// Of a line without its newline: SHA-256 over 0x00 and the bytes.
    pub fn of_line(line: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update([0]);
        hash.update(line);
        Self(hash.finalize().into())
    }

    /// From 64 lower-case hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let is_plain = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let mut bytes = [0; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(is_plain.then(|| &text[2 * i..2 * i + 2])?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The node over two hashes: SHA-256 over 0x01, left and right.
    fn over(left: Self, right: Self) -> Self {
        let mut hash = Sha256::new();
        hash.update([1]);
        hash.update(left.0);
        hash.update(right.0);
        Self(hash.finalize().into())
    }
}

impl fmt::Display for LeafHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.0))
    }
}

impl fmt::Debug for LeafHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The right edge of a growing tree: enough to add leaves and to know the root, in memory that grows with the logarithm of
/// their number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Edge {
    size: u64,
    /// Roots of the perfect subtrees, largest first: one for each 1 in the binary form of `size`.
    peaks: Vec<LeafHash>,
}

impl Edge {
    pub fn push(&mut self, leaf: LeafHash) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("there is a peak for each 1 of the size");
            node = LeafHash::over(left, node);
        }
        self.peaks.push(node);
        self.size += 1;
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn root(&self) -> LeafHash {
        let mut peaks = self.peaks.iter().rev().copied();
        let Some(smallest) = peaks.next() else { return empty_root() };
        peaks.fold(smallest, |right, left| LeafHash::over(left, right))
    }
}

/// The root over leaves; over none it is the hash of nothing.
pub fn root_of(leaves: &[LeafHash]) -> LeafHash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            LeafHash::over(root_of(left), root_of(right))
        }
    }
}

/// The hashes that lead from leaf `index` to the root, from below; none where there is no such leaf.
pub fn inclusion_proof(leaves: &[LeafHash], index: usize) -> Option<Vec<LeafHash>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, other) = if index < left.len() {
        (inclusion_proof(left, index)?, right)
    } else {
        (inclusion_proof(right, index - left.len())?, left)
    };
    path.push(root_of(other));
    Some(path)
}

/// The hashes that show how the tree over the first `old` leaves grew into the tree over all; none where it never was.
pub fn consistency_proof(leaves: &[LeafHash], old: usize) -> Option<Vec<LeafHash>> {
    (old > 0 && old <= leaves.len()).then(|| subproof(leaves, old, true))
}

fn subproof(leaves: &[LeafHash], old: usize, is_whole: bool) -> Vec<LeafHash> {
    if old == leaves.len() {
        return if is_whole { Vec::new() } else { vec![root_of(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, other) = if old <= left.len() {
        (subproof(left, old, is_whole), right)
    } else {
        (subproof(right, old - left.len(), false), left)
    };
    path.push(root_of(other));
    path
}

/// Whether the proof leads from the leaf at `index` to `root` (RFC 9162, 2.1.3.2).
pub fn verify_inclusion(leaf: LeafHash, index: u64, size: u64, proof: &[LeafHash], root: LeafHash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut node) = (index, size - 1, leaf);
    for other in proof {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            node = LeafHash::over(*other, node);
            while at % 2 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            node = LeafHash::over(node, *other);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && node == root
}

/// Whether the proof leads from the root over the first `old_size` leaves to the root over `size` (RFC 9162, 2.1.4.2).
pub fn verify_consistency(
    (old_size, old_root): (u64, LeafHash),
    (size, root): (u64, LeafHash),
    proof: &[LeafHash],
) -> bool {
    if old_size == 0 || old_size > size {
        return false;
    }
    if old_size == size {
        return proof.is_empty() && old_root == root;
    }
    let mut path = proof.iter().copied();
    let first = if old_size.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old_size - 1, size - 1);
    while at % 2 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut old_node, mut node) = (first, first);
    for other in path {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            old_node = LeafHash::over(other, old_node);
            node = LeafHash::over(other, node);
            while at % 2 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            node = LeafHash::over(node, other);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && old_node == old_root && node == root
}

/// The largest power of two below a number above 1.
fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

fn empty_root() -> LeafHash {
    LeafHash(Sha256::digest(b"").into())
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;

    fn line(i: usize) -> Vec<u8> {
        format!("entry {i}").into_bytes()
    }

    fn leaves(count: usize) -> Vec<LeafHash> {
        (0..count).map(|i| LeafHash::of_line(&line(i))).collect()
    }

    /// The same lines in an independent implementation.
    fn theirs(count: usize) -> MemoryBackedTree<Sha256, Vec<u8>> {
        let mut tree = MemoryBackedTree::new();
        (0..count).for_each(|i| tree.push(line(i)));
        tree
    }

    fn joined(proof: &[LeafHash]) -> Vec<u8> {
        proof.iter().flat_map(|h| h.0).collect()
    }

    #[test]
    fn roots_and_proofs_are_those_of_another_implementation() {
        let mut edge = Edge::default();
        for count in 1..70 {
            edge.push(LeafHash::of_line(&line(count - 1)));
            let (ours, tree) = (leaves(count), theirs(count));
            assert_eq!(root_of(&ours).0[..], tree.root().as_bytes()[..]);
            assert_eq!(edge.root(), root_of(&ours));
            for index in [0, count / 2, count - 1] {
                let proof = inclusion_proof(&ours, index).unwrap();
                assert_eq!(joined(&proof), tree.prove_inclusion(index).as_bytes());
                assert!(verify_inclusion(ours[index], index as u64, count as u64, &proof, root_of(&ours)));
            }
            for old in 1..count {
                let proof = consistency_proof(&ours, old).unwrap();
                assert_eq!(joined(&proof), tree.prove_consistency(count - old).as_bytes());
            }
        }
        assert_eq!(Edge::default().root(), root_of(&[]));
        assert_eq!(LeafHash::from_hex(&root_of(&[]).to_string()), Some(root_of(&[])));
    }

    proptest! {
        #[test]
        fn a_proof_holds_for_what_it_proves_and_for_nothing_else(
            size in 2_usize..60, old in any::<usize>(), changed in any::<usize>()
        ) {
            let old = 1 + old % size;
            let changed = changed % old;
            let ours = leaves(size);
            let (old_root, root) = (root_of(&ours[..old]), root_of(&ours));
            let proof = consistency_proof(&ours, old).unwrap();
            let holds = |old_root, root| {
                verify_consistency((old as u64, old_root), (size as u64, root), &proof)
            };
            prop_assert!(holds(old_root, root));
            let mut other = ours.clone();
            other[changed] = LeafHash::of_line(b"something else");
            prop_assert!(!holds(root_of(&other[..old]), root));
            prop_assert!(!holds(old_root, root_of(&other)));
            let proof_of_other = consistency_proof(&other, old).unwrap();
            prop_assert!(!verify_consistency((old as u64, old_root), (size as u64, root_of(&other)), &proof_of_other));
            let path = inclusion_proof(&ours, changed).unwrap();
            prop_assert!(!verify_inclusion(other[changed], changed as u64, size as u64, &path, root));
        }
    }
}
