//! What a campaign has tried of constants in the lineage of its winners.

use std::collections::{BTreeSet, HashMap};

use crate::formula::Formula;
use crate::record::attempt::Attempt;
use crate::record::candidate::FormulaRecord;

/// How many attempts of a campaign went into the constants of one of these candidates, the most of
/// any: those that are the candidate or one of its ancestors, constants aside.
pub fn constants_tried(attempts: &[Attempt], candidates: &[FormulaRecord]) -> usize {
    let formed: Vec<(&Attempt, &FormulaRecord, String)> = attempts
        .iter()
        .filter_map(|attempt| {
            let formula = attempt.formula.as_ref()?;
            Some((attempt, formula, form(&formula.formula)?))
        })
        .collect();
    let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, (_, formula, _)) in formed.iter().enumerate() {
        by_id.entry(&formula.id).or_default().push(place);
    }
    let tried = |candidate: &FormulaRecord| {
        let (mut forms, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut ancestors = vec![candidate.id.as_str()];
        while let Some(id) = ancestors.pop() {
            if !seen.insert(id) {
                continue;
            }
            for place in by_id.get(id).into_iter().flatten() {
                let (attempt, _, form) = &formed[*place];
                forms.insert(form.as_str());
                ancestors.extend(attempt.parents.iter().map(String::as_str));
            }
        }
        let of_lineage = |formed: &&(&Attempt, &FormulaRecord, String)| forms.contains(&*formed.2);
        formed.iter().filter(of_lineage).count()
    };
    candidates.iter().map(tried).max().unwrap_or(0)
}

fn form(text: &str) -> Option<String> {
    Some(Formula::parse(text).ok()?.form())
}
