//! Campaigns in the journal: their charters, founders, confirmations and conclusions.

use super::envelope;
use super::error::JournalError;
use super::first_reply::FirstReply;
use super::handle::{check_name, check_new_name, Journal};
use super::writer::Commit;
use crate::record::arithmetic::Arithmetic;
use crate::record::candidate::Candidate;
use crate::record::charter::{Charter, Conclusion};
use crate::record::confirmation::Confirmation;

impl Journal {
    /// Records a campaign; durable when it returns. `NameTaken` where the archive has one of that
    /// name, `NameKept` where it is no campaign's to have.
    pub fn begin(&self, campaign: &Charter) -> Result<(), JournalError> {
        check_new_name(&campaign.campaign)?;
        let charter = envelope::document(
            &format!("the charter of campaign `{}`", campaign.campaign),
            campaign,
        )?;
        self.ask(&campaign.campaign, Commit::Begin { charter })
    }

    /// Records a campaign together with the replies to its first attempts, whose requests were
    /// booked as the check-up of this number, where they were booked: they move to the campaign. All
    /// of that or nothing, so that what was paid for is lost by no crash and counted once; durable
    /// when it returns. Errors as [`Journal::begin`].
    pub fn begin_answered(
        &self,
        campaign: &Charter,
        first: &[FirstReply],
        checkup: Option<u64>,
    ) -> Result<(), JournalError> {
        check_new_name(&campaign.campaign)?;
        let charter = envelope::document(
            &format!("the charter of campaign `{}`", campaign.campaign),
            campaign,
        )?;
        self.ask(
            &campaign.campaign,
            Commit::BeginAnswered {
                charter,
                first: first.to_vec(),
                checkup,
            },
        )
    }

    /// Puts a changed charter in the place of a campaign's own, such as one with a higher goal;
    /// durable when it returns.
    pub fn amend(&self, campaign: &Charter) -> Result<(), JournalError> {
        let number = self.number(&campaign.campaign)?;
        let charter = envelope::document(
            &format!("the charter of campaign `{}`", campaign.campaign),
            campaign,
        )?;
        self.ask(&campaign.campaign, Commit::Amend { number, charter })
    }

    /// The charters of all campaigns, oldest first.
    pub fn campaigns(&self) -> Result<Vec<Charter>, JournalError> {
        let names = self.store().campaign_names()?;
        names
            .into_iter()
            .map(|(number, name)| self.charter(number, &name))
            .collect()
    }

    /// The charter of one campaign; `None` where the archive has none of that name.
    pub fn campaign(&self, name: &str) -> Result<Option<Charter>, JournalError> {
        check_name(name)?;
        self.store()
            .campaign_number(name)?
            .map(|number| self.charter(number, name))
            .transpose()
    }

    fn charter(&self, number: u32, name: &str) -> Result<Charter, JournalError> {
        let document = self.store().charter(number)?.ok_or_else(|| {
            self.store()
                .damaged(format!("the charter of campaign `{name}` is gone"))
        })?;
        self.parse(&document, || format!("the charter of campaign `{name}`"))
    }

    /// Keeps the founders of a campaign and by what they were measured, so that neither a resume
    /// nor a campaign alike need measure them again; durable when it returns.
    pub fn found(
        &self,
        campaign: &str,
        founders: &[Candidate],
        arithmetic: &Arithmetic,
    ) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        let founders = envelope::document(
            &format!("the founders of campaign `{campaign}`"),
            &founders.to_vec(),
        )?;
        let arithmetic = envelope::document(
            &format!("how the founders of campaign `{campaign}` were measured"),
            arithmetic,
        )?;
        self.ask(
            campaign,
            Commit::Found {
                number,
                founders,
                arithmetic,
            },
        )
    }

    /// The founders of a campaign, baselines first; `None` where it was cut off before they were
    /// kept.
    pub fn founders(&self, campaign: &str) -> Result<Option<Vec<Candidate>>, JournalError> {
        let document = self.store().founders(self.number(campaign)?)?;
        document
            .map(|document| {
                self.parse(&document, || {
                    format!("the founders of campaign `{campaign}`")
                })
            })
            .transpose()
    }

    /// By what the founders of a campaign were measured; `None` where there are none, and where a
    /// version recorded them that did not keep it.
    pub fn founders_arithmetic(&self, campaign: &str) -> Result<Option<Arithmetic>, JournalError> {
        let document = self.store().founders_arithmetic(self.number(campaign)?)?;
        document
            .map(|document| {
                self.parse(&document, || {
                    format!("how the founders of campaign `{campaign}` were measured")
                })
            })
            .transpose()
    }

    /// Records a confirmation, in place of an earlier one of as many candidates; durable when it
    /// returns.
    pub fn confirm(&self, campaign: &str, confirmation: &Confirmation) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        let document = envelope::document(
            &format!("a confirmation of campaign `{campaign}`"),
            confirmation,
        )?;
        self.ask(
            campaign,
            Commit::Confirm {
                number,
                candidates: confirmation.candidates,
                confirmation: document,
            },
        )
    }

    /// The confirmations of a campaign, in the order in which it gained candidates.
    pub fn confirmations(&self, campaign: &str) -> Result<Vec<Confirmation>, JournalError> {
        let documents = self.store().confirmations(self.number(campaign)?)?;
        documents
            .iter()
            .map(|document| {
                self.parse(document, || {
                    format!("a confirmation of campaign `{campaign}`")
                })
            })
            .collect()
    }

    /// Records how a campaign stopped, in place of an earlier conclusion; durable when it returns.
    pub fn conclude(&self, campaign: &str, conclusion: &Conclusion) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        let conclusion = envelope::document(
            &format!("the conclusion of campaign `{campaign}`"),
            conclusion,
        )?;
        self.ask(campaign, Commit::Conclude { number, conclusion })
    }

    /// How a campaign stopped last; `None` where it has not yet, or was killed in its first run.
    pub fn conclusion(&self, campaign: &str) -> Result<Option<Conclusion>, JournalError> {
        let document = self.store().conclusion(self.number(campaign)?)?;
        document
            .map(|document| {
                self.parse(&document, || {
                    format!("the conclusion of campaign `{campaign}`")
                })
            })
            .transpose()
    }
}
