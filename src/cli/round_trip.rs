//! A round trip to a model in words, as a check-up and the beginning of a campaign show it.

use crate::campaign::ModelCheck;
use crate::cli::common::{counted, shortened};

/// What a model answered, how fast and at what cost.
pub fn answer_in_words(check: &ModelCheck) -> String {
    let refused: Vec<String> = check
        .calls
        .iter()
        .flat_map(|call| call.refused_fields.clone())
        .collect();
    let refused = match refused.is_empty() {
        true => String::new(),
        false => format!("; it does not take {}", refused.join(", ")),
    };
    let last = check.calls.last();
    let tokens = match last.map(|call| (&call.usage, &call.doubt)) {
        Some((Some(_), _)) => {
            let told = check.calls.iter().filter_map(|call| call.usage.as_ref());
            let (input, output) = told.fold((0, 0), |(input, output), usage| {
                (input + usage.input(), output + usage.output())
            });
            format!("{input} + {output} tokens")
        }
        Some((None, Some(doubt))) => format!(
            "the usage that it tells cannot be, so that all that is set aside counts: {doubt}"
        ),
        _ => "it tells no usage, so that each call counts as all that is set aside".to_owned(),
    };
    let by = last
        .and_then(|call| call.answered_by.as_deref())
        .map_or_else(String::new, |model| format!(" by {}", shortened(model)));
    let formula = check
        .formula
        .as_deref()
        .map_or_else(String::new, |formula| format!(": {}", shortened(formula)));
    format!(
        "answered{by} in {:.1} s{formula}; {}, {tokens}, {}{refused}",
        check.seconds,
        counted(check.calls.len() as u64, "request"),
        check.cost()
    )
}
