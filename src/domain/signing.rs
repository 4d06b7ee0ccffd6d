//! Signatures that cameras put into what they record.

/// A way in which cameras sign what they record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CameraSigning {
    /// Axis Signed Video.
    AxisSignedVideo,
    /// ONVIF Media Signing.
    OnvifMediaSigning,
}

impl CameraSigning {
    /// All ways.
    pub const ALL: [Self; 2] = [Self::AxisSignedVideo, Self::OnvifMediaSigning];

    /// The lasting name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AxisSignedVideo => "axis_signed_video",
            Self::OnvifMediaSigning => "onvif_media_signing",
        }
    }

    /// What its makers call it, in every language.
    pub fn title(self) -> &'static str {
        match self {
            Self::AxisSignedVideo => "Axis Signed Video",
            Self::OnvifMediaSigning => "ONVIF Media Signing",
        }
    }
}
