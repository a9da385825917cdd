//! A strict parser for the OpenMetrics text format, version 1.0 ("OpenMetrics, a cloud-native, highly scalable metrics
//! protocol", section "Text Format").

use std::collections::{BTreeMap, BTreeSet};

/// A parsed page of metrics.
#[derive(Debug)]
pub struct Page {
    /// Values by name and labels, the labels in alphabetical order: `name{a="x",b="y"}`.
    pub samples: BTreeMap<String, f64>,
    /// Types by family name.
    pub types: BTreeMap<String, String>,
}

impl Page {
    #[track_caller]
    pub fn parse(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").unwrap_or_else(|| panic!("no end: {text}"));
        let mut page = Self { samples: BTreeMap::new(), types: BTreeMap::new() };
        let mut helped = BTreeSet::new();
        let mut current = String::new();
        for line in body.lines() {
            let words: Vec<_> = line.splitn(4, ' ').collect();
            match words[..] {
                ["#", "HELP", name, help] => {
                    assert!(!help.is_empty() && helped.insert(name.to_owned()), "{line}");
                }
                ["#", "TYPE", name, kind] => {
                    assert_metric_name(name);
                    assert!(helped.contains(name), "no help before: {line}");
                    assert!(["counter", "gauge", "histogram", "info"].contains(&kind), "{line}");
                    assert!(page.types.insert(name.to_owned(), kind.to_owned()).is_none(), "twice: {line}");
                    current = name.to_owned();
                }
                _ => page.sample(&current, line),
            }
        }
        page
    }

    fn sample(&mut self, family: &str, line: &str) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let suffix = name.strip_prefix(family).unwrap_or_else(|| panic!("not of {family}: {line}"));
        let allowed: &[&str] = match self.types[family].as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &["_info"],
        };
        assert!(allowed.contains(&suffix), "{line}");
        let mut sorted = BTreeMap::new();
        let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("{line}"));
        for label in labels.split(',').filter(|label| !label.is_empty()) {
            let (name, text) = label.split_once('=').unwrap();
            let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap();
            // None of accountd's labels needs escaping.
            assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || "_.+-".contains(c)), "{line}");
            assert_metric_name(name);
            assert!(sorted.insert(name, text).is_none(), "{line}");
        }
        let labels: Vec<_> = sorted.iter().map(|(name, text)| format!("{name}=\"{text}\"")).collect();
        let key = if labels.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", labels.join(",")) };
        let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(self.samples.insert(key, value).is_none(), "twice: {line}");
    }

    /// The value of a series, or zero if there is none, as for a kind of request that has not been made yet.
    pub fn value(&self, series: &str) -> f64 {
        self.samples.get(series).copied().unwrap_or_default()
    }

    /// All series whose name starts with this.
    pub fn with_prefix(&self, start: &str) -> Vec<(&str, f64)> {
        let found = self.samples.iter().filter(|(name, _)| name.starts_with(start));
        found.map(|(name, value)| (name.as_str(), *value)).collect()
    }
}

/// Asserts that a name follows Prometheus' "Metric and label naming": lower-case letters, digits and underscores.
#[track_caller]
fn assert_metric_name(name: &str) {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    assert!(name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(good), "{name}");
    assert!(!name.starts_with("__") && !name.ends_with('_'), "{name}");
}

#[test]
fn the_parser_refuses_invalid_text() {
    let good = "# HELP a_b Help.\n# TYPE a_b counter\na_b_total{x=\"1\"} 2\n# EOF\n";
    assert_eq!(Page::parse(good).value("a_b_total{x=\"1\"}"), 2.0);
    for bad in [
        good.replace("# EOF\n", ""),
        good.replace("a_b_total", "a_b"),
        good.replace("# HELP a_b Help.\n", ""),
        good.replace(" 2", " two"),
        good.replace("a_b", "a-b"),
        good.replace("# EOF", "a_b_total{x=\"1\"} 2\n# EOF"),
    ] {
        assert!(std::panic::catch_unwind(|| Page::parse(&bad)).is_err(), "{bad}");
    }
}
