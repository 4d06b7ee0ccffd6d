//! Everything people read, in their language: messages from `locales/*.ftl`, numbers, dates, lengths of time.
//!
//! The texts are part of the program, so nothing is looked up at run time and nothing can be missing on a machine
//! without them. This module holds no wording of its own.

mod lang;
#[cfg(test)]
mod locale_tests;
mod number;
mod printable;
mod texts;

pub use lang::{Lang, UnknownLang};
pub use printable::{printable, printable_path};
pub use texts::{TextError, Texts, Value};
