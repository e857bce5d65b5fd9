//! A panic in a thread of a campaign ends it with an error, and nobody waits for what will not come.

use std::time::Instant;

use motherlode::campaign::{found, Campaign, CampaignError};
use motherlode::journal::Journal;
use motherlode::lab::{Draw, Lab, Laboratory};
use motherlode::numerics::stop::Stop;
use motherlode::proposer::{Brief, Proposer, Purse, Reading, Response, Unanswered};
use motherlode::record::attempt::{Attempt, Reply};
use motherlode::record::charter::{Charter, LabSource};

/// A proposer that has a fault where nothing shelters it.
struct Faulty;

impl Proposer for Faulty {
    fn name(&self) -> &str {
        "faulty"
    }

    fn repeatable(&self) -> bool {
        panic!("nobody expected this")
    }

    fn learn(&self, _: &Attempt) {}

    fn assign(&self, _: &mut Brief) {}

    fn ask(&self, _: &Brief, _: &dyn Purse, _: &Stop) -> Result<Response, Unanswered> {
        panic!("nor this")
    }

    fn read(&self, _: &Reply, _: u32) -> Reading {
        panic!("nor this")
    }
}

#[test]
fn a_thread_that_panics_ends_the_campaign_by_an_error() {
    let lab = crate::lab::TINY;
    let draw = Draw::Own { seed: 5 };
    let laboratory = Laboratory::prepare(Lab::parse(lab).unwrap(), draw, 1, &Stop::new()).unwrap();
    let founders = found(&laboratory, "mlp", 1, &Stop::new(), &|_| ()).unwrap();
    let source = LabSource {
        name: "tiny".to_owned(),
        definition: lab.to_owned(),
        files: Vec::new(),
    };
    let charter = Charter::new("c", source, 5);
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(&folder.path().join("archive")).unwrap();
    journal.begin(&charter).unwrap();
    // An attempt that an earlier run left open.
    journal.reserve("c", 1).unwrap();
    let campaign = Campaign {
        charter: &charter,
        evaluator: &laboratory,
        founders: &founders,
        proposer: &Faulty,
        journal: &journal,
        workers: 2,
        started: Instant::now(),
        search: &Stop::new(),
        stop: &Stop::new(),
        closed: None,
    };
    let Err(CampaignError::Broken { doing, detail }) = campaign.run(&mut |_| ()) else {
        panic!("it ends by an error");
    };
    assert_eq!((doing, detail.as_str()), ("asks", "nobody expected this"));
    journal.close().unwrap();
}
