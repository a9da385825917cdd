//! Pieces of input that mean something to a parser: a dictionary, as libFuzzer calls it, for each target.

#[rustfmt::skip]
pub const BODY: &[&str] = &[
    "application/json\n", "application/x-www-form-urlencoded\n", "multipart/form-data; boundary=B\n",
    "; charset=utf-8", "{", "}", "[", "]", "\"a\":", "\"email\":", "\"", "\\u00e9", "\\ud83d", "\\\"", ",", "null",
    "true", "1e9", "-0", "9223372036854775808", "[1,", "{\"a\":", "\u{feff}", " ", "\n", "a=", "&", "=", "%41", "%ff",
    "%", "+", "a[]=x&", "--B\r\n", "\r\n--B--", "Content-Disposition: form-data; name=\"a\"\r\n\r\n",
    "; filename=\"x\"", "name*=utf-8''a", "\r\n", "\r\n\r\n", "hunter2-hunter2", "\u{0}", "é", "admin=1&",
    "Content-Transfer-Encoding: base64\r\n",
];

#[rustfmt::skip]
pub const KEY: &[&str] = &[
    "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-nistp256 ", "sk-ssh-ed25519@openssh.com ", "-cert-v01@openssh.com ",
    "AAAA", "AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAB3NzaC1yc2EAAAADAQABAAAB", "=", "==", "+", "/", " ", "\n", "\r\n", "\t",
    "\u{a0}", "\u{b}", "\u{2028}", "\u{202e}", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "--BEGIN", "-----END ",
    "PRIVATE KEY-----", "---- BEGIN SSH2 PUBLIC KEY ----\n", "PuTTY-User-Key-File-3: ", "from=\"10.0.0.0/8\" ",
    "command=\"x\" ", "#", "\u{0}", "hunter2-hunter2", "jane@laptop", "\u{feff}",
];

#[rustfmt::skip]
pub const HEADER: &[&str] = &[
    "Basic ", "bearer ", "BASIC", "Bearer", " ", "\t", "=", "dXNlcm5hbWU6cGFzc3dvcmQ=", "Og==", "OmE=", "/zr/", ":",
    ",", "\n", "hunter2-hunter2", "aHVudGVyMi1odW50ZXIyOmh1bnRlcjItaHVudGVyMg==", "Digest ", "\"", "acd_", "glpat-",
    "é",
];

#[rustfmt::skip]
pub const QUERY: &[&str] = &[
    "page=", "per_page=", "&", "=", "1", "0", "-1", "18446744073709551615", "99999999999999999999", "private_token=",
    "private%5Ftoken=", "access_token=hunter2-hunter2", "hunter2-hunter2", "%26", "%3D", "%", "%zz", "%ff", "+",
    "%2B", "page%3D2", "search=", "a=b&a=b", ">;rel=\"next\"", "<", ",", ";", "%0d%0a", "é", "%C3%A9", "?", "\"",
];

#[rustfmt::skip]
pub const VALUE: &[&str] = &[
    "@", ".", "..", "-", "_", "a", "A", ".git", ".atom", "example.com", "jane@example.com", "https://", "http://",
    "javascript:", "//", "\\", "\u{0}", "\n", "\u{2028}", "\u{202e}", "é", "xn--", "[127.0.0.1]", "\"", "<", "api",
    " ", "read_user", "profile_read", "$argon2id$v=19$m=19456,t=2,p=1$", "SHA256:", "0123456789abcdef", "%41", ":80",
    "?", "#",
];

#[rustfmt::skip]
pub const ARCHIVE: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "null", "true", "0", "-1", "4503599627370497", "9223372036854775807", "1e3",
    "\"id\": 7,", "\"username\": \"x\",", "\"emails\": [],", "\"primary\": true,", "\"verified\": false,",
    "\"verified_by\": \"self\",",
    "\"state\": \"banned\",", "\"blocked\": true,", "\"token_hash\": \"00\",", "\"scopes\": [],", "\"api\"",
    "\"password\": \"hunter2-hunter2\",", "\"token\": \"hunter2-hunter2\",", "2014-02-12T17:58:01.431312Z",
    "9999-12-31T23:59:59Z", "-009999-01-01T00:00:00Z", "\\u0000", "\\u202e", "\\n", "é", "jane", "@example.com",
];
