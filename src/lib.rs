//! Kuager flags possible incidents on custody footage for people to review. This is the journey of a frame,
//! module by module in its order; `ARCHITECTURE.md` says why it is so.

pub mod domain;
