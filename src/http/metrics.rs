//! Prometheus metrics of the HTTP server: requests by dialect, method and status class, their durations by dialect,
//! requests in flight and open connections. They exist only while there is an admin listener to export them.

use hyper::Method;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use std::fmt;
use std::time::Duration;

/// The values of the `dialect` label. The last one counts paths that belong to no dialect.
pub const DIALECTS: [&str; 8] = ["docker", "gitlab_v3", "gitlab_v4", "openssh", "oauth", "web", "stand_in", "other"];
/// The index of `other` in [`DIALECTS`].
pub const OTHER: usize = DIALECTS.len() - 1;

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const OTHER_METHOD: &str = "other";
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Upper bounds of the buckets, in seconds.
const BUCKETS: [f64; 16] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    dialect: &'static str,
    method: &'static str,
    /// The class of the status, such as `2xx`.
    status: &'static str,
}

/// Clones share their values.
#[derive(Clone, Debug)]
pub struct HttpMetrics {
    requests: Family<Labels, Counter>,
    /// One for each of [`DIALECTS`].
    durations: [Histogram; DIALECTS.len()],
    in_flight: Gauge,
    connections: Gauge,
}

impl Default for HttpMetrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            durations: DIALECTS.map(|_| Histogram::new(BUCKETS)),
            in_flight: Gauge::default(),
            connections: Gauge::default(),
        }
    }
}

impl HttpMetrics {
    /// The number of requests answered so far by the first digit of the status, from 1 to 5.
    pub fn requests(&self) -> [u64; STATUSES.len()] {
        let count = |status| {
            let of_dialect = |dialect| {
                let labels =
                    METHODS.into_iter().chain([OTHER_METHOD]).map(move |method| Labels { dialect, method, status });
                labels.filter_map(|labels| self.requests.get(&labels).map(|counter| counter.get())).sum::<u64>()
            };
            DIALECTS.into_iter().map(of_dialect).sum()
        };
        STATUSES.map(count)
    }

    /// Counts a request, once its head is complete.
    pub fn begun(&self) {
        self.in_flight.inc();
    }

    /// Records the end of a request that has [`begun`](Self::begun): it was answered, or its client disconnected.
    /// `dialect` is an index in [`DIALECTS`], `took` the time from the complete head to the complete response.
    pub fn ended(&self, dialect: usize, method: &Method, status: u16, took: Duration) {
        self.in_flight.dec();
        let labels = Labels { dialect: DIALECTS[dialect], method: method_label(method), status: status_label(status) };
        self.requests.get_or_create(&labels).inc();
        self.durations[dialect].observe(took.as_secs_f64());
    }

    /// Sets the number of open connections, TLS handshakes included.
    pub fn set_connections(&self, open: usize) {
        self.connections.set(open as i64);
    }
}

/// A collector rather than four registered metrics: a registry omits a family without values, but dashboards need every
/// name from the start.
impl Collector for HttpMetrics {
    fn encode(&self, mut page: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Requests answered, by status class.";
        let requests = page.encode_descriptor("accountd_http_requests", help, None, MetricType::Counter)?;
        self.requests.encode(requests)?;

        let (name, help) = (
            "accountd_http_request_duration_seconds",
            "Time from the end of a request's head to the end of its response.",
        );
        let mut durations = page.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (dialect, histogram) in DIALECTS.iter().zip(&self.durations) {
            histogram.encode(durations.encode_family(&[("dialect", *dialect)])?)?;
        }

        let help = "Requests without a complete response.";
        let in_flight = page.encode_descriptor("accountd_http_requests_in_flight", help, None, MetricType::Gauge)?;
        self.in_flight.encode(in_flight)?;
        let help = "Open connections, TLS handshakes included.";
        let connections = page.encode_descriptor("accountd_http_connections", help, None, MetricType::Gauge)?;
        self.connections.encode(connections)
    }
}

/// Methods that no route has share one label, so that clients cannot create new series.
fn method_label(method: &Method) -> &'static str {
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER_METHOD)
}

fn status_label(status: u16) -> &'static str {
    STATUSES[usize::from(status / 100).clamp(1, 5) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    #[test]
    fn a_request_is_counted_under_its_dialect_method_and_status_class() {
        let metrics = HttpMetrics::default();
        for (dialect, method, status, micros) in [
            (0, Method::GET, 200, 100),
            (0, Method::GET, 204, 101),
            (1, Method::from_bytes(b"BREW").unwrap(), 418, 20_000_000),
            (1, Method::DELETE, 499, 0),
            (1, Method::OPTIONS, 599, 1_000_000),
        ] {
            metrics.begun();
            metrics.ended(dialect, &method, status, Duration::from_micros(micros));
        }
        metrics.begun();
        metrics.set_connections(7);
        let mut registry = Registry::default();
        registry.register_collector(Box::new(metrics));
        let mut page = String::new();
        encode(&mut page, &registry).unwrap();
        for line in [
            r#"accountd_http_requests_total{dialect="docker",method="GET",status="2xx"} 2"#,
            r#"accountd_http_requests_total{dialect="gitlab_v3",method="DELETE",status="4xx"} 1"#,
            r#"accountd_http_requests_total{dialect="gitlab_v3",method="OPTIONS",status="5xx"} 1"#,
            r#"accountd_http_requests_total{dialect="gitlab_v3",method="other",status="4xx"} 1"#,
            // A duration that equals a bound belongs below it.
            r#"accountd_http_request_duration_seconds_bucket{le="0.0001",dialect="docker"} 1"#,
            r#"accountd_http_request_duration_seconds_bucket{le="0.00025",dialect="docker"} 2"#,
            r#"accountd_http_request_duration_seconds_bucket{le="10.0",dialect="gitlab_v3"} 2"#,
            r#"accountd_http_request_duration_seconds_bucket{le="+Inf",dialect="gitlab_v3"} 3"#,
            r#"accountd_http_request_duration_seconds_sum{dialect="gitlab_v3"} 21.0"#,
            r#"accountd_http_request_duration_seconds_count{dialect="gitlab_v3"} 3"#,
            "accountd_http_requests_in_flight 1",
            "accountd_http_connections 7",
        ] {
            assert!(page.lines().any(|actual| actual == line), "{line}\n{page}");
        }
        assert_eq!(page.matches("accountd_http_requests_total{").count(), 4, "{page}");
    }
}
