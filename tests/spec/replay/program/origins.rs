//! Commands out of archives: those of an archive that was made here may run, all others only where
//! the user says so.

use motherlode::replay::program::origin::{mark_of, permit};

use crate::binary::folder;

#[test]
fn a_command_out_of_an_archive_from_elsewhere_runs_only_where_it_is_allowed() {
    let (own, copy) = (folder(), folder());
    let mark = mark_of(own.path()).unwrap();
    assert_eq!(mark.len(), 32);
    for (recorded, at, allowed, runs) in [
        (Some(mark.as_str()), own.path(), false, true),
        (Some(mark.as_str()), copy.path(), false, false),
        (Some("0123"), own.path(), false, false),
        (None, own.path(), false, false),
        (None, copy.path(), true, true),
    ] {
        let permitted = permit("sh train.sh", recorded, at, allowed);
        assert_eq!(permitted.is_ok(), runs, "{recorded:?} {allowed}");
        if let Err(refusal) = permitted {
            let words = refusal.to_string();
            assert!(
                words.contains("sh train.sh") && words.contains("--allow-commands"),
                "{words}"
            );
        }
    }
}
