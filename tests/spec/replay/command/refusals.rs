//! What cannot be replayed, and is said before anything is trained.

use std::process::Output;

use super::{with_squares, SMALL};
use crate::binary::{run, stderr, stdout};

fn assert_refused(output: &Output, code: i32, words: &[&str]) {
    let told = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(
        words.iter().all(|word| told.contains(word)),
        "{words:?} in {told}"
    );
    assert!(stdout(output).is_empty(), "{}", stdout(output));
}

#[test]
fn bad_input_is_refused_before_anything_is_trained() {
    let folder = with_squares();
    let cases: [(&[&str], &[&str]); 23] = [
        (
            &["--benchmark", "mlp"],
            &["`mlp` is no benchmark", "SET/MODEL"],
        ),
        (
            &["--benchmark", "square/mlp"],
            &["no image set 'square'", "'squares'"],
        ),
        (
            &["--benchmark", "squares/nosuch"],
            &["`nosuch` is no architecture"],
        ),
        (&["--benchmark", "squares/vgg-16"], &["larger images"]),
        (
            &["--benchmark", "cifar10/mlp"],
            &["is not in", "motherlode data get cifar10"],
        ),
        (
            &["--subset", "1000"],
            &["1000 images in a subset", "ask for at most"],
        ),
        (
            &["--subset", "8"],
            &["has 8 images to train on", "smaller --batch"],
        ),
        (&["--subset", "0"], &["--subset takes 1 image or more"]),
        (&["--rate", "nan"], &["--rate takes a number above 0"]),
        (&["--formula", "x*"], &["x*", "at byte 1"]),
        (&["--top", "3"], &["no archive at"]),
        (
            &["--mixed", "relu,tanh", "--device", "candle-cpu"],
            &["on the CPU only"],
        ),
        (&["--mixed", "relu,softmax"], &["softmax is none"]),
        (&["--mixed", "relu,tanh,max(x,0)"], &["has max(x,0) twice"]),
        (
            &["--mixed", "relu,tanh", "--switch-epoch", "3"],
            &["--switch-epoch takes an epoch from 1 to 2, found 3"],
        ),
        (
            &["--vault", "smoke"],
            &["--vault is for --benchmark vault", "leave it out"],
        ),
        (
            &["--target", "mlp"],
            &["--target is for --benchmark vault", "leave it out"],
        ),
        (
            &["--benchmark", "squares/resnet-8", "--dropout", "0.1"],
            &["resnet-8 has no dropout in it: leave --dropout out"],
        ),
        (
            &["--json", "--plot"],
            &["--json prints one document: leave --format and --plot out"],
        ),
        (
            &["--json", "--format", "csv"],
            &["--json prints one document"],
        ),
        (&["--formula", "calm-ibis-123"], &["no archive at"]),
        (
            &["--png", "nowhere/out.png"],
            &["cannot write the PNG file", "make it first"],
        ),
        (
            &["--svg", "."],
            &["cannot write the SVG file", "names a folder"],
        ),
    ];
    for (arguments, words) in cases {
        let benchmark: &[&str] = if arguments[0] == "--benchmark" {
            &[]
        } else {
            &["--benchmark", "squares/mlp-12"]
        };
        assert_refused(
            &run(
                folder.path(),
                &[&["replay"], benchmark, &SMALL[..], arguments].concat(),
            ),
            2,
            words,
        );
    }
    assert!(!folder.path().join("archive").exists(), "nothing was begun");
    let one_epoch = [
        "replay",
        "--benchmark",
        "squares/mlp-12",
        "--data",
        "data",
        "--epochs",
        "1",
        "--batch",
        "16",
        "--mixed",
        "relu,tanh",
    ];
    assert_refused(&run(folder.path(), &one_epoch), 2, &["two epochs or more"]);
    let network = [
        "replay",
        "--benchmark",
        "squares/cnn",
        "--data",
        "data",
        "--recipe",
        "smartmixed",
    ];
    assert_refused(
        &run(folder.path(), &network),
        2,
        &["--recipe smartmixed is for MLPs"],
    );
}
