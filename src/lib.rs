//! Kuager flags possible incidents on custody footage for people to review. This is the journey of a frame,
//! module by module in its order; `ARCHITECTURE.md` says why it is so.

#![warn(clippy::unwrap_used, clippy::print_stdout)]

// What everything speaks of.
pub mod clock;
pub mod config;
pub mod digest;
pub mod domain;

// The journey of a frame.
pub mod detect;
pub mod gate;
pub mod incident;
pub mod infer;
pub mod integrity;
pub mod media;
pub mod pipeline;
pub mod track;

// Whether the recordings are whole, and when they were made.
pub mod recordings;

// What is kept of it, and how people learn of it.
pub mod chain;
pub mod evidence;
pub mod report;
pub mod retention;
pub mod store;
pub mod text;
pub mod viewing;

// Measuring, and the commands.
pub mod calibrate;
pub mod cli;
pub mod eval;
