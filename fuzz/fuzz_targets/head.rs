//! A head from anywhere is read or refused; one that is read is written the same again, and a key from anywhere likewise.
#![no_main]

use kuager::chain::{PublicKey, SignedHead};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(head) = SignedHead::parse(text) {
        assert_eq!(SignedHead::parse(&head.to_string()).as_ref(), Ok(&head));
    }
    if let Some(key) = PublicKey::parse(text) {
        assert_eq!(PublicKey::parse(&key.to_string()), Some(key));
    }
});
