//! What can go wrong between bytes and pictures, said so that the reader knows what to do.

use std::path::{Path, PathBuf};

use crate::domain::MediaTime;

/// Errors of this folder. Paths come last in the text.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // each message documents its variant
pub enum MediaError {
    #[error("FFmpeg could not start: {message}; `kuager doctor` shows what is installed")]
    Library { message: String },
    #[error("the file is empty (0 bytes); copy it again from the recorder: {}", path.display())]
    Empty { path: PathBuf },
    #[error("cannot read the file: {source}; check permissions and the medium: {}", path.display())]
    Unreadable { source: std::io::Error, path: PathBuf },
    #[error("no such file or folder; check the path: {}", path.display())]
    NotFound { path: PathBuf },
    #[error("the folder holds no file that could be a recording; check the path: {}", path.display())]
    NothingInFolder { path: PathBuf },
    #[error("not a regular file, so it cannot be sought in; to read a stream, feed it to `-` on standard input: {}", path.display())]
    NotRegular { path: PathBuf },
    #[error("standard input could not be kept ({source}); free space on this disk or choose another --data-dir: {}", path.display())]
    Spool { source: std::io::Error, path: PathBuf },
    #[error("not a recording in any known format ({reason}); if it comes from a recorder, export it natively: {}", path.display())]
    NotVideo { reason: String, path: PathBuf },
    #[error("holds no video stream, only {found}; nothing can be looked at: {}", path.display())]
    NoVideoStream { found: String, path: PathBuf },
    #[error("the index of the recording is missing (mp4 without moov): it was cut off while being written; ask for the original or repair a copy with the recorder's own tool: {}", path.display())]
    NoIndex { path: PathBuf },
    #[error("no decoder for {codec} in this FFmpeg; install one or export as H.264: {}", path.display())]
    NoDecoder { codec: String, path: PathBuf },
    #[error("not one picture could be decoded ({reason}); the bytes are damaged or encrypted: {}", path.display())]
    NothingDecoded { reason: String, path: PathBuf },
    #[error("unknown decoder {text:?}; use auto, software, cuda:N or vaapi")]
    UnknownDecoder { text: String },
    #[error(
        "decoder {decoder} cannot be used here: {reason}; choose `--decoder software`, install what is missing, or allow `--fallback cpu`"
    )]
    NoHardware { decoder: String, reason: String },
    #[error("decoder {decoder} cannot decode {codec}; choose `--decoder software`, or allow `--fallback cpu`: {}", path.display())]
    NotInHardware { decoder: String, codec: String, path: PathBuf },
    #[error("the picture at {} could not be scaled: {reason}: {}", at.clock(), path.display())]
    Convert { reason: String, at: MediaTime, path: PathBuf },
    #[error("this FFmpeg cannot write H.264; install one with libx264, as Debian's has: {}", path.display())]
    NoEncoder { path: PathBuf },
    #[error("a copy could not be written ({reason}); free space on this disk or choose another place: {}", path.display())]
    Copy { reason: String, path: PathBuf },
    #[error("no stretch could be cut out of the recording ({reason}); pack the whole of it: {}", path.display())]
    NoCut { reason: String, path: PathBuf },
    #[error("no picture at {}; the file may have changed since it was analysed: {}", at.clock(), path.display())]
    NoPictureAt { at: MediaTime, path: PathBuf },
}

impl MediaError {
    /// The file or folder it speaks of; the program's own name where it is about FFmpeg itself.
    pub fn path(&self) -> &Path {
        match self {
            Self::Library { .. } | Self::UnknownDecoder { .. } | Self::NoHardware { .. } => {
                Path::new("kuager")
            }
            Self::Empty { path }
            | Self::Unreadable { path, .. }
            | Self::NotFound { path }
            | Self::NothingInFolder { path }
            | Self::NotRegular { path }
            | Self::Spool { path, .. }
            | Self::NotVideo { path, .. }
            | Self::NoVideoStream { path, .. }
            | Self::NoIndex { path }
            | Self::NoDecoder { path, .. }
            | Self::NotInHardware { path, .. }
            | Self::NothingDecoded { path, .. }
            | Self::NoEncoder { path }
            | Self::Copy { path, .. }
            | Self::NoCut { path, .. }
            | Self::Convert { path, .. }
            | Self::NoPictureAt { path, .. } => path,
        }
    }
}
