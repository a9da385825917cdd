//! `accountd log`

use super::arguments::Common;
use super::database;
use super::outcome::{Failure, Outcome, print_more};
use crate::accounts::{AuditEvent, AuditFilter, AuditQuery, audit_details};
use crate::domain::single_line_text::breaks_a_line;
use crate::domain::{Clock, timestamp};
use crate::store::read_only;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// Events that are read and printed at a time.
const PAGE: u64 = 1000;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  accountd log --since 1d
  accountd log --user jane --json | jq 'select(.event == \"key.added\")'

The oldest event is the first. With --json, each line is an object with at, actor, via, from,
event, subject and details. An event is in the log as long as serve's --audit-days says.")]
pub struct LogArgs {
    /// Only what this user did, and what others did to the account; the user may be deleted
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Only from then on: a span (1d, 12h), a date (2030-01-01) or a time (2030-01-01T12:00:00Z)
    #[arg(long, value_name = "WHEN", value_parser = since)]
    since: Option<Timestamp>,
}

/// Reads without a lock, a page at a time, so that neither a server nor the length of the log matters.
pub fn run(common: &Common, args: &LogArgs) -> Outcome {
    let path = database::path(common)?;
    let filter = match &args.user {
        Some(name) => concerning(&path, name)?,
        None => AuditFilter::All,
    };
    let query = AuditQuery { filter, since: args.since, ascending: true, limit: PAGE, ..AuditQuery::default() };
    let (mut cursor, mut text) = (None, String::new());
    loop {
        let events = read_only(&path, |db| db.audit_log(&AuditQuery { cursor, ..query }))?;
        if cursor.is_none() && !events.is_empty() && !common.json {
            line(&mut text, ["TIME", "ACTOR", "EVENT", "SUBJECT", "FROM", "DETAILS", "VIA"]);
        }
        for event in &events {
            if common.json { json_line(&mut text, event)? } else { human_line(&mut text, event) }
        }
        let reads_on = print_more(&text)?;
        let Some(last) = events.last().filter(|_| reads_on && events.len() as u64 == PAGE) else { return Ok(()) };
        cursor = Some(last.id);
        text.clear();
    }
}

/// The events of the user who has this name or, if there is none, of the one who had it and was deleted last.
fn concerning(path: &Path, name: &str) -> Result<AuditFilter, Failure> {
    let found = read_only(path, |db| match db.user_by_name(name)? {
        Some(user) => Ok(Some(user.id)),
        None => db.deleted_user(name),
    })?;
    found.map(AuditFilter::Concerning).ok_or_else(|| Failure::new(format!("no such user: {name}")))
}

fn json_line(text: &mut String, event: &AuditEvent) -> Outcome {
    let details: Value = serde_json::from_str(&event.details).map_err(Failure::new)?;
    let line = json!({
        "at": event.at.to_string(),
        "actor": event.actor,
        "via": event.via,
        "from": event.address,
        "event": event.event,
        "subject": event.subject,
        "details": details,
    });
    // What could change the look of a terminal is escaped in strings, which is the only place it can be.
    push_escaped(text, &line.to_string(), |c| format!("\\u{:04x}", u32::from(c)));
    text.push('\n');
    Ok(())
}

fn human_line(text: &mut String, event: &AuditEvent) {
    let (time, details) = (format!("{:.0}", event.at), audit_details(event));
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let [actor, subject, from, via] = [&event.actor, &event.subject, &event.address, &event.via].map(or_none);
    line(text, [&time, &actor, &event.event, &subject, &from, &details, &via]);
}

/// The first columns have a width that fits most texts, because not all lines are known when the first is printed.
fn line(text: &mut String, [time, actor, event, subject, from, details, via]: [&str; 7]) {
    let mut plain = String::new();
    let _ = write!(plain, "{time:20}  {actor:14}  {event:22}  {subject:14}  {from:15}  {details:40}  {via}");
    push_escaped(text, &plain, |c| c.escape_unicode().to_string());
    text.push('\n');
}

/// Adds the text with its control characters, line separators and bidirectional controls escaped.
fn push_escaped(text: &mut String, plain: &str, escape: impl Fn(char) -> String) {
    for c in plain.chars() {
        if breaks_a_line(c) { text.push_str(&escape(c)) } else { text.push(c) }
    }
}

/// A span before now, a date or a time.
fn since(text: &str) -> Result<Timestamp, String> {
    match timestamp::span(text) {
        Some(span) => Clock::MACHINE.now().checked_sub(span).map_err(|error| error.to_string()),
        None => timestamp::parse(text).map_err(|problem| format!("{problem}, or a span such as 1d")),
    }
}
