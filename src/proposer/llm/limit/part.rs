//! What a number in a server's words counts: the prompt, the output, or the window of both.

use super::number::Number;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The tokens of the request.
    Prompt,
    /// The tokens of the answer.
    Output,
    /// Those of both together.
    Window,
}

/// Words, or their beginnings, by which servers call each part, in small letters.
const WORDS: [(Part, &[&str]); 3] = [
    (
        Part::Prompt,
        &[
            "prompt",
            "input",
            "message",
            "eingabe",
            "anfrage",
            "entrada",
            "entrée",
            "invite",
            "ingresso",
            "richiesta",
            "提示",
            "输入",
            "入力",
            "プロンプト",
            "입력",
            "프롬프트",
            "запрос",
            "ввод",
        ],
    ),
    (
        Part::Output,
        &[
            "completion",
            "output",
            "max_tokens",
            "max tokens",
            "maxtokens",
            "new_tokens",
            "new tokens",
            "generat",
            "n_predict",
            "num_predict",
            "max_gen",
            "ausgabe",
            "antwort",
            "sortie",
            "réponse",
            "salida",
            "respuesta",
            "saída",
            "resposta",
            "risposta",
            "输出",
            "出力",
            "출력",
            "ответ",
        ],
    ),
    (
        Part::Window,
        &[
            "context",
            "window",
            "model_len",
            "model len",
            "sequence",
            "n_ctx",
            "num_ctx",
            "total",
            "kontext",
            "fenster",
            "fenêtre",
            "contexte",
            "ventana",
            "contexto",
            "janela",
            "finestra",
            "contesto",
            "上下文",
            "コンテキスト",
            "컨텍스트",
            "контекст",
            "окн",
        ],
    ),
];

/// The farthest that a word for the prompt may be from its number, in bytes: a limit stands farther
/// from what it limits.
const FARTHEST_PROMPT: usize = 20;

/// What parts a sentence.
const ENDS: [char; 11] = [',', ';', '(', ')', '!', '?', '\n', '，', '。', '；', '、'];

/// What the number at `index` counts, by the nearest word of its clause; `None` where no word says
/// it.
pub(super) fn of(words: &str, numbers: &[Number], index: usize) -> Option<Part> {
    let number = &numbers[index];
    let before = &words[..number.start];
    let from = clause_start(before);
    let to = number.end + clause_end(&words[number.end..]);
    let mut nearest: Option<(usize, Part)> = None;
    for (part, names) in WORDS {
        for name in names {
            for (at, _) in words[from..to].match_indices(name) {
                let (start, end) = (from + at, from + at + name.len());
                let gap = if end <= number.start {
                    number.start - end
                } else {
                    start.saturating_sub(number.end)
                };
                let is_near = part != Part::Prompt || gap <= FARTHEST_PROMPT;
                if is_near && nearest.is_none_or(|(least, _)| gap < least) {
                    nearest = Some((gap, part));
                }
            }
        }
    }
    nearest.map(|(_, part)| part)
}

/// Where the clause begins that ends with this text.
fn clause_start(before: &str) -> usize {
    let mark = before.rfind(ENDS).map_or(0, |at| {
        at + before[at..].chars().next().map_or(1, char::len_utf8)
    });
    let dot = before.rfind(". ").map_or(0, |at| at + 2);
    mark.max(dot)
}

/// Where the clause ends that begins with this text.
fn clause_end(after: &str) -> usize {
    let mark = after.find(ENDS).unwrap_or(after.len());
    let dot = after.find(". ").unwrap_or(after.len());
    mark.min(dot)
}
