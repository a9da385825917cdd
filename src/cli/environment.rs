//! Environment variables: one for each setting of the program, such as `ACCOUNTD_BASE_URL` for `--base-url`.
//!
//! Options that carry data (a name, an address, `--force`) have none: a variable left over in a shell must not change an
//! account.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

const SETTINGS: &str = "db json log log-format listen admin-listen tls-cert tls-key memory seed base-url site-name dialects \
    password-cost login-rate trust-self-verified min-rsa-bits gitlab-errors no-public-keys auto-approve threads \
    max-connections max-connections-per-address max-key-bytes max-addresses max-changes-per-day audit-days trusted-proxy";

/// The variable of an option, if it is a setting.
fn variable(long: &str) -> Option<String> {
    let setting = SETTINGS.split(' ').any(|setting| setting == long);
    setting.then(|| format!("ACCOUNTD_{}", long.to_uppercase().replace('-', "_")))
}

/// Gives the settings of a command and of its subcommands their variables.
pub fn with_environment(command: Command) -> Command {
    command
        .mut_args(|arg| match arg.get_long().and_then(variable) {
            // Compose files set a variable to nothing where they mean to leave it unset.
            Some(variable) if std::env::var_os(&variable).is_none_or(|value| !value.is_empty()) => {
                with_variable(arg, variable)
            }
            _ => arg,
        })
        .mut_subcommands(with_environment)
}

fn with_variable(arg: Arg, variable: String) -> Arg {
    let flag = matches!(arg.get_action(), ArgAction::SetTrue);
    let arg = arg.env(variable).hide_env_values(true);
    let boolean = PossibleValuesParser::new(["true", "false", "1", "0"]).map(|text| text == "true" || text == "1");
    if flag { arg.value_parser(boolean) } else { arg }
}

/// Makes an error about a value name the variable that it came from. clap always names the option.
pub fn name_variable(mut error: clap::Error) -> clap::Error {
    if !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        return error;
    }
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return error };
    let option = option.split(' ').next().unwrap_or_default().to_owned();
    let on_command_line = |arg: std::ffi::OsString| {
        let arg = arg.to_string_lossy();
        arg == option || arg.strip_prefix(&option).is_some_and(|rest| rest.starts_with('='))
    };
    if let Some(variable) = variable(option.trim_start_matches("--"))
        && !std::env::args_os().any(on_command_line)
    {
        error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    #[test]
    fn the_definition_is_sound() {
        with_environment(Cli::command()).debug_assert();
    }

    #[test]
    fn every_setting_has_its_variable_and_no_other_option_has_one() {
        fn check(command: &Command, found: &mut BTreeSet<String>) {
            for arg in command.get_arguments() {
                let Some(long) = arg.get_long() else { continue };
                assert_eq!(arg.get_env().map(|name| name.to_str().unwrap().to_owned()), variable(long), "--{long}");
                found.insert(long.to_owned());
            }
            command.get_subcommands().for_each(|command| check(command, found));
        }
        let mut found = BTreeSet::new();
        check(&with_environment(Cli::command()), &mut found);
        assert!(SETTINGS.split(' ').all(|setting| found.contains(setting)), "a setting that no command has");
    }
}
