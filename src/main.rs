//! The binary `motherlode`.

use std::process::ExitCode;

fn main() -> ExitCode {
    motherlode::cli::run()
}
