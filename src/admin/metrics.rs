//! `GET /metrics`: collects every metric at the time of the request. Names follow Prometheus' "Metric and label naming"
//! and, for the process, its "Writing client libraries".

use super::process;
use crate::accounts::{Accounts, Stats};
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
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        let stats = self.accounts.stats();
        accounts(&mut page, &stats)?;
        database(&mut page, &stats)?;
        self.process(&mut page)
    }
}

fn accounts(page: &mut Page<'_>, stats: &Stats) -> fmt::Result {
    let counters = &stats.counters;
    let logins =
        [("ok", &counters.logins_ok), ("failed", &counters.logins_failed), ("limited", &counters.logins_limited)];
    let logins = logins.map(|(result, counter)| (result, counter.get()));
    page.counters("accountd_logins", "Password checks, by result.", &logins)?;
    let tokens = [("hit", counters.token_hits.get()), ("miss", counters.token_misses.get())];
    page.counters("accountd_token_cache_lookups", "Token lookups, by whether the cache had the token.", &tokens)?;
    page.gauge("accountd_password_hashes_waiting", "Passwords waiting to be hashed.", stats.hashes_waiting)
}

fn database(page: &mut Page<'_>, stats: &Stats) -> fmt::Result {
    let stats = &stats.writes;
    page.gauge("accountd_db_write_queue_length", "Writes waiting for the writer thread.", stats.waiting)?;
    page.counter("accountd_db_writes", "Committed writes.", stats.writes)?;
    page.counter("accountd_db_commits", "Commits. Concurrent writes share one.", stats.commits)?;
    if let Some(size) = stats.database {
        page.gauge("accountd_db_size_bytes", "Size of the database file.", size)?;
    }
    if let Some(size) = stats.wal {
        page.gauge("accountd_db_wal_size_bytes", "Size of the database's write-ahead log.", size)?;
    }
    Ok(())
}

impl Server {
    fn process(&self, page: &mut Page<'_>) -> fmt::Result {
        if let Some(bytes) = process::resident_memory() {
            page.gauge("process_resident_memory_bytes", "Resident memory size in bytes.", bytes)?;
        }
        if let Some(open) = process::open_files() {
            page.gauge("process_open_fds", "Number of open file descriptors.", open)?;
        }
        let started = self.started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let help = "Start time of the process since unix epoch in seconds.";
        page.0
            .encode_descriptor("process_start_time_seconds", help, None, MetricType::Gauge)?
            .encode_gauge(&started)?;
        page.0
            .encode_descriptor("accountd_build", "The version of the running program.", None, MetricType::Info)?
            .encode_info(&[("version", env!("CARGO_PKG_VERSION"))])
    }
}

struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    /// The encoder adds `_total` to the name.
    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        metric.encode_counter::<NoLabelSet, _, f64>(&value, None)
    }

    /// One counter for each value of the label `result`.
    fn counters(&mut self, name: &str, help: &str, results: &[(&str, u64)]) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (result, count) in results {
            metric.encode_family(&[("result", *result)])?.encode_counter::<NoLabelSet, _, f64>(count, None)?;
        }
        Ok(())
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }
}
