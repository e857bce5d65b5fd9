//! How a run starts: with a campaign of the archive, or with a new one, whose models are asked for
//! its first proposals.

use serde_json::Value;

use super::beginning::{begin, Beginning, Begun};
use super::clock::Clock;
use super::consent::{consent, Consent};
use super::endings::{never_begun, refused};
use super::plan::{free_name, new_plan, resumed_plan};
use super::target::{consent_to_program, mark_program, permit_program, OpenTarget, TargetOpener};
use crate::campaign::hire;
use crate::cli::common::{Common, Ending, Failure};
use crate::config::{CampaignOptions, Plan};
use crate::journal::Journal;
use crate::nets::Backend;
use crate::proposer::Proposer;
use crate::record::ledger::Balance;

/// What the user asks of a run.
pub struct MineRequest<'a> {
    /// The settings of the campaign.
    pub options: &'a CampaignOptions,
    /// Whether paid models are asked, and commands run, without further consent.
    pub yes: bool,
    /// Whether commands run that come out of an archive of another place.
    pub allow_commands: bool,
}

/// How a run starts.
pub enum Start {
    /// With all that it needs.
    Ready(Box<Ready>),
    /// It has ended before there was a campaign.
    Over(Ending),
}

/// What a run needs, all that may be refused looked at.
pub struct Ready {
    pub plan: Plan,
    pub benchmark: Option<OpenTarget>,
    pub proposer: Box<dyn Proposer>,
    pub journal: Journal,
    pub round_trips: Option<Value>,
    pub closed: Option<String>,
    pub clock: Clock,
}

/// A campaign of the archive, to go on with.
pub fn resumed(
    request: &MineRequest,
    name: &str,
    backend: &Backend,
    common: &Common,
) -> Result<Ready, Failure> {
    let journal = Journal::open(&common.archive_folder()?).map_err(Failure::of_archive)?;
    let mut opener = TargetOpener::new(backend, common);
    let (mut plan, made) = resumed_plan(request.options, name, &journal, &mut opener, common)?;
    let folder = common.archive_folder()?;
    permit_program(&plan.charter, &folder, request.allow_commands)?;
    consent_to_program(&plan.charter, request.yes, common)?;
    mark_program(&mut plan.charter, &folder);
    let proposer = hire(&plan.charter, Some(&journal)).map_err(Failure::of_hiring)?;
    // Nothing is under way: what is held was cut off.
    let balance = journal.balance(name)?.with_all_held_spent();
    // What is paid for and not measured yet is, also where nothing more can be asked for.
    let closed = match consent(&plan, made, &balance, Some(&journal), request.yes, common)? {
        Consent::Given => None,
        Consent::NoRoom(words) => Some(words),
    };
    Ok(Ready {
        plan,
        benchmark: opener.opened(),
        proposer,
        journal,
        round_trips: None,
        closed,
        clock: Clock::start()?,
    })
}

/// A new campaign. Everything that may be refused is looked at before an archive is made, and models
/// are asked once before anything is trained.
pub fn begun(request: &MineRequest, backend: &Backend, common: &Common) -> Result<Start, Failure> {
    let mut opener = TargetOpener::new(backend, common);
    let mut plan = new_plan(request.options, &mut opener)?;
    let proposer = hire(&plan.charter, None).map_err(Failure::of_hiring)?;
    let none = Balance::default();
    if let Consent::NoRoom(words) = consent(&plan, 0, &none, None, request.yes, common)? {
        return Err(Failure::usage(format!(
            "{words}; raise it by --budget-usd or --budget-tokens, or lower max_tokens of the model"
        )));
    }
    consent_to_program(&plan.charter, request.yes, common)?;
    let is_named = request.options.settings.name.is_some();
    if plan.charter.asking.is_some() {
        return asked(plan, opener.opened(), is_named, backend, common);
    }
    let folder = common.archive_folder()?;
    let journal = Journal::create_or_open(&folder).map_err(Failure::of_archive)?;
    plan.charter.campaign = free_name(&journal, is_named, plan.charter.campaign)?;
    mark_program(&mut plan.charter, &folder);
    Ok(Start::Ready(Box::new(Ready {
        plan,
        benchmark: opener.opened(),
        proposer,
        journal,
        round_trips: None,
        closed: None,
        clock: Clock::start()?,
    })))
}

/// A new campaign whose models have been asked for its first proposals.
fn asked(
    plan: Plan,
    benchmark: Option<OpenTarget>,
    is_named: bool,
    backend: &Backend,
    common: &Common,
) -> Result<Start, Failure> {
    let clock = Clock::start()?;
    let (charter, stop) = (plan.charter.clone(), clock.stop(plan.time_limit));
    Ok(match begin(plan, is_named, backend, &stop, common)? {
        Beginning::Begun(begun) => {
            let Begun {
                plan,
                llm,
                journal,
                round_trips,
            } = *begun;
            Start::Ready(Box::new(Ready {
                plan,
                benchmark,
                proposer: Box::new(llm),
                journal,
                round_trips: Some(round_trips),
                closed: None,
                clock,
            }))
        }
        Beginning::NoProposal(reason) => {
            let wall = clock.started.elapsed();
            Start::Over(refused(reason, &charter, wall, common)?)
        }
        Beginning::Stopped => {
            let (reason, wall) = (clock.reason(), clock.started.elapsed());
            let during = "while its models were asked for a first proposal";
            Start::Over(never_begun(reason, &charter, wall, during, common)?)
        }
    })
}
