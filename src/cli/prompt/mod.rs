//! `motherlode prompt`: what is sent to models, to the letter.

mod guidance;
mod subject;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{json, Value};

use self::guidance::{guidances, GuidanceArguments};
use self::subject::{begun, new, PromptSubject};
use crate::campaign::Next;
use crate::cli::campaign_argument::one_name;
use crate::cli::common::{Common, Ending, Failure};
use crate::cli::output;
use crate::config::CampaignOptions;
use crate::journal::check_name;
use crate::proposer::llm::conversation::{Conversation, Role};
use crate::proposer::llm::model::{Model, Question};
use crate::proposer::{prompt, Brief};
use crate::record::charter::Charter;
use crate::record::ledger::Purpose;
use crate::review::find_campaign;

/// The commands that show prompts.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  motherlode prompt show --model openai:NAME
  motherlode prompt templates system")]
pub enum PromptCommand {
    /// The prompt of a campaign's next attempt, or of one that was made, exactly as it is sent
    Show(Box<PromptShowArguments>),
    /// The guidances that models wrote for a campaign's prompts, and what each brought
    Guidance(GuidanceArguments),
    /// The templates that prompts are made of
    Templates(TemplatesArguments),
}

/// What `motherlode prompt show` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode prompt show --model openai:NAME
  motherlode prompt show --campaign standard-1 --attempt 12")]
pub struct PromptShowArguments {
    #[command(flatten)]
    options: CampaignOptions,
    /// A campaign of the archive, which may also stand in the place of the campaign file [default:
    /// a new one with these settings]
    #[arg(long, value_name = "CAMPAIGN")]
    campaign: Option<String>,
    /// An attempt that was made: the prompt as it was sent, and every further request that was made
    /// for it [default campaign: the latest]
    #[arg(long, value_name = "N", conflicts_with_all = ["purpose", "body"])]
    attempt: Option<u64>,
    /// What is asked for [default: as the campaign would draw it]
    #[arg(
        long,
        value_parser = ["propose", "crossover", "simplify", "explore", "exploit", "guidance"]
    )]
    purpose: Option<String>,
    /// Show the whole body of the request to each model, as JSON
    #[arg(long)]
    body: bool,
}

impl PromptShowArguments {
    /// The campaign of the archive that is named, and the settings without its name: what stands in
    /// the place of a campaign file names a campaign where there is no such file.
    fn campaign(&self) -> Result<(Option<String>, CampaignOptions), Failure> {
        let mut options = self.options.clone();
        let is_campaign = |path: &mut PathBuf| {
            !path.exists() && path.to_str().is_some_and(|name| check_name(name).is_ok())
        };
        let argument = options.campaign_file.take_if(is_campaign);
        let argument = argument.as_deref().and_then(Path::to_str);
        let name = one_name(argument, self.campaign.as_deref())?;
        Ok((name.map(str::to_owned), options))
    }
}

/// What `motherlode prompt templates` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode prompt templates
  motherlode prompt templates system")]
pub struct TemplatesArguments {
    /// One template by name [default: all]
    #[arg(value_parser = prompt::TEMPLATES.map(|(name, _)| name))]
    name: Option<String>,
}

/// Shows a prompt, the guidances of a campaign, or the templates.
pub fn run(command: &PromptCommand, common: &Common) -> Result<Ending, Failure> {
    match command {
        PromptCommand::Show(arguments) => show(arguments, common),
        PromptCommand::Guidance(arguments) => guidances(arguments, common),
        PromptCommand::Templates(arguments) => templates(arguments.name.as_deref(), common),
    }
}

fn templates(name: Option<&str>, common: &Common) -> Result<Ending, Failure> {
    let wanted = prompt::TEMPLATES
        .into_iter()
        .filter(|(template, _)| name.is_none_or(|name| name == *template));
    if common.json {
        let rows: Vec<Value> = wanted
            .map(|(name, text)| json!({ "template": name, "text": text }))
            .collect();
        output::document(&json!({ "templates": rows }))?;
        return Ok(Ending::Done);
    }
    for (template, text) in wanted {
        if name.is_none() {
            output::line(format!("=== {template} ==="))?;
        }
        output::line(text.trim_end())?;
    }
    Ok(Ending::Done)
}

fn show(arguments: &PromptShowArguments, common: &Common) -> Result<Ending, Failure> {
    let (campaign, options) = arguments.campaign()?;
    if let Some(attempt) = arguments.attempt {
        options.check_settled("--attempt").map_err(Failure::usage)?;
        return recorded(campaign.as_deref(), attempt, common);
    }
    let subject = match &campaign {
        Some(name) => begun(name, &options, common)?,
        None => new(&options, common)?,
    };
    let shown = match NextPrompt::of(&subject, arguments.purpose.as_deref()) {
        Ok(shown) => shown,
        Err(Sibling { of }) => {
            output::line(format!(
                "the next attempt takes a formula that came in the reply of attempt {of}: nothing \
                 is sent for it"
            ))?;
            return Ok(Ending::Done);
        }
    };
    if common.json {
        output::document(&shown.document(&subject.charter))?;
    } else if arguments.body {
        for request in &shown.requests {
            output::line(format!(
                "POST {}\n{}",
                request["url"].as_str().unwrap_or_default(),
                output::pretty(&request["body"])
            ))?;
        }
    } else {
        output::line(&shown.conversation)?;
    }
    common.say(format!(
        "campaign {}, {}",
        subject.charter.campaign,
        shown.words()
    ));
    Ok(Ending::Done)
}

/// The next attempt is asked for nothing: its formula came with the reply of another.
struct Sibling {
    of: u64,
}

/// What would be sent for the next attempt of a campaign.
struct NextPrompt {
    brief: Brief,
    purpose: Purpose,
    conversation: Conversation,
    schema: Value,
    /// To each model that may be asked.
    requests: Vec<Value>,
}

impl NextPrompt {
    /// The prompt for this purpose, or for the one that the campaign would draw.
    fn of(subject: &PromptSubject, purpose: Option<&str>) -> Result<NextPrompt, Sibling> {
        let (mut brief, guidances) = match &subject.next {
            Next::Asked { brief, guidances } => (Brief::clone(brief), guidances.clone()),
            Next::Sibling { of } => return Err(Sibling { of: *of }),
        };
        let mut assigned = brief.clone();
        subject.proposer.assign(&mut assigned);
        // The first models are settled before anything is learnt.
        assigned.model = brief.model.clone().or(assigned.model);
        let named = Purpose::proposing()
            .into_iter()
            .find(|known| Some(known.name()) == purpose);
        match named {
            Some(purpose) => {
                prompt::take_purpose(&mut brief, purpose);
                brief.model = assigned.model;
            }
            None => brief = assigned,
        }
        let (conversation, schema, purpose) = if purpose == Some(Purpose::Guidance.name()) {
            brief.guidance_record = Some(guidances);
            (
                prompt::guidance(&brief),
                prompt::guidance_schema(),
                Purpose::Guidance,
            )
        } else {
            (
                prompt::proposal(&brief),
                prompt::schema(&brief),
                brief.purpose,
            )
        };
        let models = subject.llm.iter().flat_map(|llm| llm.models());
        let request = |model: &Model| {
            let (url, body) = model.request(&Question {
                purpose,
                conversation: &conversation,
                schema: &schema,
                most_tokens: model.setting.most_tokens,
            });
            json!({ "model": model.setting.address, "url": url, "body": body })
        };
        Ok(NextPrompt {
            requests: models.map(request).collect(),
            brief,
            purpose,
            conversation,
            schema,
        })
    }

    fn document(&self, charter: &Charter) -> Value {
        let turn = |(role, text): &(Role, String)| {
            let role = if *role == Role::User { "user" } else { "model" };
            json!({ "role": role, "text": text })
        };
        json!({
            "campaign": charter.campaign,
            "attempt": self.brief.attempt,
            "purpose": self.purpose,
            "model": self.brief.model,
            "system": self.conversation.system,
            "turns": self.conversation.turns.iter().map(turn).collect::<Vec<_>>(),
            "schema": self.schema,
            "requests": self.requests,
        })
    }

    fn words(&self) -> String {
        let is_guidance = self.purpose == Purpose::Guidance;
        let also = if self.brief.guidance_record.is_some() && !is_guidance {
            "; before it, guidance is asked for (--purpose guidance)"
        } else {
            ""
        };
        let model = self.brief.model.as_ref();
        format!(
            "attempt {}, purpose {}{}{also}",
            self.brief.attempt,
            self.purpose,
            model.map_or_else(String::new, |model| format!(", to {model}"))
        )
    }
}

/// What was sent for an attempt, and what came back.
fn recorded(name: Option<&str>, number: u64, common: &Common) -> Result<Ending, Failure> {
    let journal = common.open_archive()?;
    let charter = find_campaign(&journal, name).map_err(Failure::of_review)?;
    let name = charter.campaign.as_str();
    let attempts = journal.attempts(&charter.campaign)?;
    journal.close()?;
    let attempt = attempts.iter().find(|attempt| attempt.attempt == number);
    let attempt = attempt.ok_or_else(|| {
        Failure::usage(format!(
            "campaign {name} has made {} attempts, and none of number {number}",
            attempts.len()
        ))
    })?;
    let reply = attempt.reply.as_ref();
    let exchanges = attempt
        .calls
        .iter()
        .filter_map(|call| Some((call.purpose, call.exchange.as_ref()?)));
    if common.json {
        let others: Vec<Value> = exchanges
            .map(|(purpose, exchange)| {
                json!({ "purpose": purpose,
            "prompt": exchange.prompt, "text": exchange.text })
            })
            .collect();
        output::document(
            &json!({ "campaign": name, "attempt": number, "sibling_of": attempt.sibling_of,
            "prompt": reply.map(|reply| &reply.prompt),
            "text": reply.map(|reply| &reply.text), "before": others }),
        )?;
        return Ok(Ending::Done);
    }
    for (purpose, exchange) in exchanges {
        output::line(format!(
            "=== {purpose}, before the reply ===\n{}\n=== answered ===\n{}",
            exchange.prompt, exchange.text
        ))?;
    }
    match (reply, attempt.sibling_of) {
        (Some(reply), _) => output::line(format!(
            "=== asked ===\n{}\n=== answered ===\n{}",
            reply.prompt, reply.text
        ))?,
        (None, Some(first)) => output::line(format!(
            "its formula came in the reply of attempt {first}: motherlode prompt show --campaign \
             {name} --attempt {first}"
        ))?,
        (None, None) => output::line("it got no reply")?,
    }
    common.say(format!("campaign {name}, attempt {number}"));
    Ok(Ending::Done)
}
