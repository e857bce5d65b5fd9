//! What a confirmation shows: the champions beside the known activations on fresh tasks, as a
//! table, as JSON and in words.

use std::fmt::Display;

use serde_json::{json, Map, Value};

use crate::campaign::{compare_contenders, YARDSTICK};
use crate::cli::common::{shortened, Failure};
use crate::cli::table::{interval, probability, ranked_cells, signed, table, Fresh};
use crate::cli::{formula_argument, nearest_known, output};
use crate::formula::Formula;
use crate::journal::Journal;
use crate::lab::{Comparison, Lab, Verdict};
use crate::record::charter::Charter;
use crate::record::confirmation::{Confirmation, Contender};
use crate::record::evaluation::Estimate;
use crate::task::TaskDefinition;

/// A confirmation with what is needed to compare those who took part in it.
pub struct Standings {
    confirmation: Confirmation,
    lab: Lab,
    /// How a command line names the lab.
    lab_argument: String,
    target: String,
}

impl Standings {
    /// The standings of a campaign's latest confirmation; `None` where there is none.
    pub fn latest(journal: &Journal, charter: &Charter) -> Result<Option<Standings>, Failure> {
        let latest = journal.confirmations(&charter.campaign)?.pop();
        latest
            .map(|confirmation| Standings::of(confirmation, charter))
            .transpose()
    }

    /// The standings of a campaign's latest confirmation in which the formula of this id took part.
    pub fn latest_with(
        journal: &Journal,
        charter: &Charter,
        id: &str,
    ) -> Result<Option<Standings>, Failure> {
        let confirmations = journal.confirmations(&charter.campaign)?;
        let latest = confirmations
            .into_iter()
            .rev()
            .find(|confirmation| confirmation.contender(id).is_some());
        latest
            .map(|confirmation| Standings::of(confirmation, charter))
            .transpose()
    }

    /// The standings of a confirmation of this campaign.
    pub fn of(confirmation: Confirmation, charter: &Charter) -> Result<Standings, Failure> {
        let lab = Lab::parse(&charter.lab_definition)?;
        Ok(Standings {
            confirmation,
            lab,
            lab_argument: formula_argument::lab_of(charter),
            target: charter.target.clone(),
        })
    }

    /// The winner's nickname, if anything mined took part.
    pub fn winner(&self) -> Option<&str> {
        self.confirmation
            .winner()
            .map(|winner| winner.formula.nickname.as_str())
    }

    /// A row for each that took part, fittest on the fresh tasks first, with what it came to beside
    /// GELU.
    pub fn table(&self) -> impl Display {
        let profiles: Vec<&str> = self
            .lab
            .profiles
            .iter()
            .map(|profile| profile.name.as_str())
            .collect();
        let mut heads = vec![
            "formula",
            "fresh fitness",
            "95 % interval",
            "selection fitness",
        ];
        heads.extend(&profiles);
        heads.extend([
            "P(beats gelu)",
            "verdict",
            "cost",
            "name",
            "origin",
            "nearest known",
        ]);
        let mut table = table(&heads);
        let contenders = self.ranked(self.confirmation.contenders());
        let under = |profile: &str| {
            contenders
                .iter()
                .map(|contender| contender.fresh.profiles.get(profile).copied())
                .collect::<Vec<_>>()
        };
        let estimates: Vec<Vec<Option<Estimate>>> =
            profiles.iter().map(|profile| under(profile)).collect();
        let cells_of: Vec<Vec<String>> = estimates
            .iter()
            .map(|column| ranked_cells(column))
            .collect();
        for (index, contender) in contenders.iter().enumerate() {
            let (fresh, beside) = (&contender.fresh, self.beside_yardstick(contender));
            let mut cells = vec![
                shortened(&contender.formula.formula),
                signed(fresh.estimate.fitness.value()),
                interval(fresh.estimate.fitness_interval),
                signed(contender.selection.fitness.value()),
            ];
            cells.extend(cells_of.iter().map(|column| column[index].clone()));
            cells.push(
                beside
                    .as_ref()
                    .map_or(String::new(), |beside| probability(beside.probability)),
            );
            cells.push(beside.map_or(String::new(), |beside| beside.words(YARDSTICK)));
            cells.push(contender.formula.cost.to_string());
            cells.push(contender.label().to_owned());
            cells.push(if contender.attempt == 0 {
                "known".to_owned()
            } else {
                format!("attempt {}", contender.attempt)
            });
            cells.push(nearest_known::distance_of(&contender.formula.formula));
            table.add_row(cells);
        }
        table
    }

    /// The champions as JSON, fittest on the fresh tasks first.
    pub fn champions(&self) -> Value {
        let fields = |champion: &Contender| {
            let mut fields = output::formula(&champion.formula);
            fields.insert("attempt".to_owned(), json!(champion.attempt));
            fields.extend(self.fields(champion));
            Value::Object(fields)
        };
        self.ranked(self.confirmation.champions.iter())
            .into_iter()
            .map(fields)
            .collect()
    }

    /// On what the champions were confirmed, and beside whom, as JSON.
    pub fn circumstances(&self) -> Value {
        let fields = |incumbent: &Contender| {
            let mut fields = output::object(json!({ "name": incumbent.label() }));
            fields.extend(self.fields(incumbent));
            Value::Object(fields)
        };
        let Confirmation {
            candidates,
            seed,
            draws,
            incumbents,
            ..
        } = &self.confirmation;
        let incumbents: Vec<Value> = incumbents.iter().map(fields).collect();
        json!({ "candidates": candidates, "seed": seed, "draws": draws, "tasks": self.tasks(), "incumbents": incumbents })
    }

    /// What one formula, by id, came to on the fresh tasks, beside another.
    pub fn fresh(&self, id: &str, rival: Option<&str>) -> Option<Fresh> {
        let contender = self.confirmation.contender(id)?;
        let rival = rival
            .filter(|rival| *rival != id)
            .and_then(|rival| self.confirmation.contender(rival));
        let beside = rival.and_then(|rival| self.against(contender, rival));
        Some(Fresh {
            fitness: contender.fresh.estimate.fitness.value(),
            beside,
        })
    }

    /// What became of one formula, by id, as JSON; empty where it did not take part.
    pub fn fields_of(&self, id: &str) -> Map<String, Value> {
        self.confirmation
            .contender(id)
            .map_or_else(Map::new, |contender| self.fields(contender))
    }

    /// What became of one formula, by id, in words; `None` where it did not take part.
    pub fn words_of(&self, id: &str) -> Option<String> {
        let contender = self.confirmation.contender(id)?;
        let fresh = contender.fresh.estimate;
        let beside = self.beside_yardstick(contender);
        let beside = beside.map_or(String::new(), |beside| {
            format!(
                "; {}, P {}",
                beside.words(YARDSTICK),
                probability(beside.probability)
            )
        });
        Some(format!(
            "{}, 95 % interval {}, on {}{beside}",
            signed(fresh.fitness.value()),
            interval(fresh.fitness_interval),
            self.tasks_in_words()
        ))
    }

    /// Which of the champions beat the best known activation, if any do, and how far they fell from
    /// where they were selected.
    pub fn words(&self) -> String {
        let mut lines = vec![self.victory()];
        let champions = &self.confirmation.champions;
        let mean = |fitness: fn(&Contender) -> f64| {
            champions.iter().map(fitness).sum::<f64>() / champions.len() as f64
        };
        lines.push(format!(
            "the mean fitness of the {} tried was {} on the tasks that selected them and is {} on \
             fresh ones (higher is better)",
            champions.len(),
            signed(mean(|champion| champion.selection.fitness.value())),
            signed(mean(|champion| champion.fresh.estimate.fitness.value()))
        ));
        let Confirmation { draws, seed, .. } = &self.confirmation;
        lines.push(format!(
            "others on the same fresh tasks: motherlode evaluate FORMULA --lab {} --fresh {draws} \
             --seed {seed}",
            self.lab_argument
        ));
        if self.files() > 0 {
            let which = if self.files() == self.lab.tasks.len() {
                "every task reads files".to_owned()
            } else {
                format!("tasks that read files: {}", self.files())
            };
            lines.push(format!(
                "{which}: no draw has other rows, so there the rows that selected judge again; \
                 keep rows of your own back, in a lab that no campaign selects on"
            ));
        }
        lines.join("\n")
    }

    fn victory(&self) -> String {
        let (Some(best), Some(winner)) =
            (self.confirmation.best_known(), self.confirmation.winner())
        else {
            return "nothing was there to compare".to_owned();
        };
        let tasks = self.tasks_in_words();
        let beat = |rival: &Contender| {
            let beats = |champion: &&Contender| {
                self.against(champion, rival)
                    .is_some_and(|beside| beside.verdict == Verdict::Better)
            };
            let winners: Vec<&str> = self
                .ranked(self.confirmation.champions.iter())
                .into_iter()
                .filter(beats)
                .map(Contender::label)
                .collect();
            winners.join(", ")
        };
        let winners = beat(best);
        let said = |beside: Comparison| {
            let verdict = beside.words(best.label());
            format!(
                "difference {}, 95 % {}, P {}: {verdict}",
                signed(beside.difference),
                interval(beside.interval),
                probability(beside.probability)
            )
        };
        let beside = self
            .against(winner, best)
            .map_or_else(|| "not comparable".to_owned(), said);
        let confirmed = if self.files() == self.lab.tasks.len() {
            "not confirmed but repeated"
        } else {
            "confirmed"
        };
        let mut words = if winners.is_empty() {
            format!(
                "no candidate beats {}, the best known activation, on {tasks}; the nearest is {} \
                 ({beside})",
                best.label(),
                winner.label()
            )
        } else {
            format!(
                "{confirmed} on {tasks}: better than {}, the best known activation: {winners} \
                 ({}: {beside})",
                best.label(),
                winner.label()
            )
        };
        if let Some(gelu) = self
            .yardstick()
            .filter(|gelu| gelu.formula.id != best.formula.id)
        {
            let winners = beat(gelu);
            let winners = if winners.is_empty() {
                "none"
            } else {
                winners.as_str()
            };
            words.push_str(&format!("\nbetter than {YARDSTICK}: {winners}"));
        }
        words
    }

    /// What JSON says of one that took part.
    fn fields(&self, contender: &Contender) -> Map<String, Value> {
        let beside = self.beside_yardstick(contender);
        let against = |rival: &Contender| {
            let beside = self.against(contender, rival)?;
            let mut fields = output::object(
                json!({ "name": rival.label(), "difference": beside.difference, "interval": beside.interval,
                "probability": beside.probability }),
            );
            fields.extend(verdict_fields(Some(&beside.verdict)));
            Some(Value::Object(fields))
        };
        let against: Vec<Value> = self
            .confirmation
            .incumbents
            .iter()
            .filter(|rival| rival.formula.id != contender.formula.id)
            .filter_map(against)
            .collect();
        let mut fields = output::object(json!({
            "selection_fitness": contender.selection.fitness,
            "selection_interval": contender.selection.fitness_interval,
            "fresh_fitness": contender.fresh.estimate.fitness,
            "fresh_interval": contender.fresh.estimate.fitness_interval,
            "fresh_profiles": contender.fresh.profiles,
            "beats_gelu": beside.as_ref().map(|beside| beside.probability),
            "against": against,
        }));
        fields.extend(verdict_fields(
            beside.as_ref().map(|beside| &beside.verdict),
        ));
        fields
    }

    /// How it compares with GELU; `None` for GELU itself.
    fn beside_yardstick(&self, contender: &Contender) -> Option<Comparison> {
        self.against(
            contender,
            self.yardstick()
                .filter(|gelu| gelu.formula.id != contender.formula.id)?,
        )
    }

    fn yardstick(&self) -> Option<&Contender> {
        self.confirmation
            .contender(Formula::parse(YARDSTICK).ok()?.id())
    }

    fn against(&self, contender: &Contender, rival: &Contender) -> Option<Comparison> {
        compare_contenders(
            contender,
            rival,
            &self.confirmation,
            &self.lab,
            &self.target,
        )
    }

    fn ranked<'a>(&self, contenders: impl Iterator<Item = &'a Contender>) -> Vec<&'a Contender> {
        let fitness = |contender: &Contender| contender.fresh.estimate.fitness.value();
        let mut ranked: Vec<&Contender> = contenders.collect();
        ranked.sort_by(|a, b| fitness(b).total_cmp(&fitness(a)));
        ranked
    }

    /// How many tasks of the lab read files.
    fn files(&self) -> usize {
        self.lab
            .tasks
            .iter()
            .filter(|task| matches!(task, TaskDefinition::File(_)))
            .count()
    }

    /// `24 fresh tasks (3 draws of 8)`.
    fn tasks_in_words(&self) -> String {
        let fresh = if self.files() == self.lab.tasks.len() {
            "redrawn"
        } else {
            "fresh"
        };
        format!(
            "{} {fresh} tasks ({} draws of {})",
            self.tasks(),
            self.confirmation.draws,
            self.lab.tasks.len()
        )
    }

    fn tasks(&self) -> usize {
        self.confirmation
            .champions
            .first()
            .map_or(0, |champion| champion.fresh.tasks.len())
    }
}

/// A verdict as JSON, with the family that carries it where one does.
fn verdict_fields(verdict: Option<&Verdict>) -> Map<String, Value> {
    output::object(
        json!({ "verdict": verdict.map(Verdict::name), "verdict_family": verdict.and_then(Verdict::carried_by) }),
    )
}
