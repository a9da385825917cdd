//! How many processes stay idle. It is the only test of its program, because processes of others would count, too.

use accountd_test::blocking::Accountd;
use std::net::TcpStream;

#[test]
fn the_process_that_has_been_idle_longest_makes_room() {
    let urls: Vec<_> = (0..17).map(|seed| Accountd::demo().deterministic(seed).start().url().to_owned()).collect();
    let is_running = |url: &String| TcpStream::connect(url.trim_start_matches("http://")).is_ok();
    let running: Vec<_> = urls.iter().map(is_running).collect();
    assert!(!running[0]);
    assert_eq!(running[1..], [true; 16]);
}
