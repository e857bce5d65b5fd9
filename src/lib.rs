//! Motherlode mines activation functions: a proposer writes formulas, each is checked and trained
//! in a lab of small networks whose test points lie outside the training range, and what
//! generalises is kept in an archive that steers the next proposals.
//!
//! # Measuring a formula
//!
//! A [`Lab`] says which tasks and networks there are; a [`Laboratory`] has its data drawn; every
//! formula meets the same trials in it.
//!
//! ```
//! use motherlode::formula::Formula;
//! use motherlode::lab::{evaluate_all, Draw, Lab, Laboratory};
//! use motherlode::numerics::stop::Stop;
//!
//! let lab = Lab::parse(Lab::shipped("smoke")?)?;
//! let laboratory = Laboratory::prepare(lab, Draw::Own { seed: 1 }, 2, &Stop::new())?;
//! let formulas = [Formula::parse("relu")?, Formula::parse("x * tanh(softplus(x))")?];
//! let formulas: Vec<&Formula> = formulas.iter().collect();
//! let evaluations = evaluate_all(&laboratory, &formulas, "mlp", 2, &Stop::new(), &|| ())
//!     .expect("no stop");
//! assert_eq!(evaluations[0].estimate.fitness.value(), 0.0, "ReLU is the reference");
//! println!("mish: {:+.3}", evaluations[1].estimate.fitness.value());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The loop
//!
//! A [`Charter`] says what a campaign was started with, a [`Journal`] keeps what happens, and
//! [`Campaign::run`] is the loop: attempts are sampled, asked, parsed, screened, claimed, trained,
//! recorded and placed.
//!
//! ```
//! use std::path::Path;
//! use std::time::Instant;
//!
//! use motherlode::campaign::{found, Campaign};
//! use motherlode::config::find_lab;
//! use motherlode::lab::{Draw, Laboratory};
//! use motherlode::numerics::stop::Stop;
//! use motherlode::proposer::Scripted;
//! use motherlode::{Charter, Journal};
//!
//! // Replies as a model might write them; `Genetic` and `Llm` stand in the same place.
//! let proposer = Scripted::open(Path::new("examples/replies"))?;
//! let lab = find_lab("smoke")?;
//! let charter = Charter {
//!     proposer: "scripted".to_owned(),
//!     attempts: 3,
//!     champions: 0,
//!     ..Charter::new("page", lab.source(), 1)
//! };
//! let stop = Stop::new();
//! let laboratory = Laboratory::prepare(lab.lab, Draw::Own { seed: charter.seed }, 2, &stop)?;
//! let founders = found(&laboratory, &charter.target, 2, &stop, &|_| ()).expect("no stop");
//! let folder = tempfile::tempdir()?;
//! let journal = Journal::create_or_open(&folder.path().join("archive"))?;
//! journal.begin(&charter)?;
//! let campaign = Campaign {
//!     charter: &charter,
//!     evaluator: &laboratory,
//!     founders: &founders,
//!     proposer: &proposer,
//!     journal: &journal,
//!     workers: 2,
//!     started: Instant::now(),
//!     closed: None,
//!     search: &stop,
//!     stop: &stop,
//! };
//! let finish = campaign.run(&mut |_| ())?;
//! assert_eq!(finish.attempts, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Words
//!
//! - **activation, formula**: what is mined: a function of x, and its checked program
//!   ([`Formula`]).
//! - **baseline, founder**: a known activation that is measured beside the mined ones, and from
//!   which a search starts.
//! - **proposer, proposal**: who writes formulas ([`Proposer`]), and what it wrote.
//! - **attempt**: one proposal from sampling to its end, recorded whatever that is ([`Attempt`]).
//! - **rejection**: the end of an attempt that became no candidate, with what was expected and
//!   found.
//! - **candidate**: a formula that was measured whole ([`Candidate`]).
//! - **task**: a data set with a training box and test sets in shells outside it ([`task`]).
//! - **trial**: formula x task x network x seed: one small network trained.
//! - **lab, profile, target**: tasks and networks with a fitness; the networks that mirror a
//!   block; the profile whose fitness selects.
//! - **block**: one of the profiles of a campaign for all of them, with islands and a winner of its
//!   own.
//! - **fitness**: how much lower the out-of-distribution loss is than ReLU's; higher is better,
//!   ReLU is 0.
//! - **cascade, rung**: trials in steps of growing cost, of which each keeps a fraction of the
//!   running field.
//! - **niche, island**: the place of a behaviour, which keeps the fittest; a grid of niches
//!   ([`archive`]).
//! - **confirmation**: the best beside the incumbents on fresh tasks, on which nothing was
//!   selected.
//! - **charter, journal, ledger**: what a campaign was started with; what happened, on disk; what
//!   it cost.
//! - **benchmark, benchmark run**: a real data set with an architecture and a recipe; one training
//!   of one activation with one seed.
//! - **tuning**: the free numbers of a formula moved to where a cheap measurement is best
//!   ([`replay::tuning`]); a baseline's are its scale and shift of input and output.
//! - **shape**: formulas whose curves agree up to scale and shift of input and output
//!   ([`lab::shape`]).
//! - **vault**: a sealed lab that no search ever sees, used only to judge.
//!
//! The layers, from the bottom up, are matter, records, ground, organs, stories and faces;
//! ARCHITECTURE.md says what each folder is, and `tests/spec/layers` enforces that imports run downward only.

#![warn(missing_docs)]

// matter: pure, no IO, no async, no clock, no global random
pub mod drawing;
pub mod images;
pub mod nets;
pub mod numerics;
pub mod task;
pub use motherlode_formula as formula;

// records: plain serialisable data
pub mod record;

// ground: how files are read
pub mod files;

// organs: never import one another
pub mod archive;
pub mod journal;
pub mod lab;
pub mod proposer;

// stories: know more than one organ
pub mod campaign;
pub mod config;
pub mod replay;
pub mod review;

// faces: print, serve and exit
pub mod cli;

pub use campaign::Campaign;
pub use formula::Formula;
pub use journal::Journal;
pub use lab::{Lab, Laboratory};
pub use nets::Backend;
pub use numerics::stop::Stop;
pub use numerics::stream::Key;
pub use proposer::Proposer;
pub use record::attempt::{Attempt, Rejection};
pub use record::candidate::Candidate;
pub use record::charter::Charter;
pub use record::confirmation::Confirmation;
pub use record::evaluation::{Evaluation, Fitness};
