//! `GET /metrics`: collects every metric at the time of the request. Names follow Prometheus' "Metric and label naming"
//! and, for the process, its "Writing client libraries".

use super::process;
use crate::accounts::Accounts;
use crate::http::metrics::HttpMetrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// The media type of [`Metrics::page`], as in the examples of `prometheus-client`.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug)]
pub struct Metrics(Registry);

impl Metrics {
    /// `started` is approximately when the process was started.
    pub fn new(accounts: Accounts, http: HttpMetrics, started: SystemTime) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(http));
        registry.register_collector(Box::new(Server { accounts, started }));
        Self(registry)
    }

    /// Every metric in OpenMetrics' text format.
    ///
    /// # Errors
    /// None in practice: the text is written to memory.
    pub fn page(&self) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(16 << 10);
        encode(&mut text, &self.0)?;
        Ok(text)
    }
}

/// The metrics that are not the HTTP server's.
struct Server {
    accounts: Accounts,
    started: SystemTime,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}

impl Collector for Server {
    fn encode(&self, mut page: DescriptorEncoder<'_>) -> fmt::Result {
        let stats = self.accounts.stats();
        let db = &stats.writes;
        // The encoder adds `_total` to the names.
        let counters = [
            ("accountd_db_writes", "Committed writes.", db.writes),
            ("accountd_db_commits", "Commits. Concurrent writes share one.", db.commits),
        ];
        for (name, help, value) in counters {
            let mut metric = page.encode_descriptor(name, help, None, MetricType::Counter)?;
            metric.encode_counter::<NoLabelSet, _, f64>(&value, None)?;
        }
        let logins = [("ok", stats.logins_ok), ("failed", stats.logins_failed), ("limited", stats.logins_limited)];
        let lookups = [("hit", stats.token_hits), ("miss", stats.token_misses)];
        let counters_by_result = [
            ("accountd_logins", "Password checks, by result.", &logins[..]),
            ("accountd_token_cache_lookups", "Token lookups, by whether the cache had the token.", &lookups),
        ];
        for (name, help, results) in counters_by_result {
            let mut metric = page.encode_descriptor(name, help, None, MetricType::Counter)?;
            for (result, count) in results {
                metric.encode_family(&[("result", *result)])?.encode_counter::<NoLabelSet, _, f64>(count, None)?;
            }
        }
        let gauges = [
            ("accountd_password_hashes_waiting", "Passwords waiting to be hashed.", Some(stats.hashes_waiting)),
            ("accountd_db_write_queue_length", "Writes waiting for the writer thread.", Some(db.waiting)),
            ("accountd_db_size_bytes", "Size of the database file.", db.database),
            ("accountd_db_wal_size_bytes", "Size of the database's write-ahead log.", db.wal),
            ("process_resident_memory_bytes", "Resident memory size in bytes.", process::resident_memory()),
            ("process_open_fds", "Number of open file descriptors.", process::open_files()),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                page.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)?;
            }
        }
        let (name, help) = ("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");
        let started = self.started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        page.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&started)?;
        let (name, help) = ("accountd_build", "The version of the running program.");
        let mut build = page.encode_descriptor(name, help, None, MetricType::Info)?;
        build.encode_info(&[("version", env!("CARGO_PKG_VERSION"))])
    }
}
