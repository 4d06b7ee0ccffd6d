use super::*;
use crate::report::fixture::person;

fn grey(size: Size) -> Vec<u8> {
    vec![90; size.width as usize * size.height as usize * 3]
}

fn decoded(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap().into_rgb8()
}

fn is_near(pixel: &image::Rgb<u8>, colour: [u8; 3]) -> bool {
    pixel.0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 40)
}

#[test]
fn sides_and_region_are_drawn_where_they_are() {
    let size = Size { width: 640, height: 480 };
    let person = person(320.0, 60.0, 360.0, 0.0);
    let region = BBox { x: 200.0, y: 40.0, width: 240.0, height: 400.0 };
    let still = decoded(&draw_still(&grey(size), size, &[person], region, "").unwrap());
    assert_eq!(still.dimensions(), (640, 480));
    assert!(is_near(still.get_pixel(363, 132), LEFT), "left shoulder {:?}", still.get_pixel(363, 132));
    assert!(is_near(still.get_pixel(277, 132), RIGHT), "right shoulder {:?}", still.get_pixel(277, 132));
    assert!(is_near(still.get_pixel(203, 40), REGION), "region {:?}", still.get_pixel(203, 40));
    assert!(is_near(still.get_pixel(20, 20), [90; 3]), "the rest is untouched");
}

#[test]
fn large_pictures_are_scaled_down_with_what_is_drawn() {
    let size = Size { width: 2560, height: 1440 };
    let region = BBox { x: 400.0, y: 400.0, width: 800.0, height: 600.0 };
    let still = decoded(&draw_still(&grey(size), size, &[], region, "K-1").unwrap());
    assert_eq!(still.dimensions(), (1280, 720 + 39));
    assert!(is_near(still.get_pixel(203, 200), REGION), "{:?}", still.get_pixel(203, 200));
    assert!(is_near(still.get_pixel(1000, 740), BAND), "the caption stands below the picture");
}

#[test]
fn any_size_and_any_numbers_are_survived() {
    let mut person = person(0.0, 0.0, 100.0, 0.0);
    person.keypoints_in_frame[5].at = Point { x: f32::NAN, y: f32::INFINITY };
    person.keypoints_in_frame[6].at = Point { x: 1e30, y: -1e30 };
    let region = BBox { x: f32::NAN, y: -5.0, width: 1e30, height: 0.0 };
    for (width, height) in [(1, 1), (3, 200), (200, 3), (65, 65)] {
        let size = Size { width, height };
        draw_still(&grey(size), size, std::slice::from_ref(&person), region, "caption").unwrap();
    }
}

#[test]
fn bytes_of_another_size_are_refused() {
    let size = Size { width: 4, height: 4 };
    let region = BBox::of_picture(size);
    let error = draw_still(&[0; 12], size, &[], region, "").unwrap_err();
    assert_eq!(error.to_string(), "12 bytes are no RGB picture of 4 x 4 pixels");
    let empty = Size { width: 0, height: 0 };
    assert!(draw_still(&[], empty, &[], region, "").is_err());
}

#[test]
fn a_thumbnail_keeps_the_shape() {
    let size = Size { width: 640, height: 360 };
    let still = draw_still(&grey(size), size, &[], BBox::of_picture(size), "").unwrap();
    assert_eq!(decoded(&thumbnail(&still, 480).unwrap()).dimensions(), (480, 270));
    assert!(thumbnail(b"no picture", 480).is_err());
}
