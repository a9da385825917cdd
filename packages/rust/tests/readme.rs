//! The examples of the README are the test programs `example` and `example_blocking`.

#[test]
fn the_examples_are_run_as_printed() {
    let readme = include_str!("../README.md");
    let printed: Vec<_> = readme.split("```rust\n").skip(1).map(|block| block.split("```\n").next().unwrap()).collect();
    assert_eq!(printed, [include_str!("example.rs"), include_str!("example_blocking.rs")]);
}
