//! The numbers, read when they are asked for. Names follow Prometheus' "Metric and label naming" and, for the process,
//! its "Writing client libraries".

use super::{AdminState, process};
use crate::accounts::Stats;
use crate::http::metrics::{BOUNDS, Kind, Spent};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Of what [`text`] gives, as `prometheus-client` has it in its examples.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything at this moment.
///
/// # Errors
/// None that writing to memory could have.
pub fn text(state: &AdminState) -> Result<String, fmt::Error> {
    let requests = state.metrics.requests();
    let moment = Moment {
        in_flight: state.metrics.in_flight(&requests),
        durations: state.metrics.durations(&requests),
        connections: state.metrics.connections() as u64,
        stats: state.accounts.stats(),
        started: state.started,
        requests,
    };
    let mut registry = Registry::default();
    registry.register_collector(Box::new(moment));
    let mut text = String::with_capacity(16 << 10);
    prometheus_client::encoding::text::encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Moment {
    requests: Vec<(Kind, Spent)>,
    durations: Vec<(&'static str, Spent)>,
    in_flight: u64,
    connections: u64,
    stats: Stats,
    started: SystemTime,
}

impl Collector for Moment {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        self.served(&mut page)?;
        self.accounts(&mut page)?;
        self.database(&mut page)?;
        self.process(&mut page)
    }
}

impl Moment {
    fn served(&self, page: &mut Page<'_>) -> fmt::Result {
        let requests = self.requests.iter().map(|([dialect, method, class], spent)| {
            ([("dialect", *dialect), ("method", *method), ("status", *class)], spent.count())
        });
        page.counters("accountd_http_requests", "Requests answered, by status class.", requests)?;
        page.durations(
            "accountd_http_request_duration_seconds",
            "From the end of a request's head to its whole answer.",
            &self.durations,
        )?;
        page.gauge("accountd_http_requests_in_flight", "Requests whose answer is not complete.", self.in_flight)?;
        page.gauge("accountd_http_connections", "Open connections, TLS handshakes included.", self.connections)
    }

    fn accounts(&self, page: &mut Page<'_>) -> fmt::Result {
        let stats = &self.stats;
        let logins = [("ok", stats.logins_ok), ("failed", stats.logins_failed), ("limited", stats.logins_limited)];
        let logins = logins.map(|(result, count)| ([("result", result)], count));
        page.counters("accountd_logins", "Passwords presented, by what came of it.", logins)?;
        let tokens = [("hit", stats.token_hits), ("miss", stats.token_misses)];
        let tokens = tokens.map(|(result, count)| ([("result", result)], count));
        page.counters("accountd_token_cache_lookups", "Tokens presented: known, or looked up.", tokens)?;
        page.gauge(
            "accountd_password_hashes_waiting",
            "Passwords that wait for a processor to hash them.",
            stats.hashes_waiting,
        )
    }

    fn database(&self, page: &mut Page<'_>) -> fmt::Result {
        let stats = &self.stats.writes;
        page.gauge("accountd_db_write_queue_length", "Writes that wait for the writer.", stats.waiting)?;
        page.counter("accountd_db_writes", "Writes that were part of a commit.", stats.writes)?;
        page.counter("accountd_db_commits", "Commits; writes that come together share one.", stats.commits)?;
        if let Some(size) = stats.database {
            page.gauge("accountd_db_size_bytes", "Size of the database file.", size)?;
        }
        if let Some(size) = stats.wal {
            page.gauge("accountd_db_wal_size_bytes", "Size of the database's write-ahead log.", size)?;
        }
        Ok(())
    }

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
            .encode_descriptor("accountd_build", "The version that runs.", None, MetricType::Info)?
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

    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in values {
            metric.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&value, None)?;
        }
        Ok(())
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn durations(&mut self, name: &str, help: &str, values: &[(&'static str, Spent)]) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (dialect, spent) in values {
            let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
            let buckets: Vec<_> = bounds.zip(spent.buckets).collect();
            let labels = [("dialect", *dialect)];
            let mut family = metric.encode_family(&labels)?;
            family.encode_histogram::<NoLabelSet>(spent.seconds, spent.count(), &buckets, None)?;
        }
        Ok(())
    }
}
