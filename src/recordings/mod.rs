//! Whether the recordings of a camera are all there and agree about when they were made.
//!
//! Names, containers, file dates and sidecars each say a time. They are compared; what disagrees is told, and nothing is
//! ever corrected or written.

mod clocks;
mod examine;
mod found;
mod joins;
mod ledger;
mod names;
mod placing;
mod schedule;
mod series;
mod site;
mod spans;
mod work_orders;
mod zone;

pub use examine::{Examined, PlacedFile, examine};
pub use found::{Found, SidecarSays, read_sidecar};
pub use joins::{OpenEnded, join};
pub use ledger::ledger;
pub use names::{NamePattern, NamePatterns, NameSays, NamedTime, RecordedBecause};
pub use schedule::{Hours, Schedule};
pub use series::Finding;
pub use site::{Neighbour, Site, SiteCamera};
pub use work_orders::{WorkOrder, read_work_orders};
pub use zone::{LocalTime, Resolved, ZoneOfTime};
