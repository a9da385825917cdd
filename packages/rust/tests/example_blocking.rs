use accountd_test::blocking::Accountd;

#[test]
fn a_token_can_be_made() {
    let accountd = Accountd::demo().start();
    assert!(!accountd.token("janedoe").is_empty());
}
