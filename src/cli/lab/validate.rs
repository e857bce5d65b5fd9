//! `motherlode lab validate`: a field of functions on a lab, and how well each part of the lab
//! predicts the others.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;
use serde_json::{json, Map, Value};

use super::tables;
use crate::cli::common::{workers, Common, Ending, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::formula::{library, Formula};
use crate::lab::function_field::{FunctionField, Measure};
use crate::lab::laboratory::TrialAddress;
use crate::lab::validation::{
    agreement, agreement_with_intervals, family_splits, half_pairings, keep_needed, pairings,
    random_halves, survivors, Agreement, FamilySplit, Pairing, Split,
};
use crate::lab::{Draw, Lab, Laboratory, MOST_SEEDS};
use crate::numerics::stop::Stop;
use crate::numerics::stream::Key;
use crate::record::candidate::FormulaRecord;
use crate::record::evaluation::Trial;
use crate::replay::function_field::{Drawing, NamedFormula, Origin};

/// The least and the most functions of a field, and random halves of the tasks.
const FUNCTIONS: (usize, usize) = (4, 1_000);
const MOST_SPLITS: usize = 10_000;
/// The fittest that a rung must not lose.
const TOP: usize = 10;

#[derive(Args)]
pub struct ValidateArguments {
    /// A shipped lab (motherlode lab list) or a lab file
    #[arg(default_value = super::DEFAULT)]
    lab: String,
    /// Functions of the field: the lab's baselines, the library's pointwise activations without
    /// parameters, then random ones of the search space S1
    #[arg(long, value_name = "N", default_value_t = 110)]
    functions: usize,
    /// The seed from which the random functions, the lab's data and the trials are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Trial seeds a (task, network) [default: the lab's]; as many again are run to hold seeds
    /// against seeds
    #[arg(long, value_name = "N")]
    seeds: Option<u32>,
    /// Random halves of the tasks
    #[arg(long, value_name = "N", default_value_t = 200)]
    splits: usize,
    /// Measure the field on another lab too, which this one should predict: --vault for the shipped
    /// one, --vault=LAB for another
    #[arg(long, value_name = "LAB", num_args = 0..=1, require_equals = true, default_missing_value = "vault")]
    vault: Option<String>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

/// A lab with the trials of the whole field.
struct Measured {
    laboratory: Laboratory,
    /// `trials[function][place]`, by canonical address.
    trials: Vec<Vec<Trial>>,
    places: HashMap<TrialAddress, usize>,
}

/// How one thing agrees with another under a target.
#[derive(Serialize)]
pub struct Row {
    pub target: String,
    #[serde(flatten)]
    pub agreement: AgreementFields,
}

/// An [`Agreement`] as JSON carries it.
#[derive(Serialize)]
pub struct AgreementFields {
    pub all: Option<f64>,
    pub all_interval: Option<(f64, f64)>,
    pub better_half: Option<f64>,
    pub better_half_interval: Option<(f64, f64)>,
}

impl From<Agreement> for AgreementFields {
    fn from(agreement: Agreement) -> AgreementFields {
        let Agreement {
            all,
            better_half,
            all_interval,
            better_half_interval,
        } = agreement;
        AgreementFields {
            all,
            all_interval,
            better_half,
            better_half_interval,
        }
    }
}

/// Some families held against others.
#[derive(Serialize)]
pub struct FamilyRow {
    pub selecting: Vec<String>,
    pub judging: Vec<String>,
    pub targets: Vec<Row>,
}

/// One of the losses as what selects.
#[derive(Serialize)]
pub struct MeasureRow {
    pub measure: String,
    /// On random halves of the tasks against the fitness on the other halves.
    pub halves: Vec<Row>,
    /// On some families against the fitness on the others: two against two where there are four,
    /// else all but one against one.
    pub families: Vec<Row>,
}

/// A cheap rung held against the full lab.
#[derive(Serialize)]
pub struct RungRow {
    pub rung: String,
    pub target: String,
    pub tasks: usize,
    /// Of a formula under the target.
    pub trials: usize,
    /// What is taken for the truth: `same seeds`, `other seeds` or `fresh draw`.
    pub truth: String,
    #[serde(flatten)]
    pub agreement: AgreementFields,
    /// The share of the field that must be kept for all of the true top 10 to pass, for 9 of them,
    /// and for the true top 5.
    pub keep_for_10_of_10: Option<f64>,
    pub keep_for_9_of_10: Option<f64>,
    pub keep_for_5_of_5: Option<f64>,
    /// The share that the lab keeps.
    pub keep: f64,
    /// How many of the true top 10 pass this rung and all before it, each keeping the lab's share.
    pub top_10_passed: Option<usize>,
}

/// Profile against profile.
#[derive(Serialize)]
pub struct ProfileRow {
    pub selecting: String,
    pub judging: String,
    #[serde(flatten)]
    pub agreement: AgreementFields,
}

/// Everything that was found.
#[derive(Serialize)]
pub struct Report {
    pub split_half: Vec<Row>,
    pub measures: Vec<MeasureRow>,
    pub families: Vec<FamilyRow>,
    pub rungs: Vec<RungRow>,
    /// The lab's trial seeds against as many others on the same draw.
    pub seeds: Vec<Row>,
    /// The lab's draw of its tasks against a fresh one.
    pub fresh_draw: Vec<Row>,
    /// The lab against the vault; none where it was not asked for.
    pub vault: Vec<Row>,
    pub profiles: Vec<ProfileRow>,
}

pub fn run(arguments: &ValidateArguments, common: &Common) -> Result<Ending, Failure> {
    let workers = workers(arguments.workers)?;
    let lab = super::named(&arguments.lab)?;
    let seeds = arguments.seeds.unwrap_or(lab.seeds);
    check(arguments, seeds)?;
    let vault = arguments.vault.as_deref().map(super::named).transpose()?;
    let functions = field_of_functions(arguments, &lab)?;
    let interrupt = Interrupt::listen()?;
    let own = Lab {
        seeds: 2 * seeds,
        ..lab.clone()
    };
    let fresh = Lab {
        seeds,
        ..lab.without_rungs()
    };
    let mut wanted = vec![
        (
            own,
            Draw::Own {
                seed: arguments.seed,
            },
        ),
        (
            fresh,
            Draw::Fresh {
                seed: arguments.seed,
                draws: 1,
            },
        ),
    ];
    wanted.extend(vault.map(|vault| {
        (
            vault.without_rungs(),
            Draw::Own {
                seed: arguments.seed,
            },
        )
    }));
    let mut laboratories = Vec::new();
    for (lab, draw) in wanted {
        let Some(laboratory) = super::prepared(lab, draw, workers, interrupt.stop())? else {
            return Ok(Ending::Interrupted);
        };
        laboratories.push(laboratory);
    }
    let Some(measured) = measure_all(
        laboratories,
        &functions,
        seeds,
        workers,
        interrupt.stop(),
        common,
    ) else {
        return Ok(Ending::Interrupted);
    };
    let report = report(&measured, seeds, arguments.splits);
    show(arguments, &functions, &measured, &report, seeds, common)?;
    Ok(Ending::Done)
}

fn check(arguments: &ValidateArguments, seeds: u32) -> Result<(), Failure> {
    if !(FUNCTIONS.0..=FUNCTIONS.1).contains(&arguments.functions) {
        return Err(Failure::usage(format!(
            "--functions must be from {} to {}, found {}",
            FUNCTIONS.0, FUNCTIONS.1, arguments.functions
        )));
    }
    if !(1..=MOST_SPLITS).contains(&arguments.splits) {
        return Err(Failure::usage(format!(
            "--splits must be from 1 to {MOST_SPLITS}, found {}",
            arguments.splits
        )));
    }
    if !(1..=MOST_SEEDS / 2).contains(&seeds) {
        return Err(Failure::usage(format!(
            "--seeds must be from 1 to {}, found {seeds}",
            MOST_SEEDS / 2
        )));
    }
    Ok(())
}

/// The functions of the field, all different and none refused by the screening; the lab's reference
/// is the first. Of a library that is too long a random part is taken.
fn field_of_functions(
    arguments: &ValidateArguments,
    lab: &Lab,
) -> Result<Vec<NamedFormula>, Failure> {
    let mut drawing = Drawing::new(arguments.functions);
    for baseline in &lab.baselines {
        drawing.admit(baseline, Origin::Baseline, &Formula::parse(baseline)?);
    }
    let mut published: Vec<&library::Published> = library::all().iter().collect();
    if arguments.functions < published.len() {
        Key::new(arguments.seed)
            .word("validate")
            .word("library")
            .stream()
            .shuffle(&mut published);
    }
    for activation in published {
        drawing.admit(&activation.name, Origin::Library, activation.formula());
    }
    drawing.filled(arguments.seed).map_err(Failure::usage)
}

/// Runs the whole field on every laboratory; `None` where the user stopped it.
fn measure_all(
    laboratories: Vec<Laboratory>,
    functions: &[NamedFormula],
    seeds: u32,
    workers: usize,
    stop: &Stop,
    common: &Common,
) -> Option<Vec<Measured>> {
    let formulas: Vec<&Formula> = functions.iter().map(|function| &function.formula).collect();
    let with_addresses: Vec<(Laboratory, Vec<TrialAddress>)> = laboratories
        .into_iter()
        .map(|laboratory| (wanted_addresses(&laboratory, seeds), laboratory))
        .map(|(addresses, own)| (own, addresses))
        .collect();
    let trials: usize = with_addresses
        .iter()
        .map(|(_, addresses)| addresses.len() * formulas.len())
        .sum();
    let progress = Progress::start("trials", trials as u64, common.quiet);
    let mut measured = Vec::new();
    for (laboratory, addresses) in with_addresses {
        let Ok(trials) =
            laboratory.run_all(&formulas, &addresses, workers, stop, &|| progress.step())
        else {
            progress.finish();
            return None;
        };
        let places = addresses
            .into_iter()
            .enumerate()
            .map(|(place, address)| (address, place))
            .collect();
        measured.push(Measured {
            laboratory,
            trials,
            places,
        });
    }
    progress.finish();
    Some(measured)
}

/// The canonical addresses of the full lab with all its seeds and of its cheap rungs with the first
/// `seeds`, each once.
fn wanted_addresses(laboratory: &Laboratory, seeds: u32) -> Vec<TrialAddress> {
    let profiles = laboratory.all_profiles();
    let mut addresses = laboratory.addresses(None, &profiles);
    for rung in 0..laboratory.lab().rungs.len() {
        for address in laboratory
            .addresses(Some(rung), &profiles)
            .into_iter()
            .filter(|address| address.seed < seeds)
        {
            let canonical = laboratory.canonical(&address);
            if !addresses.contains(&canonical) {
                addresses.push(canonical);
            }
        }
    }
    addresses
}

impl Measured {
    /// The field of a rung, or of the full lab, over those trial seeds.
    fn field(
        &self,
        rung: Option<usize>,
        seeds: std::ops::Range<u32>,
        measure: Measure,
    ) -> FunctionField {
        let mut addresses = self
            .laboratory
            .addresses(rung, &self.laboratory.all_profiles());
        addresses.retain(|address| seeds.contains(&address.seed));
        let place = |address: &TrialAddress| self.places[&self.laboratory.canonical(address)];
        let places: Vec<usize> = addresses.iter().map(place).collect();
        let own = |trials: &Vec<Trial>| {
            places
                .iter()
                .map(|place| trials[*place].clone())
                .collect::<Vec<Trial>>()
        };
        let trials: Vec<Vec<Trial>> = self.trials.iter().map(own).collect();
        FunctionField::of(&self.laboratory, &addresses, &trials, measure)
    }

    /// Every target with the indices of its profiles: the profiles, and `general` where it is
    /// another.
    fn targets(&self) -> Vec<(String, Vec<usize>)> {
        let lab = self.laboratory.lab();
        let mut targets: Vec<(String, Vec<usize>)> = lab
            .profiles
            .iter()
            .enumerate()
            .map(|(index, profile)| (profile.name.clone(), vec![index]))
            .collect();
        let general = self.laboratory.profiles_of("general");
        if general.len() > 1 {
            targets.push(("general".to_owned(), general));
        }
        targets
    }

    fn fitness(&self, field: &FunctionField, profiles: &[usize]) -> Vec<f64> {
        field.fitness(&self.laboratory.lab().fitness, profiles, &field.all_tasks())
    }
}

/// Every target with the fitness of each function under it.
type FitnessByTarget = Vec<(String, Vec<f64>)>;

/// The fields that the report is made of.
struct Fields {
    own: FunctionField,
    other_seeds: FunctionField,
    fresh: FunctionField,
}

fn report(measured: &[Measured], seeds: u32, splits: usize) -> Report {
    let (own, fresh) = (&measured[0], &measured[1]);
    let outside = Measure::OutOfDistribution;
    let fields = Fields {
        own: own.field(None, 0..seeds, outside),
        other_seeds: own.field(None, seeds..2 * seeds, outside),
        fresh: fresh.field(None, 0..seeds, outside),
    };
    let key = own.laboratory.key().word("validate");
    let halves = random_halves(&fields.own.families, splits, &key);
    let law = &own.laboratory.lab().fitness;
    let rows = |of_target: &dyn Fn(&[usize]) -> Agreement| -> Vec<Row> {
        own.targets()
            .into_iter()
            .map(|(target, profiles)| Row {
                target,
                agreement: of_target(&profiles).into(),
            })
            .collect()
    };
    let against = |judge: &Measured,
                   field: &FunctionField,
                   judges: &dyn Fn(&[usize]) -> Option<Vec<usize>>|
     -> Vec<Row> {
        let row = |(target, profiles): (String, Vec<usize>)| {
            let pairing = Pairing::judged(
                own.fitness(&fields.own, &profiles),
                judge.fitness(field, &judges(&profiles)?),
            );
            Some(Row {
                target,
                agreement: agreement_with_intervals(&[pairing], &key).into(),
            })
        };
        own.targets().into_iter().filter_map(row).collect()
    };
    let same = |profiles: &[usize]| Some(profiles.to_vec());
    Report {
        split_half: rows(&|profiles| {
            agreement_with_intervals(&half_pairings(law, profiles, &fields.own, &halves), &key)
        }),
        measures: measures(own, seeds, &fields.own, &halves),
        families: families(own, &fields.own),
        rungs: rungs(own, fresh, seeds, &fields, &key),
        seeds: against(own, &fields.other_seeds, &same),
        fresh_draw: against(fresh, &fields.fresh, &same),
        vault: measured.get(2).map_or_else(Vec::new, |vault| {
            let field = vault.field(None, 0..vault.laboratory.lab().seeds, outside);
            against(vault, &field, &|profiles| {
                profiles_of_another(own, vault, profiles)
            })
        }),
        profiles: profiles(own, &fields.own, &key),
    }
}

/// The profiles of another lab that have these names; `None` where it lacks one.
fn profiles_of_another(own: &Measured, other: &Measured, profiles: &[usize]) -> Option<Vec<usize>> {
    let name = |profile: &usize| &own.laboratory.lab().profiles[*profile].name;
    let place = |profile: &usize| {
        other
            .laboratory
            .lab()
            .profiles
            .iter()
            .position(|own| own.name == *name(profile))
    };
    profiles.iter().map(place).collect()
}

fn measures(
    own: &Measured,
    seeds: u32,
    truth: &FunctionField,
    halves: &[Split],
) -> Vec<MeasureRow> {
    let law = &own.laboratory.lab().fitness;
    let splits = whole_family_splits(truth);
    let row = |measure: Measure| {
        let field = own.field(None, 0..seeds, measure);
        let rows = |splits: &[Split], halved: bool| -> Vec<Row> {
            let of_target = |(target, profiles): (String, Vec<usize>)| {
                let mut pairings = pairings(law, &profiles, &field, truth, splits);
                if halved {
                    let order = own.fitness(truth, &profiles);
                    pairings
                        .iter_mut()
                        .for_each(|pairing| pairing.order.clone_from(&order));
                }
                Row {
                    target,
                    agreement: agreement(&pairings).into(),
                }
            };
            own.targets().into_iter().map(of_target).collect()
        };
        MeasureRow {
            measure: name_of(measure, own.laboratory.lab()),
            halves: rows(halves, true),
            families: rows(&splits, false),
        }
    };
    Measure::all(own.laboratory.lab().sizes.shells.len())
        .into_iter()
        .map(row)
        .collect()
}

/// The splits of the families that use all tasks: two against two where there are four families,
/// else all but one against one.
fn whole_family_splits(field: &FunctionField) -> Vec<Split> {
    let all: Vec<FamilySplit> = family_splits(&field.families)
        .into_iter()
        .filter(|split| split.tasks.0.len() + split.tasks.1.len() == field.families.len())
        .collect();
    let even: Vec<&FamilySplit> = all
        .iter()
        .filter(|split| split.selecting.len() == split.judging.len())
        .collect();
    let chosen: Vec<&FamilySplit> = if even.is_empty() {
        all.iter().collect()
    } else {
        even
    };
    chosen
        .into_iter()
        .map(|split| split.tasks.clone())
        .collect()
}

fn name_of(measure: Measure, lab: &Lab) -> String {
    match measure {
        Measure::Train => "train loss".to_owned(),
        Measure::InDistribution => "in-distribution loss".to_owned(),
        Measure::Shell(index) => format!(
            "shell {} to {}",
            lab.sizes.shells[index].0, lab.sizes.shells[index].1
        ),
        Measure::OutOfDistribution => "out-of-distribution loss (the fitness)".to_owned(),
    }
}

fn families(own: &Measured, field: &FunctionField) -> Vec<FamilyRow> {
    let law = &own.laboratory.lab().fitness;
    let row = |split: FamilySplit| {
        let of_target = |(target, profiles): (String, Vec<usize>)| {
            let pairings = pairings(
                law,
                &profiles,
                field,
                field,
                std::slice::from_ref(&split.tasks),
            );
            Row {
                target,
                agreement: agreement(&pairings).into(),
            }
        };
        let targets = own.targets().into_iter().map(of_target).collect();
        FamilyRow {
            selecting: split.selecting.clone(),
            judging: split.judging.clone(),
            targets,
        }
    };
    family_splits(&field.families)
        .into_iter()
        .map(row)
        .collect()
}

fn rungs(own: &Measured, fresh: &Measured, seeds: u32, fields: &Fields, key: &Key) -> Vec<RungRow> {
    let lab = own.laboratory.lab();
    let mut rows = Vec::new();
    let cheap: Vec<FunctionField> = (0..lab.rungs.len())
        .map(|rung| own.field(Some(rung), 0..seeds, Measure::OutOfDistribution))
        .collect();
    for (target, profiles) in own.targets() {
        let fitness: Vec<Vec<f64>> = cheap
            .iter()
            .map(|field| own.fitness(field, &profiles))
            .collect();
        let truths = [
            ("same seeds", own.fitness(&fields.own, &profiles)),
            ("other seeds", own.fitness(&fields.other_seeds, &profiles)),
            ("fresh draw", fresh.fitness(&fields.fresh, &profiles)),
        ];
        for (index, rung) in lab.rungs.iter().enumerate() {
            let addresses = own.laboratory.addresses(Some(index), &profiles);
            let passed: Vec<(f64, &[f64])> = lab.rungs[..=index]
                .iter()
                .zip(&fitness)
                .map(|(rung, fitness)| (rung.keep, fitness.as_slice()))
                .collect();
            for (truth, judging) in &truths {
                let pairing = Pairing::judged(fitness[index].clone(), judging.clone());
                rows.push(RungRow {
                    rung: rung.name.clone(),
                    target: target.clone(),
                    tasks: cheap[index].families.len(),
                    trials: addresses
                        .iter()
                        .filter(|address| address.seed < seeds)
                        .count(),
                    truth: (*truth).to_owned(),
                    agreement: agreement_with_intervals(&[pairing], key).into(),
                    keep_for_10_of_10: keep_needed(&fitness[index], judging, TOP, TOP),
                    keep_for_9_of_10: keep_needed(&fitness[index], judging, TOP, TOP - 1),
                    keep_for_5_of_5: keep_needed(&fitness[index], judging, TOP / 2, TOP / 2),
                    keep: rung.keep,
                    top_10_passed: survivors(&passed, judging, TOP),
                });
            }
        }
    }
    rows
}

fn profiles(own: &Measured, field: &FunctionField, key: &Key) -> Vec<ProfileRow> {
    let mut rows = Vec::new();
    let targets = own.targets();
    for (selecting, of_selecting) in &targets {
        for (judging, of_judging) in targets.iter().filter(|(judging, _)| judging != selecting) {
            let pairing = Pairing::judged(
                own.fitness(field, of_selecting),
                own.fitness(field, of_judging),
            );
            let agreement = agreement_with_intervals(&[pairing], key).into();
            rows.push(ProfileRow {
                selecting: selecting.clone(),
                judging: judging.clone(),
                agreement,
            });
        }
    }
    rows
}

fn show(
    arguments: &ValidateArguments,
    functions: &[NamedFormula],
    measured: &[Measured],
    report: &Report,
    seeds: u32,
    common: &Common,
) -> Result<(), Failure> {
    let own = &measured[0];
    let lab = own.laboratory.lab();
    let mut command = format!(
        "motherlode lab validate {} --functions {} --seed {}",
        arguments.lab, arguments.functions, arguments.seed
    );
    command.push_str(
        &arguments
            .seeds
            .map_or_else(String::new, |seeds| format!(" --seeds {seeds}")),
    );
    if arguments.splits != 200 {
        command.push_str(&format!(" --splits {}", arguments.splits));
    }
    command.push_str(
        &arguments
            .vault
            .as_ref()
            .map_or_else(String::new, |vault| format!(" --vault={vault}")),
    );
    let fields: Vec<(&str, FunctionField)> = [(
        "fitness",
        own.field(None, 0..seeds, Measure::OutOfDistribution),
    )]
    .into_iter()
    .chain([(
        "fresh_fitness",
        measured[1].field(None, 0..seeds, Measure::OutOfDistribution),
    )])
    .collect();
    if common.json {
        let of_targets = |field: &FunctionField| -> FitnessByTarget {
            own.targets()
                .into_iter()
                .map(|(target, profiles)| (target, own.fitness(field, &profiles)))
                .collect()
        };
        let by_target: Vec<(&str, FitnessByTarget)> = fields
            .iter()
            .map(|(name, field)| (*name, of_targets(field)))
            .collect();
        let function = |(index, function): (usize, &NamedFormula)| {
            let mut fields = output::formula(&FormulaRecord::from(&function.formula));
            fields.insert("name".to_owned(), json!(function.name));
            fields.insert("origin".to_owned(), json!(function.origin.name()));
            for (name, targets) in &by_target {
                let fitness: Map<String, Value> = targets
                    .iter()
                    .map(|(target, fitness)| (target.clone(), json!(fitness[index])))
                    .collect();
                fields.insert((*name).to_owned(), Value::Object(fitness));
            }
            Value::Object(fields)
        };
        let functions: Vec<Value> = functions.iter().enumerate().map(function).collect();
        let mut answer = output::object(
            json!({ "command": command, "lab": lab.name, "seed": arguments.seed, "seeds": seeds, "splits": arguments.splits }),
        );
        answer.extend(output::object(json!(report)));
        answer.insert("functions".to_owned(), Value::Array(functions));
        return Ok(output::document(&answer)?);
    }
    let of = |origin: Origin| {
        functions
            .iter()
            .filter(|function| function.origin == origin)
            .count()
    };
    let trials: usize = measured
        .iter()
        .map(|measured| measured.trials.iter().map(Vec::len).sum::<usize>())
        .sum();
    output::line(format!(
        "{} functions on lab {}: {} baselines, {} others of the library, {} random of S1; \
        {trials} trials. Made by\n`{command}`\n",
        functions.len(),
        lab.name,
        of(Origin::Baseline),
        of(Origin::Library),
        of(Origin::Random)
    ))?;
    output::line(tables::text(report))?;
    let name = |index: usize| functions[index].name.as_str();
    for (target, profiles) in own.targets() {
        let fitness = own.fitness(&fields[0].1, &profiles);
        let best = crate::lab::validation::fittest(&fitness, TOP);
        let best: Vec<String> = best
            .into_iter()
            .map(|index| format!("{} {:+.2}", name(index), fitness[index]))
            .collect();
        output::line(format!("\nFittest, {target}: {}.", best.join(", ")))?;
    }
    Ok(())
}
