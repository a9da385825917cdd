//! An example request as a command line of curl.

use crate::http::reference::{Attribute, Credential, DocumentedRoute, Parts, Type};
use hyper::Method;

/// The command, with words in capitals to replace.
pub fn curl(base_url: &str, route: &DocumentedRoute) -> String {
    let body = example(route.operation.body);
    let mut command = "curl".to_owned();
    if route.requirement.needs_credential.is_some()
        && let Some(credential) = route.reference.credentials.first()
    {
        command += &match credential {
            Credential::Basic(_) => " -u 'NAME:SECRET'".to_owned(),
            Credential::Bearer => format!(" -H {}", quoted("Authorization: Bearer TOKEN")),
            Credential::Header(name) => format!(" -H {}", quoted(&format!("{name}: TOKEN"))),
            Credential::Query(_) => String::new(),
        };
    }
    // With a body, curl's default is POST.
    if route.method != if body.is_empty() { Method::GET } else { Method::POST } {
        command += &format!(" -X {}", route.method);
    }
    for pair in body {
        command += &format!(" -d {}", quoted(&pair));
    }
    let query = route.operation.query.iter().copied().flatten().filter(|attribute| attribute.is_required);
    let query: Vec<_> = query.map(pair).collect();
    let separator = if query.is_empty() { "" } else { "?" };
    let url = format!("{base_url}{}{separator}{}", placeholders(&route.path), query.join("&"));
    format!("{command} {}", quoted(&url))
}

/// The required attributes of a body, or else the first one.
fn example(parts: Parts) -> Vec<String> {
    let all = || parts.iter().copied().flatten();
    let required: Vec<_> = all().filter(|attribute| attribute.is_required).map(pair).collect();
    if required.is_empty() { all().take(1).map(pair).collect() } else { required }
}

fn pair(attribute: &Attribute) -> String {
    let name = attribute.name;
    match attribute.of {
        Type::Boolean => format!("{name}=true"),
        Type::Word(words) => format!("{name}={}", words.first().unwrap_or(&"")),
        Type::List(_) => format!("{name}[]={}", name.to_ascii_uppercase()),
        _ => format!("{name}={}", name.to_ascii_uppercase()),
    }
}

/// `/users/ID` for `/users/{id}`.
fn placeholders(path: &str) -> String {
    let mut parts = path.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |path, part| match part.split_once('}') {
        Some((name, rest)) => path + &name.to_ascii_uppercase() + rest,
        None => path + part,
    })
}

/// One word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
