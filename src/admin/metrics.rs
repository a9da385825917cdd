//! `GET /metrics`: collects every metric at the time of the request. Names follow Prometheus' "Metric and label naming"
//! and, for the process, its "Writing client libraries".

use super::process;
use crate::accounts::CurrentAccounts;
use crate::http::metrics::HttpMetrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// The media type of the page, as in the examples of `prometheus-client`.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `started` is approximately when the process was started.
pub fn registry(accounts: CurrentAccounts, http: HttpMetrics, started: SystemTime) -> Registry {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(http));
    registry.register_collector(Box::new(Server { accounts, started }));
    registry
}

/// The metrics that are not the HTTP server's.
struct Server {
    accounts: CurrentAccounts,
    started: SystemTime,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}

impl Collector for Server {
    fn encode(&self, mut page: DescriptorEncoder<'_>) -> fmt::Result {
        use MetricType::{Counter, Gauge, Info};
        let stats = self.accounts.load().stats();
        let count = &stats.counters;
        let logins = [("ok", &count.logins_ok), ("failed", &count.logins_failed), ("limited", &count.logins_limited)];
        let lookups = [("hit", &count.token_hits), ("miss", &count.token_misses)];
        // The encoder adds `_total` to the name of a counter.
        for (name, help, results) in [
            ("accountd_logins", "Password checks, by result.", &logins[..]),
            ("accountd_token_cache_lookups", "Token lookups, by whether the cache had the token.", &lookups),
        ] {
            let mut family = page.encode_descriptor(name, help, None, Counter)?;
            for (result, count) in results {
                family
                    .encode_family(&[("result", *result)])?
                    .encode_counter::<NoLabelSet, _, f64>(&count.get(), None)?;
            }
        }
        let (hashes, db) = (Some(stats.hashes_waiting), stats.writes);
        for (name, help, kind, value) in [
            ("accountd_password_hashes_waiting", "Passwords waiting to be hashed.", Gauge, hashes),
            ("accountd_db_write_queue_length", "Writes waiting for the writer thread.", Gauge, Some(db.waiting)),
            ("accountd_db_writes", "Committed writes.", Counter, Some(db.writes)),
            ("accountd_db_commits", "Commits. Concurrent writes share one.", Counter, Some(db.commits)),
            ("accountd_db_size_bytes", "Size of the database file.", Gauge, db.database),
            ("accountd_db_wal_size_bytes", "Size of the database's write-ahead log.", Gauge, db.wal),
            ("process_resident_memory_bytes", "Resident memory size in bytes.", Gauge, process::resident_memory()),
            ("process_open_fds", "Number of open file descriptors.", Gauge, process::open_files()),
        ] {
            let Some(value) = value else { continue };
            let mut metric = page.encode_descriptor(name, help, None, kind)?;
            match kind {
                Counter => metric.encode_counter::<NoLabelSet, _, f64>(&value, None)?,
                _ => metric.encode_gauge(&value)?,
            }
        }
        let started = self.started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let help = "Start time of the process since unix epoch in seconds.";
        page.encode_descriptor("process_start_time_seconds", help, None, Gauge)?.encode_gauge(&started)?;
        page.encode_descriptor("accountd_build", "The version of the running program.", None, Info)?
            .encode_info(&[("version", env!("CARGO_PKG_VERSION"))])
    }
}
