//! Shared buffers that are used again: a window holds what it needs of each picture for two seconds, then lets go.

use std::sync::Arc;

/// More buffers than any window holds are not kept.
const MOST_KEPT: usize = 64;

/// Hands out buffers, and takes back by itself those that nobody holds any more.
#[derive(Default)]
pub(super) struct SharedBuffers<T> {
    made: Vec<Arc<[T]>>,
}

impl<T: Copy + Default> SharedBuffers<T> {
    /// A buffer of this length, after `fill` wrote all of it.
    pub fn filled(&mut self, length: usize, fill: impl FnOnce(&mut [T])) -> Arc<[T]> {
        let is_free = |buffer: &mut Arc<[T]>| buffer.len() == length && Arc::get_mut(buffer).is_some();
        let place = self.made.iter_mut().position(is_free).unwrap_or_else(|| {
            if self.made.len() >= MOST_KEPT {
                self.made.clear();
            }
            self.made.push(vec![T::default(); length].into());
            self.made.len() - 1
        });
        if let Some(values) = Arc::get_mut(&mut self.made[place]) {
            fill(values);
        }
        self.made[place].clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_only_when_nobody_holds_it() {
        let mut buffers = SharedBuffers::default();
        let first = buffers.filled(2, |v| v.fill(1));
        let second = buffers.filled(2, |v| v.fill(2));
        assert_eq!((&first[..], &second[..]), (&[1, 1][..], &[2, 2][..]));
        let address = first.as_ptr();
        drop(first);
        let third = buffers.filled(2, |v| v.fill(3));
        assert_eq!((third.as_ptr(), &second[..]), (address, &[2, 2][..]));
        assert_eq!(buffers.filled(5, |v| v.fill(4))[..], [4; 5], "another length is another buffer");
    }

    #[test]
    fn what_is_held_for_ever_is_not_hoarded() {
        let mut buffers = SharedBuffers::default();
        let held: Vec<_> = (0..3 * MOST_KEPT).map(|i| buffers.filled(1, |v| v.fill(i))).collect();
        assert!(buffers.made.len() <= MOST_KEPT);
        assert!(held.iter().enumerate().all(|(i, buffer)| buffer[0] == i));
    }
}
