//! `authorized_keys` lines (sshd(8), "AUTHORIZED_KEYS FILE FORMAT").
//!
//! The only user input in a line is the key's type and base64, which cannot contain a space, and a user name of letters,
//! digits, `_`, `-` and `.`. Titles and comments are left out.

use super::Entry;
use jiff::{Timestamp, tz::TimeZone};

/// The options in front of each key.
#[derive(Clone, Debug, Default)]
pub struct LineOptions {
    restrict: bool,
    command: Option<Template>,
    options: Vec<String>,
}

/// An option or a template that sshd would not read as intended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    #[error("cannot contain control characters")]
    Control,
    #[error("cannot end in a backslash, which would escape the closing quote")]
    Backslash,
    #[error("must be a single option: a name, or name=\"value\" with each quote in the value written as \\\"")]
    Shape,
    #[error("can contain only the placeholders {{username}}, {{user_id}}, {{key_id}} and {{fingerprint}}")]
    Placeholder,
}

/// A forced command with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(String);

const PLACEHOLDERS: [&str; 4] = ["{username}", "{user_id}", "{key_id}", "{fingerprint}"];

impl Template {
    /// # Errors
    /// A control character, a backslash at the end, or a name in braces that is not one of the four. The shell's `${HOME}`
    /// is allowed.
    pub fn parse(text: &str) -> Result<Self, OptionError> {
        if text.chars().any(char::is_control) {
            return Err(OptionError::Control);
        }
        if text.ends_with('\\') {
            return Err(OptionError::Backslash);
        }
        for (at, _) in text.match_indices('{') {
            let name: String = text[at + 1..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let closed = text[at + 1 + name.len()..].starts_with('}');
            if closed && !name.is_empty() && !PLACEHOLDERS.contains(&format!("{{{name}}}").as_str()) {
                return Err(OptionError::Placeholder);
            }
        }
        Ok(Self(text.to_owned()))
    }

    fn fill(&self, entry: &Entry) -> String {
        let [username, user_id, key_id, fingerprint] = PLACEHOLDERS;
        // None of the values can contain a brace, a quote or a space.
        self.0
            .replace(username, entry.username.as_str())
            .replace(user_id, &entry.user_id.to_string())
            .replace(key_id, &entry.key_id.to_string())
            .replace(fingerprint, &entry.key.fingerprint().to_string())
    }
}

impl LineOptions {
    /// `options` are copied verbatim.
    ///
    /// # Errors
    /// A text that is not exactly one option.
    pub fn new(restrict: bool, command: Option<Template>, options: Vec<String>) -> Result<Self, OptionError> {
        options.iter().try_for_each(|option| one_option(option))?;
        Ok(Self { restrict, command, options })
    }

    /// The line for a key, with its line break. sshd accepts the key until it expires.
    pub fn line(&self, entry: &Entry) -> String {
        let mut options = Vec::new();
        if self.restrict {
            options.push("restrict".to_owned());
        }
        if let Some(end) = entry.expires_at {
            options.push(format!("expiry-time=\"{}\"", utc(end)));
        }
        if let Some(command) = &self.command {
            options.push(format!("command=\"{}\"", command.fill(entry).replace('"', "\\\"")));
        }
        options.extend(self.options.iter().cloned());
        let gap = if options.is_empty() { "" } else { " " };
        format!("{}{gap}{}\n", options.join(","), entry.key.without_comment())
    }
}

/// `YYYYMMDDHHMMSSZ`; sshd and ssh-keygen read the Z as UTC.
pub(super) fn utc(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%SZ").to_string()
}

/// `name` or `name="value"`, and nothing after it.
fn one_option(text: &str) -> Result<(), OptionError> {
    if text.chars().any(char::is_control) {
        return Err(OptionError::Control);
    }
    let (name, value) = match text.split_once('=') {
        None => (text, None),
        Some((name, value)) => (name, Some(value)),
    };
    let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let quoted = |value: &str| {
        let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        // Quotes inside must be escaped, and the last character must not escape the closing quote.
        inner.is_some_and(|inner| !inner.ends_with('\\') && !inner.replace("\\\"", "").contains('"'))
    };
    if named && value.is_none_or(quoted) { Ok(()) } else { Err(OptionError::Shape) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{KeyId, KeyPolicy, SshKey, UserId, Username};

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINP+od5Bvk9rE3r0JDfRwLZ/72vb3p/wsWyM0uLPlPVA";

    fn entry(expires_at: Option<&str>) -> Entry {
        Entry {
            user_id: UserId(7),
            username: Username::parse("jane.doe").unwrap(),
            key_id: KeyId(3),
            key: SshKey::parse(&format!("{KEY} evil\" comment"), KeyPolicy::default()).unwrap(),
            expires_at: expires_at.map(|time| time.parse().unwrap()),
        }
    }

    fn line(restrict: bool, command: Option<&str>, options: &[&str], entry: &Entry) -> String {
        let command = command.map(|text| Template::parse(text).unwrap());
        let options = options.iter().map(|text| (*text).to_owned()).collect();
        LineOptions::new(restrict, command, options).unwrap().line(entry)
    }

    #[test]
    fn a_line_without_options_is_type_and_base64() {
        assert_eq!(line(false, None, &[], &entry(None)), format!("{KEY}\n"));
    }

    #[test]
    fn options_precede_the_key_in_one_list() {
        let all = line(
            true,
            Some("serve {username} {user_id} {key_id} \"{fingerprint}\""),
            &["no-pty", "from=\"10.0.0.0/8\""],
            &entry(Some("2030-01-02T03:04:05.9Z")),
        );
        let fingerprint = "SHA256:m927zBqicIFR6Aha0xRWP5/nhO+odD0ypuCU1aWXr/8";
        assert_eq!(
            all,
            format!(
                "restrict,expiry-time=\"20300102030405Z\",command=\"serve jane.doe 7 3 \\\"{fingerprint}\\\"\",no-pty,from=\"10.0.0.0/8\" {KEY}\n"
            )
        );
    }

    #[test]
    fn a_text_that_is_not_exactly_one_option_is_refused() {
        for bad in
            ["", "a b", "a,b", "from=\"x", "from=x", "from=\"a\" b", "from=\"a\\\"", "x=\"a\"b\"", "a\nb", "=\"x\""]
        {
            assert!(LineOptions::new(false, None, vec![bad.to_owned()]).is_err(), "{bad}");
        }
        assert!(one_option("environment=\"A=\\\"b\\\"\"").is_ok());
    }

    #[test]
    fn an_unknown_placeholder_is_refused() {
        assert_eq!(Template::parse("x {user}"), Err(OptionError::Placeholder));
        assert_eq!(Template::parse("x\\"), Err(OptionError::Backslash));
        assert_eq!(Template::parse("x\ny"), Err(OptionError::Control));
        assert!(Template::parse("sh -c 'echo ${HOME} {} {username}'").is_ok());
    }
}
