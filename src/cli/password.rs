//! The source of a password: a prompt, stdin, or a random generator. Never argv, which every process can read.

use super::arguments::Common;
use super::outcome::{Failure, Outcome};
use super::show;
use crate::domain::{Password, Random, Token, TokenPrefix, User};
use clap::Args;
use std::io::{IsTerminal, Read};

#[derive(Args, Debug)]
#[group(multiple = false)]
pub struct PasswordSource {
    /// Read the password from stdin
    #[arg(long)]
    pub password_stdin: bool,
    /// Generate a random password and print it
    #[arg(long)]
    pub generate: bool,
}

impl PasswordSource {
    /// Reads, prompts for, or generates a password.
    ///
    /// # Errors
    /// No terminal for a prompt, two inputs that differ, or a password that breaks the rules.
    pub fn choose(&self) -> Result<Password, Failure> {
        let text = if self.generate {
            let token = Token::generate(TokenPrefix::Own, &Random::SYSTEM).map_err(Failure::new)?;
            token.expose().trim_start_matches(TokenPrefix::Own.into_str()).to_owned()
        } else if self.password_stdin {
            from_stdin()?
        } else {
            prompt()?
        };
        let text = zeroize::Zeroizing::new(text);
        Password::parse(&text).map_err(|problem| Failure::new(format!("password {problem}")))
    }

    /// Says what was done, with a generated password: this is the only time it can be seen.
    pub fn done(&self, common: &Common, user: &User, password: &Password, line: &str) -> Outcome {
        if !self.generate {
            return show::done(common, user, line);
        }
        let secret = password.expose();
        show::with_secret(common, user, "password", Some(secret), &format!("{line}\npassword: {secret}"))
    }
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| Failure::new(format!("stdin: {error}")))?;
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    Ok(text)
}

fn prompt() -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new("there is no terminal to prompt for a password: use --password-stdin or --generate"));
    }
    let ask = |text| rpassword::prompt_password(text).map_err(|error| Failure::new(format!("terminal: {error}")));
    let first = ask("Password: ")?;
    if first == ask("Again: ")? { Ok(first) } else { Err(Failure::new("the two passwords differ")) }
}
