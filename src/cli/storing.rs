//! Where the results of a run go, and what happens when their disk no longer takes them.

use crate::store::{StoreError, Writer};

/// The writer of a run's results. After a failure the run stops, or, where it was configured so, goes on without storing:
/// what is flagged is then only printed and in the report, and the run ends as a failed one.
pub(super) struct Storing {
    writer: Writer,
    goes_on: bool,
    failure: Option<StoreError>,
}

impl Storing {
    pub fn new(writer: Writer, goes_on: bool) -> Self {
        Self { writer, goes_on, failure: None }
    }

    /// Stores something, unless storing has failed before.
    pub fn write(&mut self, write: impl FnOnce(&Writer) -> Result<(), StoreError>) -> Result<(), StoreError> {
        if self.failure.is_none() {
            let written = write(&self.writer);
            return self.judge(written, ());
        }
        Ok(())
    }

    /// Processor seconds that storing has taken; waits until all is stored.
    pub fn cpu_secs(&mut self) -> Result<f64, StoreError> {
        if self.failure.is_some() {
            return Ok(0.0);
        }
        let flushed = self.writer.flush();
        self.judge(flushed, 0.0)
    }

    /// Closes the database; returns why not everything is stored, where the run went on without.
    pub fn finish(mut self) -> Result<Option<StoreError>, StoreError> {
        if self.failure.is_some() {
            return Ok(self.failure);
        }
        match self.writer.finish() {
            Err(error) if self.goes_on => self.failure = Some(error),
            finished => drop(finished?),
        }
        Ok(self.failure)
    }

    fn judge<T>(&mut self, stored: Result<T, StoreError>, otherwise: T) -> Result<T, StoreError> {
        match stored {
            Err(error) if self.goes_on => {
                eprintln!("kuager: {error}");
                eprintln!(
                    "kuager: the analysis goes on (storage.on_failure); from here on what is flagged is printed, and not stored"
                );
                self.failure = Some(error);
                Ok(otherwise)
            }
            stored => stored,
        }
    }
}
