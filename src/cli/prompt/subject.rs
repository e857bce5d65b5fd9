//! The campaign whose prompt is shown: one of the archive, or one that would be begun.

use std::sync::Arc;

use crate::campaign::CampaignGround;
use crate::campaign::{hire, keyless_ensemble, next, opening, EarlierFounders, Next};
use crate::cli::common::{Common, Failure};
use crate::cli::mine::measure_founders;
use crate::cli::mine::plan::{free_name, new_plan};
use crate::cli::mine::target::TargetOpener;
use crate::config::settings::check_bounds;
use crate::config::Home;
use crate::config::{CampaignOptions, Plan};
use crate::journal::Journal;
use crate::lab::{arithmetic, Draw, Laboratory};
use crate::nets::Backend;
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::proposer::{Llm, Proposer};
use crate::record::attempt::Attempt;
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::judging::Judging;
use crate::review::find_campaign;

/// Whose prompt is shown.
pub(super) struct PromptSubject {
    /// The campaign, which may not have been begun.
    pub charter: Charter,
    /// What its next attempt is asked for.
    pub next: Next,
    /// Who would write it.
    pub proposer: Arc<dyn Proposer>,
    /// The models that would be asked, without their keys.
    pub llm: Option<Arc<Llm>>,
}

/// A campaign of the archive, at its next attempt.
pub(super) fn begun(
    name: &str,
    options: &CampaignOptions,
    common: &Common,
) -> Result<PromptSubject, Failure> {
    options
        .check_settled("--campaign")
        .map_err(Failure::usage)?;
    let journal = common.open_archive()?;
    let charter = find_campaign(&journal, Some(name)).map_err(Failure::of_review)?;
    asks_models(&charter)?;
    // A foreign archive may hold any number.
    check_bounds(&charter).map_err(Failure::usage)?;
    let founders = journal.founders(name)?;
    let founders = founders.ok_or_else(|| {
        Failure::usage(format!(
            "campaign {name} was cut off before its first attempt; go on with it by motherlode \
             mine --resume {name}"
        ))
    })?;
    let judging = CampaignGround::of(&charter)?.judging();
    let subject = subject(
        charter,
        &judging,
        &founders,
        &journal.attempts(name)?,
        Some(&journal),
    )?;
    journal.close()?;
    Ok(subject)
}

/// A campaign that is not begun, at its first attempt: as `motherlode mine` would begin it beside
/// what the archive holds.
pub(super) fn new(options: &CampaignOptions, common: &Common) -> Result<PromptSubject, Failure> {
    let backend = Backend::Fused;
    let mut opener = TargetOpener::new(&backend, common);
    let mut plan = new_plan(options, &mut opener)?;
    asks_models(&plan.charter)?;
    let journal = match Journal::open(&common.archive_folder()?) {
        Ok(journal) => {
            let is_named = options.settings.name.is_some();
            plan.charter.campaign = free_name(&journal, is_named, plan.charter.campaign)?;
            Some(journal)
        }
        Err(error) if error.is_usage() => None,
        Err(error) => {
            common.say(format!(
                "the archive cannot be asked what was measured before: {error}"
            ));
            None
        }
    };
    let subject = match plan.charter.asking {
        Some(_) => asked_first(plan, journal.as_ref()),
        None => unasked(plan, journal.as_ref(), common),
    };
    journal.map_or(Ok(()), Journal::close)?;
    subject
}

/// A campaign whose models are asked before anything is trained.
fn asked_first(plan: Plan, journal: Option<&Journal>) -> Result<PromptSubject, Failure> {
    let arithmetic = arithmetic(&Backend::Fused);
    let llm = Arc::new(keyless_ensemble(&plan.charter, None).map_err(Failure::of_hiring)?);
    let briefs = opening(&plan.charter, &plan.judging(), 1, journal, &arithmetic);
    let first = briefs.into_iter().next();
    let mut brief = first.ok_or_else(|| Failure::usage("a campaign makes at least one attempt"))?;
    brief.model = llm
        .models()
        .first()
        .map(|model| model.setting.address.clone());
    let guidances = brief.guidance_record.clone().unwrap_or_default();
    Ok(PromptSubject {
        charter: plan.charter,
        next: Next::Asked {
            brief: Box::new(brief),
            guidances,
        },
        proposer: Arc::clone(&llm) as Arc<dyn Proposer>,
        llm: Some(llm),
    })
}

/// A campaign that asks no model, and whose known activations are measured first.
fn unasked(
    plan: Plan,
    journal: Option<&Journal>,
    common: &Common,
) -> Result<PromptSubject, Failure> {
    let Home::Lab(lab) = &plan.home else {
        return Err(Failure::usage(
            "the known activations of a campaign on a benchmark take long to measure: begin it by \
             motherlode mine, and look at its prompts by --campaign NAME",
        ));
    };
    let backend = Backend::Fused;
    let earlier = journal
        .and_then(|journal| EarlierFounders::find(journal, &plan.charter, &arithmetic(&backend)));
    let judging = plan.judging();
    let laboratory = Laboratory::prepare_on(
        backend,
        (**lab).clone(),
        Draw::Own {
            seed: plan.charter.seed,
        },
        plan.workers,
        &Stop::new(),
    )?;
    let founders = measure_founders(
        &laboratory,
        &plan.charter.target_of(1, &judging.profiles),
        earlier,
        plan.workers,
        &Stop::new(),
        common,
    )
    .map_err(|halt| match halt {
        Halt::NoThread => Failure::from(NoThread),
        Halt::Stopped | Halt::TimedOut | Halt::DeviceFailed => Failure::Failed(anyhow::anyhow!(
            "the known activations could not be measured"
        )),
    })?;
    subject(plan.charter, &judging, &founders, &[], None)
}

/// Keys are not looked up: nothing is sent.
fn subject(
    charter: Charter,
    judging: &Judging,
    founders: &[Candidate],
    attempts: &[Attempt],
    journal: Option<&Journal>,
) -> Result<PromptSubject, Failure> {
    let llm = charter
        .asking
        .as_ref()
        .map(|_| keyless_ensemble(&charter, journal).map(Arc::new))
        .transpose()
        .map_err(Failure::of_hiring)?;
    let proposer: Arc<dyn Proposer> = match &llm {
        Some(llm) => Arc::clone(llm) as Arc<dyn Proposer>,
        None => Arc::from(hire(&charter, journal).map_err(Failure::of_hiring)?),
    };
    let next = next(&charter, judging, founders, attempts, proposer.as_ref());
    Ok(PromptSubject {
        charter,
        next,
        proposer,
        llm,
    })
}

/// Refuses a campaign whose proposer asks no model.
pub(super) fn asks_models(charter: &Charter) -> Result<(), Failure> {
    match charter.proposer.as_str() {
        "genetic" => Err(Failure::usage(
            "the genetic proposer writes no prompt; name a model by --model, or a campaign that \
             asked one by --campaign",
        )),
        _ => Ok(()),
    }
}
