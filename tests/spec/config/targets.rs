//! What a campaign mines for where nothing is said, and the islands that it keeps for that.

use super::{charter, plan};

#[test]
fn a_campaign_mines_for_every_profile_of_its_lab_and_for_the_only_one_of_a_lab_that_has_one() {
    let rows: [(&[&str], &str, (&str, u32)); 8] = [
        (&[], "", ("all", 3)),
        (&["--lab", "smoke"], "", ("all", 2)),
        (&["--lab", "paper"], "", ("mlp", 2)),
        (&["--target", "general"], "", ("general", 2)),
        (&["--target", "convnet"], "", ("convnet", 2)),
        (&["--target", "all"], "target = 'mlp'", ("all", 3)),
        (&[], "islands = 7", ("all", 7)),
        (&[], "target = 'general'\nislands = 1", ("general", 1)),
    ];
    for (words, file, expected) in rows {
        let found = charter(words, file);
        assert_eq!(
            (found.target.as_str(), found.islands),
            expected,
            "{words:?} {file}"
        );
    }
}

#[test]
fn fewer_islands_than_profiles_are_refused_with_a_sentence() {
    for islands in [1, 2] {
        let refused = plan(&[], &format!("islands = {islands}")).unwrap_err();
        let refused = refused.to_string();
        assert!(
            refused.contains(
                "the target all keeps an island for each of the 3 profiles of the lab (mlp, \
                 transformer, convnet)"
            ) && refused.contains(&format!("islands is {islands}")),
            "{refused}"
        );
    }
    assert!(plan(&["--target", "mlp"], "islands = 1").is_ok());
}
