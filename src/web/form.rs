//! A submitted form: what was typed, and the problem of each field.

use super::field;
use crate::accounts::Error;
use crate::domain::ssh_key::is_private_key;
use crate::domain::{Field, Problem};
use crate::http::input::Fields;

/// A field of a form, which is shown again with its value and its problem.
#[derive(Debug, Default)]
pub struct FormField {
    pub name: &'static str,
    pub label: &'static str,
    /// As it was typed.
    pub value: String,
    /// A sentence, if the value was refused.
    pub problem: Option<String>,
}

impl FormField {
    /// A field with nothing in it.
    pub fn new(name: &'static str, label: &'static str) -> Self {
        Self { name, label, ..Self::default() }
    }

    /// The same field as it was submitted.
    #[must_use]
    pub fn read(self, body: &Fields) -> Self {
        Self { value: field(body, self.name).unwrap_or_default(), ..self }
    }

    /// The value for the page. A private key is never repeated.
    pub fn shown(&self) -> &str {
        if is_private_key(&self.value) { "" } else { &self.value }
    }

    /// The parsed value; None if it was refused, which the field then explains.
    pub fn parse<T>(&mut self, parse: impl FnOnce(&str) -> Result<T, Problem>) -> Option<T> {
        parse(&self.value).map_err(|problem| self.refuse(&problem)).ok()
    }

    /// The same for a field that may be left empty, which parses as `Some(None)`.
    pub fn optional<T>(&mut self, parse: impl FnOnce(&str) -> Result<T, Problem>) -> Option<Option<T>> {
        if self.value.trim().is_empty() { Some(None) } else { self.parse(parse).map(Some) }
    }

    /// Explains why the value was refused, in the words of the API.
    pub fn refuse(&mut self, problem: &Problem) {
        self.problem = Some(match problem {
            // A sentence already, without a capital letter and a full stop.
            Problem::Key(refusal) => format!("{}.", capitalized(&refusal.to_string())),
            problem => format!("{} {problem}.", self.label),
        });
    }
}

/// Passes each attribute that a use case refused to `place`, which finds its field.
///
/// # Errors
/// Any other error.
pub fn place_problems(error: Error, mut place: impl FnMut(Field, &Problem)) -> Result<(), Error> {
    match error {
        Error::Invalid(invalid) => invalid.iter().for_each(|(field, problem)| place(field, problem)),
        Error::Taken(field) => place(field, &Problem::Taken),
        Error::EmailTakenBy(owner) => place(Field::Email, &Problem::TakenBy(owner)),
        other => return Err(other),
    }
    Ok(())
}

/// With a capital letter, unless the first word is a name such as `ssh-dss`.
fn capitalized(text: &str) -> String {
    let (word, rest) = text.split_at(text.find(' ').unwrap_or(text.len()));
    match word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        true => {
            format!("{}{}{rest}", word[..word.len().min(1)].to_ascii_uppercase(), word.get(1..).unwrap_or_default())
        }
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::capitalized;

    #[test]
    fn a_sentence_has_a_capital_letter_unless_it_starts_with_a_name() {
        for (text, sentence) in
            [("the key", "The key"), ("ssh-dss keys", "ssh-dss keys"), ("`x` is", "`x` is"), ("", ""), ("a", "A")]
        {
            assert_eq!(capitalized(text), sentence);
        }
    }
}
