//! Time stamps by others beside a signed head: what was asked for, what came back, and whether it holds.
//!
//! They lie in a folder of their own, by number: `1.tsq` was sent, `1.tsr` came back, `1.crt` is the certificate that was given
//! with it; in a data directory `1.head` is what they are about. They are added to a package after it was made, so no list
//! names them: each proves itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::chain::{FindingCode, StampCertificate, StampError, StampRequest, Stamped, check_stamp};

/// More of them in one place nobody needs.
const MOST: u32 = 999;
/// No file of a stamp is larger, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// What can be said of a stamp that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundStamp {
    /// What the authority says.
    pub stamped: Stamped,
    /// Whether the certificate came from elsewhere than the stamp.
    pub is_known: bool,
}

/// Why no stamp could be asked for or taken.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each message documents its variant
pub enum StampFileError {
    #[error("this cannot be read ({source}): {}", path.display())]
    Read { source: std::io::Error, path: PathBuf },
    #[error("this cannot be written ({source}): {}", path.display())]
    Write { source: std::io::Error, path: PathBuf },
    #[error("nothing was asked for here that is still open: run `kuager stamp request` first: {}", path.display())]
    NoRequest { path: PathBuf },
    #[error("this is no certificate (X.509, PEM or DER): {}", path.display())]
    NoCertificate { path: PathBuf },
    #[error("this is no stamp on what was asked for, and nothing was kept: {error}: {}", path.display())]
    NoStamp { error: StampError, path: PathBuf },
    #[error("there are {MOST} stamps already: {}", path.display())]
    TooMany { path: PathBuf },
}

/// The files of one stamp, by their endings.
#[derive(Clone, Debug, Default)]
pub(super) struct StampFiles(BTreeMap<String, Vec<u8>>);

impl StampFiles {
    /// Number and ending, where a file's name is one of a stamp.
    pub fn name(name: &str) -> Option<(u32, &str)> {
        let (number, ending) = name.split_once('.')?;
        let is_ours = ["tsq", "tsr", "crt", "head"].contains(&ending);
        let number: u32 =
            number.parse().ok().filter(|n| (1..=MOST).contains(n) && n.to_string() == number)?;
        is_ours.then_some((number, ending))
    }

    /// Adds a file; one that is too large is as good as empty.
    pub fn add(&mut self, ending: &str, bytes: Vec<u8>) {
        let bytes = if bytes.len() > MOST_BYTES { Vec::new() } else { bytes };
        self.0.insert(ending.to_owned(), bytes);
    }

    /// What is stamped, where it lies beside.
    pub fn head(&self) -> Option<&[u8]> {
        self.0.get("head").map(Vec::as_slice)
    }

    /// Whether it holds; none while nothing came back.
    pub fn check(
        &self,
        head: &[u8],
        outside: Option<&StampCertificate>,
    ) -> Option<Result<FoundStamp, FindingCode>> {
        let response = self.0.get("tsr")?;
        let request = self.0.get("tsq").and_then(|bytes| StampRequest::parse(bytes));
        let beside = self.0.get("crt").and_then(|bytes| StampCertificate::parse(bytes));
        let (Some(request), Some(certificate)) = (request, outside.cloned().or(beside)) else {
            return Some(Err(FindingCode::StampUnreadable));
        };
        let stamped = check_stamp(response, &request, head, &certificate);
        let is_known = outside.is_some();
        Some(stamped.map(|stamped| FoundStamp { stamped, is_known }).map_err(code))
    }
}

fn code(error: StampError) -> FindingCode {
    match error {
        StampError::Random | StampError::Form | StampError::Refused(_) | StampError::Algorithm => {
            FindingCode::StampUnreadable
        }
        StampError::Imprint => FindingCode::StampOtherHead,
        StampError::Nonce => FindingCode::StampOtherRequest,
        StampError::Certificate => FindingCode::StampCertificate,
        StampError::Signature => FindingCode::StampForged,
    }
}

/// The stamps that hold, each checked against its head; `note` is told of those that do not.
pub(super) fn check_all<'a>(
    stamps: &'a BTreeMap<u32, StampFiles>,
    head_of: impl Fn(&'a StampFiles) -> &'a [u8],
    authority: Option<&StampCertificate>,
    mut note: impl FnMut(u32, FindingCode),
) -> Vec<FoundStamp> {
    let mut found = Vec::new();
    for (number, files) in stamps {
        match files.check(head_of(files), authority) {
            Some(Ok(stamp)) => found.push(stamp),
            Some(Err(code)) => note(*number, code),
            None => {}
        }
    }
    found
}

/// The stamps in a folder, by number; none where there is no folder.
pub(super) fn read_folder(folder: &Path) -> Result<BTreeMap<u32, StampFiles>, StampFileError> {
    let mut stamps = BTreeMap::<u32, StampFiles>::new();
    if !folder.is_dir() {
        return Ok(stamps);
    }
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let name = entry.file_name();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if let Some((number, ending)) = name.to_str().filter(|_| is_file).and_then(StampFiles::name) {
            let path = entry.path();
            let length = entry.metadata().map_or(0, |m| m.len());
            let bytes = if length > MOST_BYTES as u64 {
                Vec::new()
            } else {
                std::fs::read(&path).map_err(unreadable(&path))?
            };
            stamps.entry(number).or_default().add(ending, bytes);
        }
    }
    Ok(stamps)
}

/// Asks for a stamp on `head`: keeps the request in `folder` and writes it to `out` too. `has_own_head` keeps the head beside it.
///
/// # Errors
/// Where it cannot be kept or written.
pub fn request_stamp(
    folder: &Path,
    head: &[u8],
    has_own_head: bool,
    out: &Path,
) -> Result<(), StampFileError> {
    let used = read_folder(folder)?;
    let free = (1..=MOST).find(|number| !used.contains_key(number));
    let number = free.ok_or_else(|| StampFileError::TooMany { path: folder.to_owned() })?;
    let no_stamp = |error| StampFileError::NoStamp { error, path: out.to_owned() };
    let request = StampRequest::random(head).map_err(no_stamp)?;
    let request = request.bytes().ok_or_else(|| no_stamp(StampError::Form))?;
    write(out, &request)?;
    std::fs::create_dir_all(folder)
        .map_err(|source| StampFileError::Write { source, path: folder.to_owned() })?;
    if has_own_head {
        write(&folder.join(format!("{number}.head")), head)?;
    }
    write(&folder.join(format!("{number}.tsq")), &request)
}

/// Takes a response: finds the request that it answers, checks it and keeps it. `head` is what was stamped, where it does not
/// lie beside the request.
///
/// # Errors
/// Where it is no stamp on anything that was asked for, or cannot be read or kept.
pub fn accept_stamp(
    folder: &Path,
    head: Option<&[u8]>,
    (response, certificate): (&Path, &Path),
) -> Result<Stamped, StampFileError> {
    let came = std::fs::read(response).map_err(unreadable(response))?;
    let given = std::fs::read(certificate).map_err(unreadable(certificate))?;
    let known = StampCertificate::parse(&given)
        .ok_or_else(|| StampFileError::NoCertificate { path: certificate.to_owned() })?;
    let mut refused = None;
    for (number, files) in read_folder(folder)? {
        let request = files.0.get("tsq").filter(|_| !files.0.contains_key("tsr"));
        let request = request.and_then(|bytes| StampRequest::parse(bytes));
        let (Some(request), Some(head)) = (request, files.head().or(head)) else { continue };
        match check_stamp(&came, &request, head, &known) {
            Ok(stamped) => {
                write(&folder.join(format!("{number}.crt")), &given)?;
                write(&folder.join(format!("{number}.tsr")), &came)?;
                return Ok(stamped);
            }
            // Of several open requests, the one that it seems to answer says best what is wrong.
            Err(error)
                if refused.is_none_or(|other| matches!(other, StampError::Imprint | StampError::Nonce)) =>
            {
                refused = Some(error);
            }
            Err(_) => {}
        }
    }
    Err(match refused {
        Some(error) => StampFileError::NoStamp { error, path: response.to_owned() },
        None => StampFileError::NoRequest { path: folder.to_owned() },
    })
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> StampFileError {
    let path = path.to_owned();
    move |source| StampFileError::Read { source, path }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StampFileError> {
    std::fs::write(path, bytes).map_err(|source| StampFileError::Write { source, path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_are_stamps() {
        assert_eq!(StampFiles::name("12.tsr"), Some((12, "tsr")));
        for other in ["0.tsr", "01.tsr", "1000.tsr", "1.exe", "1.tsr.exe", "x.tsr", "-1.tsr", "+1.tsr", "1"] {
            assert_eq!(StampFiles::name(other), None, "{other}");
        }
    }
}
