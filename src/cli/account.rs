//! Under which account of the system a command is run, and that somebody looked at results.

use serde_json::json;

use super::context::Context;
use crate::chain::{EntryKind, NewEntry};
use crate::store::{StoreError, open_data_log};

/// The account's name, from the system rather than from the environment; its number where the system's list has no name.
pub(super) fn account() -> String {
    let uid = rustix::process::getuid().as_raw();
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = |line: &str| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    };
    list.lines().find_map(named).unwrap_or_else(|| format!("uid {uid}"))
}

/// Logs that results are being looked at: who, with which command, at what. On a medium that cannot be written the view
/// goes on, and says that it left no trace.
pub(super) fn log_view(context: &Context, command: &str, what: serde_json::Value) {
    let body = json!({"account": account(), "command": command, "what": what});
    let logged = || -> Result<(), StoreError> {
        let mut log = open_data_log(&context.data_dir)?;
        log.append(vec![NewEntry { kind: EntryKind::Viewed, body }])?;
        log.sign_head()?;
        Ok(())
    };
    if let Err(error) = logged() {
        eprintln!("kuager: this view is not in the log: {error}");
    }
}
