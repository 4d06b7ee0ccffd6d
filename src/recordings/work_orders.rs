//! Work orders: what was announced *before* a camera could not see. One that was entered later explains nothing.

use crate::domain::WallTime;

/// One announced stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkOrder {
    /// The camera; `*` for all.
    pub camera: String,
    /// When it was entered.
    pub entered_at: WallTime,
    /// From when the camera would not see.
    pub from: WallTime,
    /// Until when.
    pub to: WallTime,
}

/// Reads a CSV file with the columns `camera`, `entered_at`, `from`, `to` in any order (others are ignored); times are
/// RFC 3339 with an offset.
///
/// # Errors
/// Names the line and what must be there.
pub fn read_work_orders(text: &str) -> Result<Vec<WorkOrder>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|e| format!("line 1: {e}"))?.clone();
    let column = |name: &str| {
        let found = headers.iter().position(|h| h == name);
        found.ok_or_else(|| {
            format!("line 1: there is no column {name:?}; wanted are camera, entered_at, from, to")
        })
    };
    let columns = [column("camera")?, column("entered_at")?, column("from")?, column("to")?];
    let mut orders = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| e.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let [camera, entered_at, from, to] = columns.map(|c| record.get(c).unwrap_or_default().to_owned());
        let time = |name: &str, text: &str| {
            WallTime::from_rfc3339(text).ok_or_else(|| {
                format!("line {line}: {name} = {text:?} is no time; write it like 2026-03-01T08:00:00+05:00")
            })
        };
        let order = WorkOrder {
            entered_at: time("entered_at", &entered_at)?,
            from: time("from", &from)?,
            to: time("to", &to)?,
            camera,
        };
        if order.camera.is_empty() {
            return Err(format!("line {line}: it names no camera; \"*\" stands for all"));
        }
        if order.to <= order.from {
            return Err(format!("line {line}: it ends before it begins; exchange from and to"));
        }
        orders.push(order);
    }
    Ok(orders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_and_odd_ones_refused_with_their_line() {
        let head = "entered_at,camera,from,to,who\n";
        let good = format!(
            "{head}2026-03-01T00:00:00Z,Yard,2026-03-01T08:00:00+05:00,2026-03-01T09:00:00+05:00,x\n"
        );
        let orders = read_work_orders(&good).unwrap();
        assert_eq!((orders.len(), orders[0].camera.as_str()), (1, "Yard"));
        for (text, word) in [
            ("camera,from,to\n", "no column \"entered_at\""),
            (&good.replace("2026-03-01T00:00:00Z", "yesterday"), "line 2: entered_at = \"yesterday\""),
            (&good.replace(",Yard,", ",,"), "line 2: it names no camera"),
            (&good.replace("T09:00", "T07:00"), "line 2: it ends before it begins"),
        ] {
            let error = read_work_orders(text).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
