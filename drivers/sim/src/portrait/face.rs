//! The parts of a face, from back to front.

use super::Look;
use super::canvas::{Canvas, Colour, Point};

pub(super) fn backdrop(canvas: &mut Canvas, look: &Look) {
    let ground = look.ground;
    canvas.fill(|(x, y)| {
        let fall = 1.03 - 0.10 * ((x - 240.0) / 240.0).powi(2) - 0.06 * y / 640.0;
        shade(ground, fall)
    });
}

pub(super) fn hair_behind(canvas: &mut Canvas, look: &Look, (cx, cy): Point) {
    if look.long_hair && !look.old {
        let wide = look.broad + 34.0;
        canvas.ellipse(
            (cx, cy + 20.0),
            (wide, look.long + 72.0),
            4.0,
            shade(look.hair, 0.9),
        );
        canvas.polygon(
            &[
                (cx - wide, cy + 10.0),
                (cx + wide, cy + 10.0),
                (cx + wide - 6.0, cy + 214.0),
                (cx - wide + 6.0, cy + 214.0),
            ],
            6.0,
            shade(look.hair, 0.9),
        );
    } else {
        let up = if look.long_hair { 40.0 } else { 26.0 };
        let reach = (look.broad + 12.0, look.long + up - 14.0);
        canvas.cap(
            (cx, cy - 26.0),
            reach,
            cy + 16.0,
            true,
            4.0,
            shade(look.hair, 0.9),
        );
    }
}

pub(super) fn shoulders(canvas: &mut Canvas, look: &Look, (cx, cy): Point) {
    let neck = shade(look.skin, 0.90);
    canvas.ellipse((cx, 662.0), (216.0, 172.0), 3.0, look.shirt);
    canvas.polygon(
        &[
            (cx - 50.0, cy + 90.0),
            (cx + 50.0, cy + 90.0),
            (cx + 58.0, 512.0),
            (cx - 58.0, 512.0),
        ],
        4.0,
        neck,
    );
    canvas.ellipse((cx, 506.0), (58.0, 32.0), 3.0, neck);
    canvas.ellipse(
        (cx, cy + look.long - 10.0),
        (42.0, 34.0),
        22.0,
        shade(look.skin, 0.78),
    );
    // Collar
    for side in [-1.0, 1.0] {
        canvas.polygon(
            &[
                (cx + side * 62.0, 492.0),
                (cx + side * 4.0, 546.0),
                (cx + side * 46.0, 574.0),
                (cx + side * 84.0, 506.0),
            ],
            2.5,
            shade(look.shirt, 1.10),
        );
        canvas.stroke(
            &[
                (cx + side * 4.0, 546.0),
                (cx + side * 46.0, 574.0),
                (cx + side * 84.0, 506.0),
            ],
            2.0,
            2.0,
            shade(look.shirt, 0.72),
        );
    }
}

pub(super) fn head(canvas: &mut Canvas, look: &Look, (cx, cy): Point) {
    let (skin, broad, long) = (look.skin, look.broad, look.long);
    for side in [-1.0, 1.0] {
        canvas.ellipse(
            (cx + side * (broad - 2.0), cy + 6.0),
            (17.0, 34.0),
            2.5,
            shade(skin, 0.92),
        );
        canvas.ellipse(
            (cx + side * broad, cy + 8.0),
            (8.0, 20.0),
            8.0,
            shade(skin, 0.80),
        );
    }
    canvas.ellipse((cx, cy - 14.0), (broad, long - 22.0), 2.5, skin);
    canvas.ellipse((cx, cy + 24.0), (broad - 12.0, long - 24.0), 2.5, skin);
    canvas.ellipse((cx, cy + long - 52.0), (56.0, 52.0), 2.5, skin);
    for side in [-1.0, 1.0] {
        let cheek = [skin[0], skin[1] * 0.90, skin[2] * 0.88];
        canvas.ellipse((cx + side * 52.0, cy + 52.0), (24.0, 18.0), 26.0, cheek);
    }
    canvas.ellipse((cx, cy - 76.0), (52.0, 26.0), 50.0, shade(skin, 1.04));
    canvas.ellipse(
        (cx, cy + long - 34.0),
        (22.0, 12.0),
        22.0,
        shade(skin, 1.03),
    );
    if look.old {
        for (rise, y) in [(5.0, -74.0), (6.0, -88.0)] {
            canvas.arc(
                ((cx - 44.0, cy + y), (cx + 44.0, cy + y)),
                rise,
                2.0,
                3.5,
                shade(skin, 0.86),
            );
        }
        for side in [-1.0, 1.0] {
            let line = [(cx + side * 36.0, cy + 46.0), (cx + side * 54.0, cy + 84.0)];
            canvas.stroke(&line, 2.2, 4.0, shade(skin, 0.84));
        }
    }
}

pub(super) fn eyes(canvas: &mut Canvas, look: &Look, (cx, cy): Point) {
    for side in [-1.0, 1.0] {
        let x = cx + side * look.apart;
        canvas.ellipse((x, cy - 2.0), (30.0, 19.0), 18.0, shade(look.skin, 0.93));
        canvas.ellipse((x, cy), (23.0, 11.5), 2.0, [250.0, 249.0, 247.0]);
        canvas.ellipse((x, cy - 0.5), (10.5, 10.5), 2.0, [74.0, 48.0, 34.0]);
        canvas.ellipse((x, cy - 0.5), (5.0, 5.0), 1.5, [18.0, 14.0, 14.0]);
        canvas.ellipse((x + 3.5, cy - 4.5), (2.4, 2.4), 1.5, [255.0; 3]);
        canvas.arc(
            ((x - 24.0, cy + 2.0), (x + 24.0, cy + 2.0)),
            14.0,
            4.0,
            2.0,
            shade(look.hair, 0.8),
        );
        canvas.arc(
            ((x - 21.0, cy + 4.0), (x + 21.0, cy + 4.0)),
            -9.0,
            1.6,
            2.0,
            shade(look.skin, 0.70),
        );
        let (inner, outer) = (x - side * 24.0, x + side * 28.0);
        let brow = ((inner, cy - look.brow + 5.0), (outer, cy - look.brow + 5.0));
        let thick = if look.long_hair { 6.0 } else { 9.5 };
        canvas.arc(
            brow,
            9.0,
            thick,
            3.0,
            shade(look.hair, if look.old { 0.8 } else { 1.0 }),
        );
    }
}

pub(super) fn nose_and_mouth(canvas: &mut Canvas, look: &Look, (cx, cy): Point) {
    let dark = shade(look.skin, 0.80);
    canvas.ellipse((cx, cy + 18.0), (8.0, 34.0), 16.0, shade(look.skin, 1.04));
    canvas.stroke(
        &[(cx - 9.0, cy - 2.0), (cx - 13.0, cy + 36.0)],
        2.0,
        7.0,
        dark,
    );
    canvas.ellipse(
        (cx, cy + 44.0),
        (look.nose, 12.0),
        8.0,
        shade(look.skin, 0.97),
    );
    canvas.arc(
        (
            (cx - look.nose - 3.0, cy + 44.0),
            (cx + look.nose + 3.0, cy + 44.0),
        ),
        -13.0,
        2.6,
        3.0,
        shade(look.skin, 0.74),
    );
    for side in [-1.0, 1.0] {
        canvas.ellipse(
            (cx + side * 9.0, cy + 50.0),
            (4.5, 2.6),
            2.5,
            shade(look.skin, 0.52),
        );
    }
    let (mouth, y) = (look.mouth, cy + 88.0);
    let lip: Colour = if look.long_hair {
        [190.0, 92.0, 92.0]
    } else {
        [186.0, 116.0, 104.0]
    };
    canvas.cap(
        (cx - mouth * 0.34, y + 2.0),
        (mouth * 0.62, 9.0),
        y + 1.0,
        true,
        2.0,
        shade(lip, 0.94),
    );
    canvas.cap(
        (cx + mouth * 0.34, y + 2.0),
        (mouth * 0.62, 9.0),
        y + 1.0,
        true,
        2.0,
        shade(lip, 0.94),
    );
    canvas.cap((cx, y), (mouth * 0.84, 13.0), y, false, 2.0, lip);
    canvas.arc(
        ((cx - mouth, y - 1.0), (cx + mouth, y - 1.0)),
        -3.5,
        2.6,
        1.6,
        shade(lip, 0.58),
    );
    canvas.ellipse((cx, y + 22.0), (24.0, 5.0), 8.0, shade(look.skin, 0.90));
}

pub(super) fn hair_in_front(canvas: &mut Canvas, look: &Look, (cx, cy): Point) {
    let top = cy - look.long - 2.0;
    let (wide, hair) = (look.broad + 6.0, look.hair);
    let line = if look.old { 34.0 } else { 54.0 };
    canvas.cap(
        (cx, cy - 34.0),
        (wide, look.long - 18.0),
        top + line,
        true,
        3.0,
        hair,
    );
    // The parting: two wings over the forehead
    let part = cx - 26.0;
    for (tip, down) in [(cx - wide + 2.0, 120.0), (cx + wide - 2.0, 120.0)] {
        canvas.polygon(
            &[
                (part, top + 22.0),
                (part + (tip - part) * 0.35, top + line + 16.0),
                (tip, top + down),
                (tip, top + 60.0),
            ],
            5.0,
            hair,
        );
    }
    let strands = if look.old { 0 } else { 7u8 };
    for step in 0..strands {
        let t = f32::from(step) / 6.0;
        let x = cx - wide * 0.7 + wide * 1.4 * t;
        let strand = (
            (x, top + line - 4.0 - 8.0 * t),
            (x + 14.0 - 28.0 * t, top + 18.0),
        );
        canvas.arc(strand, 3.0, 2.0, 3.0, shade(hair, 1.35));
    }
    if look.long_hair && !look.old {
        for side in [-1.0, 1.0] {
            canvas.polygon(
                &[
                    (cx + side * (wide - 6.0), cy - 70.0),
                    (cx + side * (wide + 24.0), cy - 20.0),
                    (cx + side * (wide + 26.0), cy + 206.0),
                    (cx + side * (wide - 10.0), cy + 190.0),
                    (cx + side * (wide - 2.0), cy + 60.0),
                ],
                5.0,
                hair,
            );
        }
    }
}

pub(super) fn glasses(canvas: &mut Canvas, look: &Look, (cx, cy): Point) {
    let frame: Colour = [70.0, 66.0, 74.0];
    for side in [-1.0, 1.0] {
        let x = cx + side * look.apart;
        let ring: Vec<Point> = (0..=32u8)
            .map(|step| {
                let angle = f32::from(step) / 32.0 * std::f32::consts::TAU;
                (x + 38.0 * angle.cos(), cy + 2.0 + 28.0 * angle.sin())
            })
            .collect();
        canvas.stroke(&ring, 3.6, 1.6, frame);
        canvas.stroke(
            &[(x + side * 38.0, cy), (cx + side * look.broad, cy - 4.0)],
            3.6,
            1.6,
            frame,
        );
    }
    canvas.arc(
        ((cx - look.apart + 38.0, cy), (cx + look.apart - 38.0, cy)),
        5.0,
        3.6,
        1.6,
        frame,
    );
}

fn shade(colour: Colour, by: f32) -> Colour {
    colour.map(|value| (value * by).min(255.0))
}
