//! What screening says of the published activations.

use std::collections::BTreeMap;

use motherlode::formula::library;
use motherlode::lab::screen;

#[test]
fn the_screening_says_of_each_what_it_is() {
    let refused: BTreeMap<&str, &str> = library::all()
        .iter()
        .filter_map(|activation| {
            Some((
                activation.name.as_str(),
                screen(activation.formula()).err()?.kind(),
            ))
        })
        .collect();
    let wanted = [("binary_step", "NoGradient"), ("identity", "Affine")];
    assert_eq!(refused, BTreeMap::from(wanted));
}
