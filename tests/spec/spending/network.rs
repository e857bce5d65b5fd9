//! Networks as they are: proxies, certificates of one's own, and what the doctor says of them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use super::double;
use crate::binary::{document, motherlode, stderr, stdout};

#[test]
fn a_proxy_from_the_environment_is_asked_in_the_place_of_a_server_elsewhere_and_not_for_this_machine(
) {
    let folder = tempfile::tempdir().unwrap();
    let server = double(41, 0.0);
    let proxy = format!("http://{}", server.address());
    let doctor = |model: &str, proxy: &str| {
        let mut command = motherlode();
        command
            .args(["doctor", "--json", "--model", model, "--archive"])
            .arg(folder.path().join("archive"));
        command
            .env("HTTP_PROXY", proxy)
            .env("http_proxy", proxy)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .output()
            .unwrap()
    };
    let far = doctor("compatible:far@http://models.invalid/v1,free", &proxy);
    assert_eq!(
        far.status.code(),
        Some(0),
        "{}{}",
        stdout(&far),
        stderr(&far)
    );
    let seen = server.seen();
    assert!(
        seen[0]
            .head
            .starts_with("POST http://models.invalid/v1/chat/completions "),
        "{}",
        seen[0].head
    );
    let near = doctor(
        &format!("compatible:{},free", server.model("near")),
        "http://127.0.0.1:9",
    );
    assert_eq!(
        near.status.code(),
        Some(0),
        "{}{}",
        stdout(&near),
        stderr(&near)
    );
}

/// An HTTPS server of one's own with this certificate, which answers every request alike; gives its
/// port.
fn https(
    certificate: rustls::pki_types::CertificateDer<'static>,
    key: rustls::pki_types::PrivateKeyDer<'static>,
) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::Stream::new(&mut session, &mut connection);
            let mut buffer = [0; 1 << 14];
            // A client that does not trust the certificate ends here.
            if stream.read(&mut buffer).is_err() {
                continue;
            }
            let body = concat!(
                r#"{"choices":[{"message":{"content":"{\"formula\":\"x*sigmoid(x)\"}"},"#,
                r#""finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":3}}"#,
            );
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \
                {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.flush();
        }
    });
    port
}

#[test]
fn a_certificate_authority_of_ones_own_is_trusted_where_the_environment_names_it_and_only_there() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, made.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let port = https(made.cert.der().clone(), key);
    let model = format!("compatible:own@https://localhost:{port}/v1,free");
    let doctor = |authority: Option<&std::path::Path>| {
        let mut command = motherlode();
        command
            .args(["doctor", "--json", "--model", &model, "--archive"])
            .arg(folder.path().join("archive"));
        authority.map(|file| command.env("SSL_CERT_FILE", file));
        command.output().unwrap()
    };
    let trusted = doctor(Some(&authority));
    assert_eq!(
        trusted.status.code(),
        Some(0),
        "{}{}",
        stdout(&trusted),
        stderr(&trusted)
    );
    let foreign = doctor(None);
    assert_eq!(foreign.status.code(), Some(1));
    let found = document(&foreign)["findings"].to_string();
    assert!(found.to_lowercase().contains("certificate"), "{found}");
}

#[test]
fn the_doctor_names_what_is_wrong_and_prints_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = |arguments: &[&str]| {
        let mut command = motherlode();
        command
            .args(["doctor", "--json"])
            .args(arguments)
            .arg("--archive")
            .arg(folder.path().join("archive"))
            .output()
            .unwrap()
    };
    let sound = document(&doctor(&["--attempts", "7"]));
    assert_eq!(
        (
            &sound["ok"],
            &sound["settings"]["attempts"],
            &sound["settings"]["proposer"]
        ),
        (&true.into(), &7.into(), &"genetic".into())
    );
    for (arguments, word) in [
        (&["--model", "openai:gpt-5-mini"][..], "OPENAI_API_KEY"),
        (&["--model", "compatible:m@http://127.0.0.1:9/v1"], "price"),
        (
            &["--model", "compatible:m@http://127.0.0.1:9/v1,free"],
            "cannot be reached",
        ),
        (&["--lab", "nosuch"], "nosuch"),
        (&["--device", "cuda:0"], "cuda"),
    ] {
        let output = doctor(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let answer = document(&output);
        let wrong: Vec<&str> = answer["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["ok"] == false)
            .filter_map(|row| row["found"].as_str())
            .collect();
        assert!(
            answer["ok"] == false && wrong.iter().any(|found| found.contains(word)),
            "{arguments:?}: {wrong:?}"
        );
    }
}
