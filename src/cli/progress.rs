//! Progress of long commands on stderr: a bar on a terminal, and otherwise a line every ten seconds.

use super::arguments::Common;
use super::outcome::notice;
use crate::store::Reporter;
use clap::Args;
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::io::IsTerminal;
use std::path::Path;
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

/// What a command has done so far. The display ends when this is dropped.
pub struct Progress {
    display: Display,
    state: Arc<State>,
    started: Instant,
}

struct State {
    done: AtomicU64,
    /// 0 while it is unknown.
    all: AtomicU64,
    bar: Option<ProgressBar>,
}

enum Display {
    Nothing,
    Bar,
    Lines { _ticker: Ticker },
}

impl Progress {
    /// `unit` is what is counted, such as `users`.
    pub fn start(common: &Common, args: ProgressArgs, unit: &'static str) -> Self {
        let started = Instant::now();
        let is_bar = !args.is_quiet(common) && std::io::stderr().is_terminal();
        let bar = is_bar.then(|| bar(unit));
        let state = Arc::new(State { done: AtomicU64::new(0), all: AtomicU64::new(0), bar });
        let display = if args.is_quiet(common) {
            Display::Nothing
        } else if is_bar {
            Display::Bar
        } else {
            let state = Arc::clone(&state);
            let line = move || notice(format!("{} {unit} after {} s", state.text(), started.elapsed().as_secs()));
            Display::Lines { _ticker: Ticker::start(LINE_INTERVAL, line) }
        };
        Self { display, state, started }
    }

    pub fn add(&self, more: u64) {
        let done = self.state.done.fetch_add(more, Ordering::Relaxed) + more;
        self.state.show(done);
    }

    /// For work that knows how much there is of it.
    pub fn reporter(&self) -> Reporter {
        let state = Arc::clone(&self.state);
        Reporter::new(move |done, all| {
            state.done.store(done, Ordering::Relaxed);
            if state.all.swap(all, Ordering::Relaxed) != all {
                state.set_length(all);
            }
            state.show(done);
        })
    }

    /// Ends the display, and returns how long all took.
    pub fn finish(self) -> Took {
        let time = self.started.elapsed();
        let was_shown = match self.display {
            Display::Nothing => false,
            Display::Bar => true,
            Display::Lines { .. } => time >= LINE_INTERVAL,
        };
        Took { time, was_shown }
    }
}

impl State {
    /// `5`, or `5 of 100`.
    fn text(&self) -> String {
        match (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed)) {
            (done, 0) => done.to_string(),
            (done, all) => format!("{done} of {all}"),
        }
    }

    fn show(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    fn set_length(&self, all: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(all);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.state.bar {
            bar.finish_and_clear();
        }
    }
}

/// How long a command took: `in 1.2 s`, or `in 5 minutes`.
#[derive(Clone, Copy, derive_more::Display)]
#[display("in {}", self.text())]
pub struct Took {
    time: Duration,
    was_shown: bool,
}

impl Took {
    /// Ends what was shown of the progress with a last line. Where nothing was shown, the result on stdout is enough.
    pub fn summarize(self, summary: impl std::fmt::Display) {
        if self.was_shown {
            notice(format!("{summary} {self}"));
        }
    }

    fn text(self) -> String {
        match self.time.as_secs() {
            ..100 => format!("{:.1} s", self.time.as_secs_f64()),
            _ => HumanDuration(self.time).to_string(),
        }
    }
}

/// The size of a file, for a summary: `1.25 MiB`.
pub fn size(path: &Path) -> HumanBytes {
    HumanBytes(path.metadata().map(|metadata| metadata.len()).unwrap_or_default())
}

/// A spinner, which becomes a bar when the whole is known.
fn bar(unit: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = format!("{{spinner}} {{bar:40}} {{human_pos}}{{of}} {unit}, {{elapsed}}");
    // The template is fixed: one that could not be read would leave the default style.
    if let Ok(style) = ProgressStyle::with_template(&template) {
        let of = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            // A failure to write the text leaves it out.
            let _ = state.len().map_or(Ok(()), |all| write!(text, " of {}", HumanCount(all)));
        };
        bar.set_style(style.with_key("of", of));
    }
    bar.tick();
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
        let took = |time| Took { time, was_shown: true }.to_string();
        assert_eq!(took(Duration::from_millis(1240)), "in 1.2 s");
        assert_eq!(took(Duration::from_secs(300)), "in 5 minutes");
    }
}
