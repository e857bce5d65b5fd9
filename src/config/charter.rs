//! The charter of a campaign that is started now: its defaults, its moment and its version, which
//! the record itself does not know.

use std::time::SystemTime;

use crate::formula::Class;
use crate::proposer::llm::moment::moment;
use crate::record::charter::{Charter, Instructions, LabSource, DEFAULT_CHAMPIONS};

/// The version of this crate.
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Charter {
    /// A campaign of the genetic proposer on `lab`, started now by this version of the crate, with
    /// the defaults: 200 attempts on 2 islands with lag 8, pointwise formulas of cost 120 at most
    /// without parameters, target `general`, 120 seconds an attempt, 5 champions, and no model.
    /// What `motherlode mine` takes where no target is named depends on the lab.
    pub fn new(campaign: impl Into<String>, lab: LabSource, seed: u64) -> Charter {
        Charter {
            campaign: campaign.into(),
            created: now(),
            seed,
            lab: lab.name,
            lab_definition: lab.definition,
            lab_files: lab.files,
            target: "general".to_owned(),
            benchmark: None,
            proposer: "genetic".to_owned(),
            models: Vec::new(),
            asking: None,
            replies: None,
            instructions: Instructions::default(),
            attempts: 200,
            cost_budget: 120,
            class: Class::Pointwise,
            parameters: 0,
            islands: 2,
            lag: 8,
            attempt_deadline_seconds: 120.0,
            champions: DEFAULT_CHAMPIONS,
            version: VERSION.to_owned(),
        }
    }

    /// The same settings under another name, started now by this version of the crate.
    #[must_use]
    pub fn started_anew(self, campaign: impl Into<String>) -> Charter {
        Charter {
            campaign: campaign.into(),
            created: now(),
            version: VERSION.to_owned(),
            ..self
        }
    }
}

fn now() -> String {
    moment(SystemTime::now())
}
