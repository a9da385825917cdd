//! Progress of long commands on stderr: a bar on a terminal, and otherwise a line every ten seconds.

use super::arguments::Common;
use super::outcome::notice;
use clap::Args;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const LINE_INTERVAL: Duration = Duration::from_secs(10);
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Args, Clone, Copy, Debug)]
pub struct ProgressArgs {
    /// Show no progress and no summary
    #[arg(short, long)]
    quiet: bool,
}

impl ProgressArgs {
    /// Whether the result alone is printed.
    pub fn is_quiet(self, common: &Common) -> bool {
        self.quiet || common.json
    }
}

/// Counts what a command has done. It stops showing when it is dropped.
pub struct Progress {
    display: Display,
    count: Arc<AtomicU64>,
    started: Instant,
}

enum Display {
    Nothing,
    Bar(ProgressBar),
    Lines { _ticker: Ticker },
}

impl Progress {
    /// `unit` is what is counted, such as `users`. Without `total`, the bar is a spinner.
    pub fn start(common: &Common, args: ProgressArgs, unit: &'static str, total: Option<u64>) -> Self {
        let count = Arc::new(AtomicU64::new(0));
        let started = Instant::now();
        let display = if args.is_quiet(common) {
            Display::Nothing
        } else if std::io::stderr().is_terminal() {
            Display::Bar(bar(unit, total))
        } else {
            let (count, total) = (Arc::clone(&count), total.map(|total| format!(" of {total}")).unwrap_or_default());
            let line = move || {
                let count = count.load(Ordering::Relaxed);
                notice(format!("{count}{total} {unit} after {} s", started.elapsed().as_secs()));
            };
            Display::Lines { _ticker: Ticker::start(LINE_INTERVAL, line) }
        };
        Self { display, count, started }
    }

    pub fn add(&self, more: u64) {
        self.count.fetch_add(more, Ordering::Relaxed);
        if let Display::Bar(bar) = &self.display {
            bar.inc(more);
        }
    }

    /// Ends the display, and returns the time that all took as a part of a sentence: `in 1.2 s`.
    pub fn finish(self) -> Took {
        Took(self.started.elapsed())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// The duration of a command: `in 1.2 s`, or `in 5 minutes`.
#[derive(Clone, Copy, derive_more::Display)]
#[display("in {}", self.text())]
pub struct Took(Duration);

impl Took {
    fn text(self) -> String {
        match self.0.as_secs() {
            ..100 => format!("{:.1} s", self.0.as_secs_f64()),
            _ => HumanDuration(self.0).to_string(),
        }
    }
}

fn bar(unit: &str, total: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    let template = match total {
        Some(_) => format!("{{wide_bar}} {{human_pos}} of {{human_len}} {unit}, {{eta}} left"),
        None => format!("{{spinner}} {{human_pos}} {unit}, {{per_sec}}, {{elapsed}}"),
    };
    // The templates are fixed: one that cannot be read leaves the default style.
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(REDRAW_INTERVAL);
    bar
}

/// Calls a function at regular intervals, on a thread of its own, until it is dropped.
struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    fn start(interval: Duration, tick: impl Fn() + Send + 'static) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                tick();
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // Only a panic of `tick` is an error, and it was printed then.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticker_ticks_until_it_is_dropped() {
        let ticks = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&ticks);
        let ticker = Ticker::start(Duration::from_millis(1), move || {
            seen.fetch_add(1, Ordering::Relaxed);
        });
        while ticks.load(Ordering::Relaxed) < 3 {
            thread::yield_now();
        }
        drop(ticker);
        let last = ticks.load(Ordering::Relaxed);
        thread::sleep(Duration::from_millis(5));
        assert_eq!(ticks.load(Ordering::Relaxed), last);
        assert_eq!(Arc::strong_count(&ticks), 1, "the thread has ended");
    }

    #[test]
    fn a_duration_is_a_part_of_a_sentence() {
        assert_eq!(Took(Duration::from_millis(1240)).to_string(), "in 1.2 s");
        assert_eq!(Took(Duration::from_secs(300)).to_string(), "in 5 minutes");
    }
}
