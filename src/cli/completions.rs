//! `accountd completions SHELL`

use super::arguments::Cli;
use super::outcome::{Outcome, print};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

#[derive(Args, Debug)]
#[command(after_help = "Example: accountd completions bash > ~/.local/share/bash-completion/completions/accountd")]
pub struct CompletionsArgs {
    shell: Shell,
}

pub fn run(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "accountd", &mut script);
    print(&String::from_utf8_lossy(&script))
}
