//! Rules: from people, tracks and model scores to signals that point to a visible act.
//!
//! A rule names what is seen and why; whether signals become an incident is decided in [`crate::incident`].

mod acts;
mod body;
mod faint;
mod groups;
mod passages;
mod person_down;
mod sight;
mod violence;

pub use acts::ActsDetector;
pub use groups::{Group, find_groups};
pub use passages::PassageLog;
pub use person_down::PersonDownDetector;
pub use sight::{EscalationMemory, sight_signal};
pub use violence::{Moment, ViolenceDetector, evidence_rate};
