//! The grid on which formulas are looked at: 64 points in (-5, 5) away from usual kinks.

/// How many points the grid has.
pub(crate) const POINTS: usize = 64;

/// The points, ascending: one in each of 64 equal cells of (-5, 5), at an irregular place, at least
/// 0.004 from every multiple of 1/2, where kinks usually are.
pub(crate) fn points() -> impl Iterator<Item = f64> {
    (0..POINTS).map(|index| {
        let golden = (index as f64 + 1.0) * 0.618_033_988_749_894_9;
        let x = -5.0 + 10.0 * (index as f64 + 0.1 + 0.8 * golden.fract()) / POINTS as f64;
        let from_half = 2.0 * x - (2.0 * x).round();
        if from_half.abs() < 0.01 {
            x + 0.01
        } else {
            x
        }
    })
}
