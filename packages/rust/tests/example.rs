use accountd_test::Accountd;

#[tokio::test]
async fn an_administrator_creates_a_user() {
    let accountd = Accountd::demo().strict().start().await;
    accountd.requests().expect_on_drop("gitlab.v4.users.create", 1);
    let users = format!("{}/api/v4/users", accountd.url());
    let ada = [("username", "ada"), ("name", "Ada"), ("email", "ada@example.com"), ("password", "correct-horse")];
    let request = reqwest::Client::new().post(users).header("PRIVATE-TOKEN", accountd.token("root").await);
    assert_eq!(request.form(&ada).send().await.unwrap().status(), 201);
}
