//! `accountd user update`

use super::arguments::HEADING;
use crate::accounts::{IdentityChange, ProfileChange, UpdateUser, UserAttributes};
use crate::domain::{EmailAddress, Field, Invalid, SingleLineText, Username, WebUrl, projects_limit};
use clap::{Args, Command, error::ErrorKind};

#[derive(Args, Debug)]
pub struct UpdateArgs {
    /// The user name
    pub username: String,
    #[command(flatten)]
    new: Attributes,
}

#[derive(Args, Debug, Default, PartialEq)]
struct Attributes {
    /// The new user name
    #[arg(long)]
    rename: Option<String>,
    /// The new primary address
    #[arg(long)]
    email: Option<String>,
    /// The person's name
    #[arg(long)]
    name: Option<String>,
    /// Whether the user is an administrator
    #[arg(long, value_name = "BOOL")]
    admin: Option<bool>,
    /// A short biography; "" removes it
    #[arg(long)]
    bio: Option<String>,
    /// Skype name
    #[arg(long)]
    skype: Option<String>,
    /// LinkedIn name
    #[arg(long)]
    linkedin: Option<String>,
    /// Twitter name
    #[arg(long)]
    twitter: Option<String>,
    /// Where the user lives
    #[arg(long)]
    location: Option<String>,
    /// Where the user works
    #[arg(long)]
    company: Option<String>,
    /// Web site, http or https
    #[arg(long)]
    profile_url: Option<String>,
    /// The address of the user's Gravatar picture; "" is the primary one
    #[arg(long)]
    gravatar_email: Option<String>,
    /// How many projects a git host may allow the user
    #[arg(long, value_name = "N")]
    projects_limit: Option<i64>,
    /// Whether a git host may allow the user to create groups
    #[arg(long, value_name = "BOOL")]
    can_create_group: Option<bool>,
    /// The user's id at --provider
    #[arg(long)]
    extern_uid: Option<String>,
    /// The identity provider that knows the user by --extern-uid
    #[arg(long)]
    provider: Option<String>,
}

impl UpdateArgs {
    /// Whether no attribute is given.
    pub fn is_empty(&self) -> bool {
        self.new == Attributes::default()
    }

    pub fn change(&self) -> Result<UpdateUser, Invalid> {
        let mut invalid = Invalid::default();
        let new = &self.new;
        let mut line = |field, text: &Option<String>| {
            text.as_ref().and_then(|text| invalid.keep(field, SingleLineText::parse(text)))
        };
        let mut attributes = UserAttributes {
            admin: new.admin,
            bio: line(Field::Bio, &new.bio).map(|bio| Some(bio).filter(|bio| !bio.is_empty())),
            skype: line(Field::Skype, &new.skype),
            linkedin: line(Field::Linkedin, &new.linkedin),
            twitter: line(Field::Twitter, &new.twitter),
            can_create_group: new.can_create_group,
            identity: IdentityChange { provider: new.provider.clone(), extern_uid: new.extern_uid.clone() },
            profile: ProfileChange {
                name: line(Field::Name, &new.name),
                location: line(Field::Location, &new.location),
                company: line(Field::Company, &new.company),
                ..ProfileChange::default()
            },
            ..UserAttributes::default()
        };
        let limit = |number| invalid.keep(Field::ProjectsLimit, projects_limit(number));
        attributes.projects_limit = new.projects_limit.and_then(limit);
        let username = new.rename.as_ref().and_then(|name| invalid.keep(Field::Username, Username::parse(name)));
        let email = new.email.as_ref().and_then(|text| invalid.keep(Field::Email, EmailAddress::parse(text)));
        let url = |text: &String| invalid.keep(Field::ProfileUrl, WebUrl::parse(text));
        attributes.profile.profile_url = new.profile_url.as_ref().and_then(url);
        attributes.profile.gravatar_email = match new.gravatar_email.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(text) => invalid.keep(Field::GravatarEmail, EmailAddress::parse(text)).map(Some),
        };
        invalid.into_result()?;
        Ok(UpdateUser { username, email, attributes })
    }
}

/// The usage error for a command line without any attribute.
pub fn nothing_to_change(program: &mut Command) -> clap::Error {
    let user = program.find_subcommand_mut("user").and_then(|user| user.find_subcommand_mut("update"));
    let Some(command) = user else { return clap::Error::new(ErrorKind::MissingRequiredArgument) };
    let own = command.get_arguments().filter(|arg| arg.get_help_heading() != Some(HEADING));
    let options: Vec<String> =
        own.filter_map(|arg| arg.get_long()).filter(|long| *long != "help").map(|long| format!("--{long}")).collect();
    let text = format!("nothing to change: give at least one of {}", options.join(", "));
    command.error(ErrorKind::MissingRequiredArgument, text)
}
