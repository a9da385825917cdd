//! The packages' tests run the examples of their README files, and README.md shows the first of each.

use std::fs::read_to_string;
use std::path::Path;

#[test]
fn the_readme_shows_the_first_example_of_each_package() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = read_to_string(folder.join("README.md")).unwrap();
    for (package, language) in [("python", "python"), ("js", "js"), ("rust", "rust")] {
        let text = read_to_string(folder.join("packages").join(package).join("README.md")).unwrap();
        let (_, example) = text.split_once(&format!("```{language}\n")).unwrap();
        let (example, _) = example.split_once("```\n").unwrap();
        assert!(readme.contains(&format!("```{language}\n{example}```\n")), "README.md lacks:\n{example}");
    }
}
