//! The program's entry: arguments to `cli`, its verdict to an exit code. Nothing is decided here.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(journalflytt::cli::main())
}
