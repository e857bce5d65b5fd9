//! A priced model double on loopback: it counts every request and every token it would bill, and
//! misbehaves in every way that real servers do.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use motherlode::numerics::stream::Key;
use serde_json::{json, Value};

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Behaviour {
    Answer,
    /// Answers late.
    Slow,
    /// Reads the request, bills it, and closes the connection.
    Drop,
    /// A 2xx answer that is no JSON; billed.
    Malformed,
    /// The same, late.
    LateMalformed,
    /// An answer of which only the first half arrives; billed.
    CutBody,
    RateLimited,
    ServerError,
    /// Refuses the key.
    Unauthorised,
}

/// Every way to go wrong.
pub const FAULTS: [Behaviour; 6] = [
    Behaviour::Slow,
    Behaviour::Drop,
    Behaviour::Malformed,
    Behaviour::CutBody,
    Behaviour::RateLimited,
    Behaviour::ServerError,
];

/// One request as the double saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub behaviour: Behaviour,
    /// Tokens that it bills; 0 where it refused.
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub head: String,
    pub body: Value,
}

impl Seen {
    /// Whether the client was told what it used.
    pub fn told(&self) -> bool {
        matches!(self.behaviour, Behaviour::Answer | Behaviour::Slow)
    }

    /// Whether it bills although nobody was told.
    pub fn untold(&self) -> bool {
        matches!(
            self.behaviour,
            Behaviour::Drop | Behaviour::Malformed | Behaviour::LateMalformed | Behaviour::CutBody
        )
    }
}

/// What the double does.
#[derive(Clone)]
pub struct Script {
    pub seed: u64,
    /// The share of requests that go wrong.
    pub faults: f64,
    /// What stands in replies, so that a test can plant something there.
    pub echo: String,
    /// Whether the output is as long as the request allows, or short.
    pub greedy: bool,
    /// How the first requests are answered, before chance decides.
    pub first: Vec<Behaviour>,
    /// Formulas in a reply.
    pub formulas: usize,
    /// The tokens of input and output that it tells in the place of those that it bills.
    pub told: Option<(u64, u64)>,
    /// While it is set, what is answered late waits.
    pub stall: Arc<AtomicBool>,
}

impl Script {
    /// Goes wrong by chance, this often.
    pub fn by_chance(seed: u64, faults: f64) -> Script {
        Script {
            seed,
            faults,
            echo: "smooth and bounded".to_owned(),
            greedy: false,
            first: Vec::new(),
            formulas: 1,
            told: None,
            stall: Arc::default(),
        }
    }
}

/// A server on loopback, ended when dropped.
pub struct Double {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    ended: Arc<AtomicBool>,
}

impl Double {
    pub fn start(script: Script) -> Double {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let (seen, ended) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let (shared, stop) = (Arc::clone(&seen), Arc::clone(&ended));
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (script, seen) = (script.clone(), Arc::clone(&shared));
                std::thread::spawn(move || serve(connection, &script, &seen));
            }
        });
        Double {
            address,
            seen,
            ended,
        }
    }

    /// The address of a model at this server.
    pub fn model(&self, name: &str) -> String {
        format!("{name}@http://{}/v1", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no thread panics with it").clone()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// Serves one request; connections are closed after each, so that a cut one harms no other.
fn serve(mut connection: TcpStream, script: &Script, seen: &Mutex<Vec<Seen>>) {
    let Some((head, body)) = request(&mut connection) else {
        return;
    };
    let (behaviour, content, seen_now) = {
        let mut seen = seen.lock().expect("no thread panics with it");
        let number = seen.len() as u64;
        let mut stream = Key::new(script.seed).word("double").number(number).stream();
        let by_chance = if stream.chance(script.faults) {
            *stream.choose(&FAULTS)
        } else {
            Behaviour::Answer
        };
        let behaviour = script
            .first
            .get(number as usize)
            .copied()
            .unwrap_or(by_chance);
        let most = body
            .get("max_tokens")
            .or(body.get("max_completion_tokens"))
            .and_then(Value::as_u64)
            .unwrap_or(0);
        let billed = !matches!(
            behaviour,
            Behaviour::RateLimited | Behaviour::ServerError | Behaviour::Unauthorised
        );
        let input = body["messages"].to_string().len() as u64 / 4;
        let output = if script.greedy {
            most
        } else {
            20 + stream.below(60) as u64
        }
        .min(most);
        let now = Seen {
            behaviour,
            input_tokens: if billed { input } else { 0 },
            output_tokens: if billed { output } else { 0 },
            head,
            body,
        };
        seen.push(now.clone());
        let asked = now.body["messages"]
            .as_array()
            .and_then(|messages| messages.last())
            .map(ToString::to_string)
            .unwrap_or_default();
        (
            behaviour,
            content(script, number, asked.contains("Write guidance")),
            now,
        )
    };
    let (input, output) = script
        .told
        .unwrap_or((seen_now.input_tokens, seen_now.output_tokens));
    let answer = json!({
        "model": format!("double {}", script.echo),
        "choices": [{
            "message": {"role": "assistant", "content": content},
            "finish_reason": "stop"
        }],
        "usage": {
            "prompt_tokens": input,
            "completion_tokens": output
        }
    })
    .to_string();
    let error = json!({ "error": { "message": format!("busy {}", script.echo), "type": "busy" } })
        .to_string();
    if matches!(behaviour, Behaviour::Slow | Behaviour::LateMalformed) {
        std::thread::sleep(Duration::from_millis(30));
        while script.stall.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    let _ = match behaviour {
        Behaviour::Answer | Behaviour::Slow => respond(&mut connection, "200 OK", "", &answer),
        Behaviour::Unauthorised => respond(&mut connection, "401 Unauthorized", "", &error),
        Behaviour::Drop => Ok(()),
        Behaviour::Malformed | Behaviour::LateMalformed => {
            respond(&mut connection, "200 OK", "", "<html>it works</html>")
        }
        Behaviour::CutBody => {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: \
                application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                answer.len()
            );
            connection
                .write_all(head.as_bytes())
                .and_then(|()| connection.write_all(&answer.as_bytes()[..answer.len() / 2]))
        }
        Behaviour::RateLimited => respond(
            &mut connection,
            "429 Too Many Requests",
            "retry-after-ms: 5\r\n",
            &error,
        ),
        Behaviour::ServerError => respond(
            &mut connection,
            "503 Service Unavailable",
            "retry-after-ms: 5\r\n",
            &error,
        ),
    };
}

/// The words of a reply: guidance, or formulas that no other reply of this double has.
fn content(script: &Script, number: u64, guidance: bool) -> String {
    if guidance {
        return json!({
            "guidance": format!("Keep the right tail a line; this is guidance {number}.")
        })
        .to_string();
    }
    let formula = |part: usize| {
        let (gate, wave) = (
            0.5 + 0.011 * number as f64 + 0.0021 * part as f64,
            0.001 * number as f64 + 0.07 * part as f64,
        );
        json!({
            "rationale": script.echo,
            "name": "double",
            "formula": format!("x*sigmoid({gate:.4}*x) + {wave:.3}*tanh(x)")
        })
    };
    match script.formulas {
        1 => formula(0).to_string(),
        several => {
            json!({ "functions": (0..several).map(formula).collect::<Vec<Value>>() }).to_string()
        }
    }
}

fn respond(
    connection: &mut TcpStream,
    status: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: \
        application/json\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes())?;
    connection.write_all(body.as_bytes())?;
    connection.flush()
}

/// The head and the JSON body of a request; `None` where none came.
fn request(connection: &mut TcpStream) -> Option<(String, Value)> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 1 << 14]);
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length:")?
                    .trim()
                    .parse::<usize>()
                    .ok()
            })?;
            if bytes.len() >= end + 4 + length {
                return Some((
                    head,
                    serde_json::from_slice(&bytes[end + 4..end + 4 + length]).ok()?,
                ));
            }
        }
        match connection.read(&mut buffer).ok()? {
            0 => return None,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
