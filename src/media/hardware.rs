//! What decodes recordings: FFmpeg's software decoders, or those of a graphics device that was asked for by name.
//!
//! The only file with `unsafe` code: FFmpeg's interface to hardware decoders has no safe binding. Pictures stay on the
//! device until somebody looks at them. It never takes another decoder than the one asked for unless that was allowed.
#![allow(unsafe_code)] // see above; each block says why it is sound

use std::ffi::{CString, c_int};
use std::ptr::{self, NonNull};
use std::str::FromStr;
use std::sync::Arc;

use ffmpeg_next::codec;
use ffmpeg_next::color::Range;
use ffmpeg_next::ffi::{
    self, AVBufferRef, AVCodec, AVCodecContext, AVCodecID, AVHWDeviceType, AVPixelFormat,
};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame::Video;
use ffmpeg_next::{Codec, Error};

use super::MediaError;

/// Where recordings are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecoderChoice {
    /// On the processor.
    Software,
    /// On an NVIDIA GPU by number (NVDEC).
    Cuda(u32),
    /// On the first graphics device that speaks VA-API.
    Vaapi,
}

impl FromStr for DecoderChoice {
    type Err = MediaError;

    /// `auto` is software: hardware is used only where it is named, so that results never depend on luck.
    fn from_str(text: &str) -> Result<Self, MediaError> {
        let unknown = || MediaError::UnknownDecoder { text: text.to_owned() };
        match text.split_once(':') {
            None if text == "auto" || text == SOFTWARE => Ok(Self::Software),
            None if text == "cuda" => Ok(Self::Cuda(0)),
            None if text == "vaapi" => Ok(Self::Vaapi),
            Some(("cuda", number)) => number.parse().map(Self::Cuda).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

/// As it is stored with a run.
const SOFTWARE: &str = "software";

impl DecoderChoice {
    /// `software`, `cuda:0`, `vaapi`: as it is stored with a run.
    pub fn label(self) -> String {
        match self {
            Self::Software => SOFTWARE.to_owned(),
            Self::Cuda(number) => format!("cuda:{number}"),
            Self::Vaapi => "vaapi".to_owned(),
        }
    }

    /// FFmpeg's kind of device, the format of its pictures, and its own name for it; none for software.
    fn hardware(self) -> Option<(AVHWDeviceType, AVPixelFormat, Option<String>)> {
        match self {
            Self::Software => None,
            Self::Cuda(number) => {
                let name = Some(number.to_string());
                Some((AVHWDeviceType::AV_HWDEVICE_TYPE_CUDA, AVPixelFormat::AV_PIX_FMT_CUDA, name))
            }
            Self::Vaapi => {
                Some((AVHWDeviceType::AV_HWDEVICE_TYPE_VAAPI, AVPixelFormat::AV_PIX_FMT_VAAPI, None))
            }
        }
    }
}

/// A device of FFmpeg's, given back when the last decoder that uses it is closed.
#[derive(Debug)]
struct Device(NonNull<AVBufferRef>);

// SAFETY: the reference is never changed after it was made; FFmpeg counts references atomically, and allows one device
// to be used by decoders of many threads, as its own frame threads do.
unsafe impl Send for Device {}
// SAFETY: as above.
unsafe impl Sync for Device {}

impl Device {
    fn open(kind: AVHWDeviceType, name: Option<&str>) -> Result<Self, String> {
        let name = name.map(CString::new).transpose().map_err(|e| e.to_string())?;
        let name = name.as_ref().map_or(ptr::null(), |n| n.as_ptr());
        let mut device = ptr::null_mut();
        // SAFETY: `device` is where FFmpeg puts its reference; `name` is null or a string that outlives the call.
        let status = unsafe { ffi::av_hwdevice_ctx_create(&mut device, kind, name, ptr::null_mut(), 0) };
        checked(status)?;
        NonNull::new(device).map(Self).ok_or_else(|| "FFmpeg gave no device".to_owned())
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let mut device = self.0.as_ptr();
        // SAFETY: the reference is ours, and nobody has it after this.
        unsafe { ffi::av_buffer_unref(&mut device) };
    }
}

/// What decodes the recordings of a run; opened once, shared by its lanes.
#[derive(Clone, Debug)]
pub struct Decoding {
    choice: DecoderChoice,
    device: Option<Arc<Device>>,
    is_software_allowed: bool,
    refused: Option<String>,
}

impl Decoding {
    /// FFmpeg's software decoders.
    pub fn software() -> Self {
        Self { choice: DecoderChoice::Software, device: None, is_software_allowed: true, refused: None }
    }

    /// Opens what was asked for. Where that is not there and software is allowed instead, [`Self::refused`] says why.
    ///
    /// # Errors
    /// [`MediaError::NoHardware`] where the device cannot be opened and software is not allowed.
    pub fn open(choice: DecoderChoice, is_software_allowed: bool) -> Result<Self, MediaError> {
        let Some((kind, _, name)) = choice.hardware() else { return Ok(Self::software()) };
        match Device::open(kind, name.as_deref()) {
            Ok(device) => {
                let device = Some(Arc::new(device));
                Ok(Self { choice, device, is_software_allowed, refused: None })
            }
            Err(reason) => {
                let error = MediaError::NoHardware { decoder: choice.label(), reason };
                let refused = Some(error.to_string());
                if is_software_allowed { Ok(Self { refused, ..Self::software() }) } else { Err(error) }
            }
        }
    }

    /// What opened: `software`, `cuda:0`, `vaapi`.
    pub fn label(&self) -> String {
        self.choice.label()
    }

    /// Why the device that was asked for is not used, where software was allowed instead.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Whether a device decodes.
    pub(super) fn is_hardware(&self) -> bool {
        self.choice != DecoderChoice::Software
    }

    /// Whether software may take over what the device cannot decode.
    pub(super) fn is_software_allowed(&self) -> bool {
        self.is_software_allowed
    }

    /// The decoder of a codec that can use the device; none where FFmpeg has none.
    pub(super) fn codec(&self, id: codec::Id) -> Option<Codec> {
        let (kind, format, _) = self.choice.hardware()?;
        let id = AVCodecID::from(id);
        let mut place = ptr::null_mut();
        loop {
            // SAFETY: `place` is FFmpeg's own mark of how far it is; the codecs it gives are static.
            let codec = unsafe { ffi::av_codec_iterate(&mut place).as_ref() }?;
            // SAFETY: a codec that FFmpeg just gave.
            let is_decoder = unsafe { ffi::av_codec_is_decoder(codec) } != 0;
            if is_decoder && codec.id == id && can_use(codec, kind, format) {
                // SAFETY: codecs are static.
                return Some(unsafe { Codec::wrap(codec) });
            }
        }
    }

    /// Tells a decoder that is not open yet to use the device.
    pub(super) fn prepare(&self, context: &mut codec::Context) {
        // SAFETY: the context is ours and not open. It takes a reference of its own to the device, which it gives back
        // when it is closed; the function is one of this program, and keeps nothing.
        unsafe {
            let context = context.as_mut_ptr();
            if let Some(device) = &self.device {
                (*context).hw_device_ctx = ffi::av_buffer_ref(device.0.as_ptr());
            }
            (*context).extra_hw_frames = PICTURES_HELD;
            (*context).get_format = Some(match (self.choice, self.is_software_allowed) {
                (DecoderChoice::Vaapi, false) => choose_format::<false, false>,
                (DecoderChoice::Vaapi, true) => choose_format::<false, true>,
                (_, false) => choose_format::<true, false>,
                (_, true) => choose_format::<true, true>,
            });
        }
    }
}

/// Pictures that the program holds on the device beside those the decoder needs: the one that is being looked at, and the
/// one before it.
const PICTURES_HELD: c_int = 2;

/// Whether a decoder gives pictures of this format where it was given a device of this kind.
fn can_use(codec: &AVCodec, kind: AVHWDeviceType, format: AVPixelFormat) -> bool {
    let by_device = ffi::AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX as c_int;
    (0..)
        // SAFETY: the codec is FFmpeg's own; past the last configuration there is null.
        .map_while(|index| unsafe { ffi::avcodec_get_hw_config(codec, index).as_ref() })
        .any(|way| way.methods & by_device != 0 && way.device_type == kind && way.pix_fmt == format)
}

/// What FFmpeg calls when it knows what a stream needs, and again where the device then refuses it. Types, not data, say
/// what is wanted, so that nothing has to outlive the decoder.
unsafe extern "C" fn choose_format<const IS_CUDA: bool, const ALLOWS_SOFTWARE: bool>(
    _: *mut AVCodecContext,
    offered: *const AVPixelFormat,
) -> AVPixelFormat {
    let wanted = if IS_CUDA { AVPixelFormat::AV_PIX_FMT_CUDA } else { AVPixelFormat::AV_PIX_FMT_VAAPI };
    // SAFETY: FFmpeg gives a list that ends with NONE, of formats of the headers this was compiled with.
    let at = |index: usize| unsafe { *offered.add(index) };
    let count = (0..).take_while(|index| at(*index) != AVPixelFormat::AV_PIX_FMT_NONE).count();
    // SAFETY: as above; so many were read.
    choice_of(unsafe { std::slice::from_raw_parts(offered, count) }, wanted, ALLOWS_SOFTWARE)
}

/// The wanted format, else the last, which is the one of software, where that is allowed.
fn choice_of(offered: &[AVPixelFormat], wanted: AVPixelFormat, allows_software: bool) -> AVPixelFormat {
    let software = offered.last().copied().filter(|_| allows_software);
    let found = offered.iter().copied().find(|format| *format == wanted);
    found.or(software).unwrap_or(AVPixelFormat::AV_PIX_FMT_NONE)
}

/// Whether a picture's pixels lie on a device.
pub(super) fn is_on_device(frame: &Video) -> bool {
    // SAFETY: the frame is alive; the field is only compared.
    unsafe { !(*frame.as_ptr()).hw_frames_ctx.is_null() }
}

/// A picture copied from the device into memory, in the layout of a software decoder where it has 8 bits.
///
/// # Errors
/// FFmpeg's reason.
pub(super) fn in_memory(frame: &Video) -> Result<Video, String> {
    let mut copy = Video::empty();
    // SAFETY: both frames are alive; the copy is empty, so that FFmpeg makes its buffers in a format the device gives.
    checked(unsafe { ffi::av_hwframe_transfer_data(copy.as_mut_ptr(), frame.as_ptr(), 0) })?;
    copy_properties(frame, &mut copy)?;
    let flags = ffi::AV_FRAME_CROP_UNALIGNED as c_int;
    // SAFETY: the copy is alive, and its buffers are in memory. Decoders leave cropping at the left and top to this.
    checked(unsafe { ffi::av_frame_apply_cropping(copy.as_mut_ptr(), flags) })?;
    if copy.format() == Pixel::NV12 { three_planes(&copy) } else { Ok(copy) }
}

/// NV12 with its colours in two planes: the same numbers in the order of software decoders, so that nothing that follows
/// can tell which decoded.
fn three_planes(paired: &Video) -> Result<Video, String> {
    let format = if paired.color_range() == Range::JPEG { Pixel::YUVJ420P } else { Pixel::YUV420P };
    let mut planes = Video::new(format, paired.width(), paired.height());
    let (width, height) = (paired.width() as usize, paired.height() as usize);
    let (from, to) = (paired.stride(0), planes.stride(0));
    for (row, source) in planes.data_mut(0).chunks_mut(to).zip(paired.data(0).chunks(from)).take(height) {
        row[..width].copy_from_slice(&source[..width]);
    }
    let (width, height) = (width.div_ceil(2), height.div_ceil(2));
    for (plane, place) in [(1, 0), (2, 1)] {
        let (from, to) = (paired.stride(1), planes.stride(plane));
        let rows = planes.data_mut(plane).chunks_mut(to).zip(paired.data(1).chunks(from));
        for (row, source) in rows.take(height) {
            for (value, pair) in row[..width].iter_mut().zip(source.chunks_exact(2)) {
                *value = pair[place];
            }
        }
    }
    copy_properties(paired, &mut planes)?;
    Ok(planes)
}

/// Stamps, shape of the pixels, colours, marks of damage.
fn copy_properties(from: &Video, to: &mut Video) -> Result<(), String> {
    // SAFETY: both frames are alive.
    checked(unsafe { ffi::av_frame_copy_props(to.as_mut_ptr(), from.as_ptr()) })
}

fn checked(status: c_int) -> Result<(), String> {
    if status < 0 { Err(Error::from(status).to_string()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ffmpeg_next::software::scaling::{Context, Flags};

    use super::*;
    use crate::domain::SourceId;
    use crate::media::{Recording, Step};

    const SAMPLE: &str = "samples/corridor_walking.mp4";

    impl Decoding {
        /// As opened, but without its device, so that every stream is refused: what a recording meets that the device has
        /// no decoder for.
        fn that_refuses(choice: DecoderChoice, is_software_allowed: bool) -> Self {
            Self { choice, device: None, is_software_allowed, refused: None }
        }
    }

    fn decoded(decoding: &Decoding) -> (Recording, Vec<Video>, Result<(), MediaError>) {
        crate::media::init().unwrap();
        let mut recording = Recording::open_on(decoding, Path::new(SAMPLE), SourceId(0), 1).unwrap();
        let mut frames = Vec::new();
        loop {
            match recording.step() {
                Ok(Step::Picture(picture, _)) => {
                    let picture = recording.fetch(picture).unwrap();
                    frames.push(std::sync::Arc::into_inner(picture.frame).unwrap());
                }
                Ok(Step::End) => return (recording, frames, Ok(())),
                Err(error) => return (recording, frames, Err(error)),
            }
        }
    }

    #[test]
    fn decoders_by_name() {
        assert_eq!("auto".parse::<DecoderChoice>().unwrap(), DecoderChoice::Software);
        for label in ["software", "cuda:1", "vaapi"] {
            assert_eq!(label.parse::<DecoderChoice>().unwrap().label(), label);
        }
        assert_eq!("cuda".parse::<DecoderChoice>().unwrap().label(), "cuda:0");
        for bad in ["cpu", "cuda:-1", "cuda:x", "cuda:", "vaapi:0", "software:0", ""] {
            assert!(bad.parse::<DecoderChoice>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_wanted_format_is_taken_and_software_only_where_it_is_allowed() {
        use AVPixelFormat::*;
        let offered = [AV_PIX_FMT_VAAPI, AV_PIX_FMT_CUDA, AV_PIX_FMT_YUV420P];
        for allows in [false, true] {
            assert_eq!(choice_of(&offered, AV_PIX_FMT_CUDA, allows), AV_PIX_FMT_CUDA);
        }
        assert_eq!(choice_of(&offered[2..], AV_PIX_FMT_CUDA, true), AV_PIX_FMT_YUV420P);
        assert_eq!(choice_of(&offered[2..], AV_PIX_FMT_CUDA, false), AV_PIX_FMT_NONE);
        assert_eq!(choice_of(&[], AV_PIX_FMT_CUDA, true), AV_PIX_FMT_NONE);
    }

    #[test]
    fn software_takes_over_what_a_device_refuses_where_that_is_allowed() {
        let (_, in_software, _) = decoded(&Decoding::software());
        for choice in [DecoderChoice::Cuda(0), DecoderChoice::Vaapi] {
            let (recording, frames, result) = decoded(&Decoding::that_refuses(choice, true));
            assert!(result.is_ok() && !frames.is_empty());
            assert!(frames.iter().map(|f| f.data(0)).eq(in_software.iter().map(|f| f.data(0))));
            assert_eq!(recording.decoder_used(), "software");
        }
    }

    #[test]
    fn what_a_device_refuses_is_an_error_with_the_way_out() {
        for choice in [DecoderChoice::Cuda(0), DecoderChoice::Vaapi] {
            let (_, frames, result) = decoded(&Decoding::that_refuses(choice, false));
            let error = result.unwrap_err().to_string();
            assert!(frames.is_empty() && error.contains(&choice.label()), "{error}");
            assert!(error.contains("--decoder software") && error.contains("--fallback cpu"), "{error}");
        }
    }

    #[test]
    fn a_codec_that_no_device_decodes_is_known_before_it_is_tried() {
        let refuses = |choice| Decoding::that_refuses(choice, false);
        for choice in [DecoderChoice::Cuda(0), DecoderChoice::Vaapi] {
            assert_eq!(refuses(choice).codec(codec::Id::H264).unwrap().name(), "h264");
            assert_eq!(refuses(choice).codec(codec::Id::HEVC).unwrap().name(), "hevc");
            assert!(refuses(choice).codec(codec::Id::DVVIDEO).is_none());
        }
        assert!(Decoding::software().codec(codec::Id::H264).is_none());
    }

    #[test]
    fn paired_colours_become_the_planes_that_a_software_decoder_gives() {
        let mut to_pairs = Context::get(Pixel::YUV420P, 64, 48, Pixel::NV12, 64, 48, Flags::POINT).unwrap();
        for (range, format) in [(Range::MPEG, Pixel::YUV420P), (Range::JPEG, Pixel::YUVJ420P)] {
            let planar = numbered(Pixel::YUV420P);
            let mut paired = Video::empty();
            to_pairs.run(&planar, &mut paired).unwrap();
            paired.set_color_range(range);
            paired.set_pts(Some(4711));
            let planes = three_planes(&paired).unwrap();
            assert_eq!((planes.format(), planes.pts()), (format, Some(4711)));
            for plane in 0..3 {
                assert_eq!(rows(&planes, plane), rows(&planar, plane), "{format:?}, plane {plane}");
            }
        }
    }

    /// Runs where any device of FFmpeg's opens, be it one that decodes or not.
    #[test]
    fn a_picture_comes_back_from_a_device_as_it_went_there() {
        crate::media::init().unwrap();
        let kinds = [
            (AVHWDeviceType::AV_HWDEVICE_TYPE_CUDA, AVPixelFormat::AV_PIX_FMT_CUDA),
            (AVHWDeviceType::AV_HWDEVICE_TYPE_VAAPI, AVPixelFormat::AV_PIX_FMT_VAAPI),
            (AVHWDeviceType::AV_HWDEVICE_TYPE_VULKAN, AVPixelFormat::AV_PIX_FMT_VULKAN),
            (AVHWDeviceType::AV_HWDEVICE_TYPE_OPENCL, AVPixelFormat::AV_PIX_FMT_OPENCL),
        ];
        let mut tried = 0;
        for (kind, on_device) in kinds {
            let Ok(device) = Device::open(kind, None) else { continue };
            for format in [Pixel::NV12, Pixel::YUV420P, Pixel::RGBA] {
                let sent = numbered(format);
                let Ok(there) = uploaded(&device, on_device, &sent) else { continue };
                tried += 1;
                assert!(is_on_device(&there) && !is_on_device(&sent));
                let back = in_memory(&there).unwrap();
                let expected = if format == Pixel::NV12 { three_planes(&sent).unwrap() } else { sent };
                assert_eq!((back.format(), back.pts()), (expected.format(), Some(4711)), "{kind:?}");
                for plane in 0..back.planes() {
                    assert_eq!(
                        rows(&back, plane),
                        rows(&expected, plane),
                        "{kind:?}, {format:?}, plane {plane}"
                    );
                }
            }
        }
        if tried == 0 {
            eprintln!("skipped: no graphics device opens here that holds pictures");
        }
    }

    /// A picture of other numbers in every place and plane.
    fn numbered(format: Pixel) -> Video {
        let mut frame = Video::new(format, 64, 48);
        for plane in 0..frame.planes() {
            let values = frame.data_mut(plane).iter_mut().enumerate();
            values.for_each(|(i, value)| *value = (i * 7 + plane * 50 + i / 13) as u8);
        }
        frame.set_pts(Some(4711));
        frame
    }

    /// The bytes of a plane, row by row, without what lies between the rows.
    fn rows(frame: &Video, plane: usize) -> Vec<Vec<u8>> {
        let width = match (frame.format(), plane) {
            (Pixel::RGBA, _) => frame.width() as usize * 4,
            _ => frame.plane_width(plane) as usize,
        };
        let rows = frame.data(plane).chunks(frame.stride(plane)).take(frame.plane_height(plane) as usize);
        rows.map(|row| row[..width].to_vec()).collect()
    }

    fn uploaded(device: &Device, format: AVPixelFormat, sent: &Video) -> Result<Video, String> {
        let mut on_device = Video::empty();
        // SAFETY: as in FFmpeg's own example of uploading (`doc/examples/vaapi_encode.c`): the pool is described before it
        // is made, and each frame keeps a reference to it.
        unsafe {
            let mut pool = ffi::av_hwframe_ctx_alloc(device.0.as_ptr());
            let frames = (*pool).data.cast::<ffi::AVHWFramesContext>();
            (*frames).format = format;
            (*frames).sw_format = sent.format().into();
            ((*frames).width, (*frames).height) = (sent.width() as c_int, sent.height() as c_int);
            let made = checked(ffi::av_hwframe_ctx_init(pool))
                .and_then(|()| checked(ffi::av_hwframe_get_buffer(pool, on_device.as_mut_ptr(), 0)));
            ffi::av_buffer_unref(&mut pool);
            made?;
            checked(ffi::av_hwframe_transfer_data(on_device.as_mut_ptr(), sent.as_ptr(), 0))?;
        }
        copy_properties(sent, &mut on_device)?;
        Ok(on_device)
    }
}
