//! What the first proposals cost: booked before they are asked for, the campaign's where it begins,
//! the check-ups' where it does not.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use motherlode::journal::{FirstReply, Journal, CHECKUPS, DOCTOR};
use motherlode::proposer::llm::address::Provider;
use motherlode::record::attempt::Reply;
use motherlode::record::ledger::{Balance, Budget, Call, CallOutcome, Hold, Money, Price, Purpose};

use wiremock::ResponseTemplate;

use super::double::{Behaviour, Double, Script};
use super::{bill, priced, spend};
use crate::binary::{folder, lines, mine, motherlode, run, stderr, tiny_lab};
use crate::journal::charter;
use crate::proposer::servers::Server;

fn begins_with(seed: u64, first: Vec<Behaviour>) -> Double {
    Double::start(Script {
        first,
        ..Script::by_chance(seed, 0.0)
    })
}

#[test]
fn what_the_first_proposal_cost_is_the_campaigns_and_counted_once() {
    let (folder, lab) = (folder(), tiny_lab());
    // An answer that was lost says nothing of those that follow.
    let server = begins_with(401, vec![Behaviour::Drop, Behaviour::Answer]);
    let model = priced(&server);
    let options = [
        "--model",
        &model,
        "--yes",
        "--attempts",
        "4",
        "--name",
        "paid",
    ];
    let output = run(folder.path(), &mine(&lab, &options));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let spent = spend(folder.path(), "paid");
    assert_eq!(spent["requests"], server.seen().len());
    let told = bill(server.seen().iter().filter(|seen| seen.told()));
    assert!(spent["spent_usd"].as_f64().unwrap() >= told, "{spent}");
    let doctor = spend(folder.path(), DOCTOR);
    assert_eq!(doctor["spent_usd"], 0.0, "{doctor}");
}

#[test]
fn what_was_paid_for_in_vain_stays_on_the_account_of_check_ups() {
    let (folder, lab) = (folder(), tiny_lab());
    let server = begins_with(402, vec![Behaviour::Drop; 9]);
    let model = priced(&server);
    let output = run(folder.path(), &mine(&lab, &["--model", &model, "--yes"]));
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("No campaign was begun") && said.contains("motherlode spend doctor"),
        "{said}"
    );
    let doctor = spend(folder.path(), DOCTOR);
    assert_eq!(doctor["requests"], server.seen().len());
    assert!(doctor["spent_usd"].as_f64().unwrap() >= bill(server.seen().iter()));
    let journal = Journal::open(&folder.path().join("archive")).unwrap();
    assert_eq!(journal.campaigns().unwrap(), []);
    journal.close().unwrap();
}

#[test]
fn a_paid_server_that_refuses_at_no_cost_leaves_no_archive() {
    let (folder, lab) = (folder(), tiny_lab());
    let server = begins_with(403, vec![Behaviour::Unauthorised; 9]);
    let model = priced(&server);
    let output = run(folder.path(), &mine(&lab, &["--model", &model, "--yes"]));
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(server.seen().len(), 1);
    assert!(!folder.path().join("archive").exists());
}

#[test]
fn replies_and_what_they_cost_move_to_the_campaign_that_begins_with_them_as_one() {
    let folder = folder();
    let archive = folder.path().join("archive");
    let journal = Journal::create_or_open(&archive).unwrap();
    let hold = Hold {
        number: 1,
        model: "openai:m".to_owned(),
        purpose: Purpose::Propose,
        money: Money::dollars(0.5).unwrap(),
        tokens: 900,
    };
    let call = Call::of(
        &hold,
        CallOutcome::Lost,
        None,
        &Price::stated(1.0, 1.0, "a test"),
    );
    journal
        .hold(CHECKUPS, 7, &hold, &Budget::default())
        .unwrap();
    journal.charge(CHECKUPS, 7, 1, &call).unwrap();
    let paid = journal.balance(CHECKUPS).unwrap();
    let reply = Reply {
        text: "{}".to_owned(),
        ..Reply::default()
    };
    let first = FirstReply {
        attempt: 2,
        reply: reply.clone(),
        calls: vec![call.clone()],
    };
    journal
        .begin_answered(&charter("begun"), &[first], Some(7))
        .unwrap();
    journal.close().unwrap();
    let journal = Journal::open(&archive).unwrap();
    assert_eq!(journal.balance(CHECKUPS).unwrap(), Balance::default());
    assert_eq!(journal.account(CHECKUPS, 7).unwrap().calls, []);
    assert_eq!(journal.balance("begun").unwrap(), paid);
    let open = journal.open_attempts("begun").unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].attempt, &open[0].reply, &open[0].account.calls),
        (2, &Some(reply), &vec![call])
    );
    let taken = journal.begin_answered(&charter("begun"), &[], None);
    assert!(taken.is_err(), "the name is taken");
    journal.close().unwrap();
}

#[test]
fn a_model_that_gave_no_first_proposal_is_not_asked_again_in_the_run() {
    let (folder, lab) = (folder(), tiny_lab());
    let (bad, good) = (
        begins_with(405, vec![Behaviour::Malformed; 500]),
        begins_with(406, Vec::new()),
    );
    let (bad_model, good_model) = (
        format!("{},weight=9", priced(&bad)),
        priced(&good).replace("paid", "good"),
    );
    let options = [
        "--model",
        &bad_model,
        "--model",
        &good_model,
        "--yes",
        "--attempts",
        "12",
        "--champions",
        "0",
        "--json",
    ];
    let output = run(folder.path(), &mine(&lab, &options));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(lines(&output).pop().unwrap()["attempts"], 12);
    assert!(bad.seen().len() <= 3, "{} requests", bad.seen().len());
}

#[test]
fn a_long_wait_is_told_while_it_lasts() {
    let (folder, lab) = (folder(), tiny_lab());
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "60");
    let server = Server::answering(vec![busy]);
    let model = format!("{},free", server.model(Provider::Compatible));
    let mut program = motherlode()
        .args(mine(&lab, &["--model", &model, "--archive"]))
        .arg(folder.path().join("archive"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(program.stderr.take().unwrap()).lines();
    let told = said
        .map_while(Result::ok)
        .find(|line| line.contains("it is asked again in 6"));
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(told.unwrap().contains("limits the rate"));
}
