//! Curves and pictures: where points stand, what the frame holds, how it is drawn.

use motherlode::drawing::curve::{Curve, Point};
use motherlode::drawing::frame::Frame;
use motherlode::drawing::picture;
use motherlode::drawing::terminal::{draw, draw_in, Hand};
use motherlode::formula::Formula;

use crate::binary::{run, stderr};
use crate::golden::assert_golden;

const RANGE: (f64, f64) = (-5.0, 5.0);

fn curve(text: &str) -> Curve {
    Curve::of(text, &Formula::parse(text).unwrap(), RANGE)
}

fn curves(texts: &[&str]) -> Vec<Curve> {
    texts.iter().map(|text| curve(text)).collect()
}

#[test]
fn a_drawing_shows_curves_slopes_axes_and_legend() {
    assert_golden(
        "plot_relu_gelu.txt",
        &format!("{}\n", draw(&curves(&["relu", "gelu"]), 60, 14)),
    );
}

#[test]
fn a_drawing_in_ascii_holds_nothing_else() {
    let curves = curves(&["relu", "gelu"]);
    let drawing = draw_in(
        &curves,
        &Frame::of(&curves, true),
        60,
        14,
        Hand {
            ascii: true,
            colour: false,
        },
    );
    assert!(drawing.is_ascii());
    assert_golden("plot_relu_gelu_ascii.txt", &format!("{drawing}\n"));
}

#[test]
fn a_drawing_keeps_to_its_columns_and_rows() {
    for (columns, rows) in [(30, 5), (0, 0), (79, 20), (200, 60), (10_000, 10_000)] {
        let drawing = draw(
            &curves(&[
                "exp(x)",
                "x*sigmoid(x) + 0.1*sin(3*x) + tanh(x) + erf(x) + softplus(x) + relu(x)",
            ]),
            columns,
            rows,
        );
        let widest = drawing
            .lines()
            .map(|line| line.chars().count())
            .max()
            .unwrap();
        assert!(
            widest <= columns.clamp(30, 500),
            "{columns} x {rows}: {widest}"
        );
        assert_eq!(
            drawing.lines().count(),
            rows.clamp(5, 200) + 4,
            "plot, axis, its labels and two lines of legend"
        );
    }
}

#[test]
fn colours_are_escape_codes_around_the_same_drawing() {
    let curves = curves(&["relu", "gelu"]);
    let frame = Frame::of(&curves, true);
    let coloured = draw_in(
        &curves,
        &frame,
        60,
        14,
        Hand {
            ascii: false,
            colour: true,
        },
    );
    let mut plain = String::new();
    for (index, part) in coloured.split('\u{1b}').enumerate() {
        plain.push_str(if index == 0 {
            part
        } else {
            part.split_once('m').unwrap().1
        });
    }
    assert_ne!(coloured, plain);
    assert_eq!(plain, draw_in(&curves, &frame, 60, 14, Hand::default()));
}

#[test]
fn a_curve_holds_the_formulas_values_and_slopes() {
    let formula = Formula::parse("gelu").unwrap();
    let curve = Curve::of("gelu", &formula, RANGE);
    assert_eq!((curve.points[0].x, curve.points.last().unwrap().x), RANGE);
    assert!(
        curve.points.windows(2).all(|pair| pair[0].x < pair[1].x) && curve.points.len() <= 2_401
    );
    for Point { x, y, slope } in &curve.points {
        assert_eq!((y.unwrap(), slope.unwrap()), formula.value_and_slope(*x));
    }
}

#[test]
fn there_is_no_point_where_a_formula_is_not_finite() {
    let curve = curve("log(x)");
    for point in &curve.points {
        assert_eq!(
            (point.y.is_some(), point.slope.is_some()),
            (point.x > 0.0, point.x > 0.0),
            "{point:?}"
        );
    }
    let first = curve.points.iter().find(|point| point.y.is_some()).unwrap();
    assert!(first.x < 2e-4, "the edge is searched for: {first:?}");
}

#[test]
fn points_stand_closer_at_a_kink() {
    let curve = curve("relu(x - 1.2345)");
    let width = |at: f64| {
        let right = curve.points.iter().position(|point| point.x > at).unwrap();
        curve.points[right].x - curve.points[right - 1].x
    };
    assert!(
        width(1.2345) < 2e-4 && width(-3.0) > 1e-3,
        "{} {}",
        width(1.2345),
        width(-3.0)
    );
}

#[test]
fn a_curve_that_explodes_does_not_flatten_the_rest() {
    let rows: [(&[&str], (f64, f64)); 8] = [
        (&["relu"], (0.0, 5.0)),
        (&["relu", "exp(x)"], (0.0, 5.0)),
        (&["relu", "exp(exp(x))"], (0.0, 5.0)),
        (&["1/x"], (-5.0, 5.0)),
        (&["relu", "tan(40*x)"], (-5.0, 5.0)),
        (&["100*x"], (-500.0, 500.0)),
        (&["sigmoid"], (0.0, 1.0)),
        (&["x + 1e6"], (1e6 - 5.0, 1e6 + 5.0)),
    ];
    for (texts, (low, high)) in rows {
        let found = Frame::of(&curves(texts), false).y;
        let margin = 0.051 * (high - low);
        assert!(
            (found.0 - low).abs() <= margin && (found.1 - high).abs() <= margin,
            "{texts:?}: {found:?}"
        );
    }
}

#[test]
fn a_line_is_apart_where_it_jumps_and_joined_where_it_bends() {
    for (text, runs) in [
        ("relu", 1),
        ("floor(x/2)", 6),
        ("1/x", 2),
        ("abs(x)", 1),
        ("where(x < 0, -1, 1)", 2),
        ("sqrt(x)", 1),
    ] {
        let curve = curve(text);
        let found = Frame::of(std::slice::from_ref(&curve), false).runs(curve.values());
        assert_eq!(found.len(), runs, "{text}");
        assert!(
            found
                .iter()
                .flatten()
                .all(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y)),
            "{text} leaves the frame"
        );
    }
}

#[test]
fn ticks_are_round_numbers() {
    let rows: [((f64, f64), &[&str]); 6] = [
        (
            (1e8 - 1.0, 1e8 + 1.0),
            &[
                "9.9999999e7",
                "9.99999995e7",
                "1e8",
                "1.000000005e8",
                "1.00000001e8",
            ],
        ),
        ((-5.0, 5.0), &["-4", "-2", "0", "2", "4"]),
        ((0.0, 1.0), &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ((-1e9, 1e9), &["-1e9", "-5e8", "0", "5e8", "1e9"]),
        ((0.0, 2.4e-7), &["0", "5e-8", "1e-7", "1.5e-7", "2e-7"]),
        ((99.0, 101.0), &["99.0", "99.5", "100.0", "100.5", "101.0"]),
    ];
    for (ends, labels) in rows {
        let found: Vec<String> = Frame {
            x: ends,
            y: (0.0, 1.0),
            slopes: false,
        }
        .x_ticks(5)
        .into_iter()
        .map(|tick| tick.label)
        .collect();
        let zero = |label: &str| {
            if label.parse::<f64>() == Ok(0.0) {
                "0".to_owned()
            } else {
                label.to_owned()
            }
        };
        assert_eq!(
            found,
            labels.iter().map(|label| zero(label)).collect::<Vec<_>>(),
            "{ends:?}"
        );
    }
}

#[test]
fn an_svg_holds_lines_and_legend_and_no_nan() {
    let curves = curves(&["relu", "tan(x)", "log(x)"]);
    let frame = Frame::of(&curves, true);
    let svg = picture::svg(&curves, &frame, (1200, 800)).unwrap();
    assert!(
        svg.starts_with("<svg width=\"1200\" height=\"800\" viewBox=\"0 0 12000 8000\""),
        "{}",
        &svg[..200]
    );
    for text in [
        "relu",
        "tan(x)",
        "log(x)",
        "Activation functions",
        "<polyline",
        "#0072B2",
        "#D55E00",
        "#009E73",
    ] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    assert_eq!(
        svg,
        picture::svg(&curves, &frame, (1200, 800)).unwrap(),
        "the same bytes again"
    );
}

#[test]
fn a_hostile_label_is_escaped_and_of_one_line() {
    let formula = Formula::parse("relu").unwrap();
    let hostile = Curve::of(
        "</text><script>alert('x')</script>\u{1b}[31m\n\u{202e}&\"",
        &formula,
        RANGE,
    );
    assert_eq!(
        hostile.label,
        "</text><script>alert('x')</script>?[31m ?&\""
    );
    let curves = [hostile, curve("where(x < 1 && x > 0, 0, x)")];
    let svg = picture::svg(&curves, &Frame::of(&curves, true), (800, 600)).unwrap();
    assert!(
        !svg.contains("<script")
            && svg.contains("&lt;script&gt;")
            && svg.contains("x &lt; 1 &amp;&amp;"),
        "{svg}"
    );
    assert!(!svg.contains('\u{1b}') && !svg.contains('\u{202e}'));
    let long = Curve::of(&"x + ".repeat(1_000), &formula, RANGE);
    assert_eq!(long.label.chars().count(), 80);
}

#[test]
fn a_png_has_the_size_asked_for_and_the_same_bytes_again() {
    let folder = tempfile::tempdir().unwrap();
    for (width, height) in ["1200 800", "300 300"].map(|size| size.split_once(' ').unwrap()) {
        let mut bytes = Vec::new();
        for name in ["a.png", "b.png"] {
            let output = run(
                folder.path(),
                &[
                    "plot", "relu", "exp(x)", "--png", name, "--width", width, "--height", height,
                ],
            );
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            assert!(
                stderr(&output).contains(&format!("written: {name}"))
                    && stderr(&output).contains("next: motherlode"),
                "{}",
                stderr(&output)
            );
            bytes.push(std::fs::read(folder.path().join(name)).unwrap());
        }
        assert!(bytes[0] == bytes[1]);
        // The signature, then IHDR with width and height: PNG specification, sections 5.2 and
        // 11.2.2.
        assert_eq!(bytes[0][..8], *b"\x89PNG\r\n\x1a\n");
        let side =
            |at: usize| u32::from_be_bytes(bytes[0][at..at + 4].try_into().unwrap()).to_string();
        assert_eq!((side(16), side(20)), (width.to_owned(), height.to_owned()));
        assert!(
            bytes[0].ends_with(b"IEND\xae\x42\x60\x82") && bytes[0].len() > 3_000,
            "whole, and not blank"
        );
    }
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "nothing is left aside");
}
