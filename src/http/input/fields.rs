//! The fields of a body or a query, by name, independent of their notation.
//!
//! A value is checked only when it is read by its name, so unknown names are ignored whatever their values.

use super::reads::Reads;
use serde_json::Value as Json;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// More fields are refused in a body and ignored in a query.
pub(super) const MAX_FIELDS: usize = 1_000;

/// One value, with the type that its notation has.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A JSON string. `""` is only ever a text.
    Text(String),
    /// A text from a form or a query, where every value is text, so that an empty one may mean "no value".
    Form(String),
    /// An array of texts.
    List(Vec<String>),
    /// A value that no field accepts: an array of anything else, an object, a fraction, or text that is not UTF-8.
    Other,
}

impl Value {
    fn to_json(&self) -> Json {
        match self {
            Self::Null | Self::Other => Json::Null,
            Self::Boolean(value) => (*value).into(),
            Self::Integer(value) => (*value).into(),
            Self::Text(text) | Self::Form(text) => text.as_str().into(),
            Self::List(texts) => texts.clone().into(),
        }
    }
}

/// A field of a partial update (RFC 7396): absent, `null`, or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patch<T> {
    Absent,
    Null,
    Value(T),
}

impl<T> Patch<T> {
    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Patch::Absent | Patch::Null => None,
            Patch::Value(value) => Some(value),
        }
    }

    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(value) => Patch::Value(convert(value)),
        }
    }
}

/// A field whose value has the wrong type. The text contains the name of the field and never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {kind}")]
pub struct FieldError {
    pub field: &'static str,
    pub kind: FieldErrorKind,
}

/// The problem with a field, as a text that follows its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldErrorKind {
    #[error("must be text")]
    NotText,
    #[error("must be true or false")]
    NotBoolean,
    #[error("must be an integer")]
    NotInteger,
    #[error("must be a positive integer")]
    NotPositive,
    #[error("is given more than once")]
    Repeated,
}

/// Names and their values, in the order in which they were sent.
#[derive(Clone, Default)]
pub struct Fields {
    entries: Vec<(String, Value)>,
    /// Where it is noted which of them are read; only in a stand-in.
    reads: Option<Arc<Reads>>,
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Fields {
    pub(super) fn new(entries: Vec<(String, Value)>) -> Self {
        Fields { entries, reads: None }
    }

    /// The same fields, whose reads are noted.
    pub(in crate::http) fn noting(self, reads: &Arc<Reads>) -> Self {
        Fields { reads: Some(Arc::clone(reads)), ..self }
    }

    fn note_read(&self, name: &str) {
        if let Some(reads) = &self.reads {
            reads.note(name);
        }
    }

    /// Whether there is a field of this name, even if it is `null` or repeated.
    pub fn contains(&self, name: &str) -> bool {
        self.note_read(name);
        self.entries.iter().any(|(key, _)| key == name)
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A text, exactly as it was sent. An empty form value is the empty text.
    pub fn text(&self, name: &'static str) -> Result<Patch<String>, FieldError> {
        self.read(name, FieldErrorKind::NotText, |value| match value {
            Value::Text(text) | Value::Form(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// `true`, `false`, `1` or `0`, as such or as text. An empty form value is null.
    pub fn boolean(&self, name: &'static str) -> Result<Patch<bool>, FieldError> {
        self.read(name, FieldErrorKind::NotBoolean, |value| match value {
            Value::Boolean(value) => Some(*value),
            Value::Integer(value @ (0 | 1)) => Some(*value == 1),
            Value::Text(text) | Value::Form(text) => match text.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        })
    }

    /// A decimal integer of 64 bits, as a number or as text, without a fraction, exponent, plus sign or white space. An
    /// empty form value is null.
    pub fn integer(&self, name: &'static str) -> Result<Patch<i64>, FieldError> {
        self.read(name, FieldErrorKind::NotInteger, |value| match value {
            Value::Integer(value) => Some(*value),
            Value::Text(text) | Value::Form(text) if !text.starts_with('+') => text.parse().ok(),
            _ => None,
        })
    }

    /// A list of texts: an array, a repeated `name[]`, or one text with commas.
    pub fn text_list(&self, name: &'static str) -> Result<Patch<Vec<String>>, FieldError> {
        self.note_read(name);
        let items = self.entries.iter().filter(|(key, _)| key.strip_suffix("[]") == Some(name));
        let items: Vec<_> = items
            .filter_map(|(_, value)| match value {
                Value::Text(text) | Value::Form(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        if !items.is_empty() {
            return Ok(Patch::Value(items));
        }
        self.read(name, FieldErrorKind::NotText, |value| match value {
            Value::List(list) => Some(list.clone()),
            Value::Text(text) | Value::Form(text) => {
                Some(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
            }
            _ => None,
        })
    }

    /// A map of texts: the keys and values of each `name[key]`.
    pub fn text_map(&self, name: &'static str) -> Result<Vec<(String, String)>, FieldError> {
        let entries = self.entries.iter().filter_map(|(field, value)| {
            let key = field.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
            Some((key, value))
        });
        entries
            .map(|(key, value)| match value {
                Value::Text(text) | Value::Form(text) => Ok((key.to_owned(), text.clone())),
                _ => Err(FieldError { field: name, kind: FieldErrorKind::NotText }),
            })
            .collect()
    }

    /// These fields, and those of the others whose names are not among these.
    pub fn or(&self, others: &Fields) -> Fields {
        let known: HashSet<&str> = self.entries.iter().map(|(name, _)| name.as_str()).collect();
        let added = others.entries.iter().filter(|(name, _)| !known.contains(name.as_str()));
        let reads = self.reads.as_ref().or(others.reads.as_ref()).cloned();
        Fields { entries: self.entries.iter().chain(added).cloned().collect(), reads }
    }

    /// A JSON object with these fields. One that is repeated becomes an array, and a value that no field accepts null.
    pub(in crate::http) fn to_json(&self) -> Json {
        let mut object = serde_json::Map::new();
        for (name, value) in &self.entries {
            match object.get_mut(name) {
                Some(Json::Array(values)) => values.push(value.to_json()),
                Some(first) => *first = Json::Array(vec![first.take(), value.to_json()]),
                None => drop(object.insert(name.clone(), value.to_json())),
            }
        }
        object.into()
    }

    fn read<T>(
        &self,
        field: &'static str,
        kind: FieldErrorKind,
        interpret: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Patch<T>, FieldError> {
        self.note_read(field);
        let mut values = self.entries.iter().filter(|(key, _)| key == field);
        match (values.next(), values.next()) {
            (None, _) => Ok(Patch::Absent),
            (Some((_, Value::Null)), None) => Ok(Patch::Null),
            // Only a text can be empty.
            (Some((_, Value::Form(text))), None) if text.is_empty() && kind != FieldErrorKind::NotText => {
                Ok(Patch::Null)
            }
            (Some((_, value)), None) => interpret(value).map(Patch::Value).ok_or(FieldError { field, kind }),
            (Some(_), Some(_)) => Err(FieldError { field, kind: FieldErrorKind::Repeated }),
        }
    }
}

/// Shows only names, because a value may be a password or a token.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: Value) -> Fields {
        Fields::new(vec![("known".into(), value)])
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn form(text: &str) -> Value {
        Value::Form(text.into())
    }

    #[test]
    fn absent_null_and_a_value_are_distinct() {
        assert_eq!(Fields::default().text("known"), Ok(Patch::Absent));
        assert_eq!(one(Value::Null).text("known"), Ok(Patch::Null));
        assert_eq!(one(Value::Null).boolean("known"), Ok(Patch::Null));
        assert_eq!(one(Value::Null).integer("known"), Ok(Patch::Null));
        assert!(one(Value::Null).contains("known"));
        assert!(!one(Value::Null).contains("other"));
    }

    #[test]
    fn only_texts_are_read_as_text() {
        assert_eq!(one(text("")).text("known"), Ok(Patch::Value(String::new())));
        assert_eq!(one(form("")).text("known"), Ok(Patch::Value(String::new())));
        assert_eq!(one(form("true")).text("known"), Ok(Patch::Value("true".into())));
        for value in [Value::Boolean(true), Value::Integer(1), Value::Other] {
            let error = one(value).text("known").unwrap_err();
            assert_eq!(error.to_string(), "known must be text");
        }
    }

    #[test]
    fn booleans_are_true_false_one_and_zero() {
        for value in [Value::Boolean(true), Value::Integer(1), text("true"), form("true"), form("1")] {
            assert_eq!(one(value).boolean("known"), Ok(Patch::Value(true)));
        }
        for value in [Value::Boolean(false), Value::Integer(0), text("0"), form("false")] {
            assert_eq!(one(value).boolean("known"), Ok(Patch::Value(false)));
        }
        assert_eq!(one(form("")).boolean("known"), Ok(Patch::Null));
        for value in ["t", "f", "yes", "no", "on", "off", "TRUE", " true", "2", "-1", "true,true"] {
            let error = one(form(value)).boolean("known").unwrap_err();
            assert_eq!(error.to_string(), "known must be true or false", "{value}");
        }
        for value in [text(""), Value::Integer(2), Value::Integer(-1), Value::Other] {
            assert!(one(value).boolean("known").is_err());
        }
    }

    #[test]
    fn integers_are_decimal() {
        for (written, value) in [("10", 10), ("-3", -3), ("007", 7), ("9223372036854775807", i64::MAX)] {
            assert_eq!(one(text(written)).integer("known"), Ok(Patch::Value(value)));
            assert_eq!(one(form(written)).integer("known"), Ok(Patch::Value(value)));
        }
        assert_eq!(one(Value::Integer(10)).integer("known"), Ok(Patch::Value(10)));
        assert_eq!(one(form("")).integer("known"), Ok(Patch::Null));
        for invalid in ["1.5", "1e3", "+1", " 1", "1 ", "0x10", "ten", "9223372036854775808", "-", "١"] {
            let error = one(text(invalid)).integer("known").unwrap_err();
            assert_eq!(error.to_string(), "known must be an integer", "{invalid}");
        }
        for value in [text(""), Value::Boolean(true), Value::Other] {
            assert!(one(value).integer("known").is_err());
        }
    }

    #[test]
    fn a_repeated_name_is_an_error_only_when_it_is_read() {
        let fields =
            Fields::new(vec![("twice".into(), text("a")), ("once".into(), text("b")), ("twice".into(), text("a"))]);
        assert_eq!(fields.text("once"), Ok(Patch::Value("b".into())));
        let error = fields.text("twice").unwrap_err();
        assert_eq!(error, FieldError { field: "twice", kind: FieldErrorKind::Repeated });
        assert_eq!(error.to_string(), "twice is given more than once");
        assert!(fields.integer("twice").is_err() && fields.boolean("twice").is_err());
    }

    #[test]
    fn a_map_has_the_keys_in_brackets() {
        let entries = [("known[a]", "1"), ("known[b c]", ""), ("known", "2"), ("known[]", "3"), ("unknown[a]", "4")];
        let entries = entries.map(|(name, value)| (name.to_owned(), form(value)));
        let map = Fields::new(entries.to_vec()).text_map("known").unwrap();
        assert_eq!(map, [("a", "1"), ("b c", ""), ("", "3")].map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert!(Fields::new(vec![("known[a]".into(), Value::Other)]).text_map("known").is_err());
    }

    #[test]
    fn debug_shows_no_value() {
        let fields = Fields::new(vec![("password".into(), text("hunter2"))]);
        assert_eq!(format!("{fields:?}"), r#"{"password"}"#);
    }
}
