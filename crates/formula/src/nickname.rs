//! Nicknames: two words and a number that are easier to say than an id.

const ADJECTIVES: [&str; 64] = [
    "amber", "ample", "bold", "brave", "breezy", "bright", "brisk", "calm", "candid", "clever",
    "cosy", "crisp", "curious", "daring", "deft", "eager", "early", "fair", "fleet", "fond",
    "fresh", "gentle", "glad", "golden", "hardy", "honest", "humble", "jolly", "keen", "kind",
    "lively", "lucid", "lucky", "mellow", "merry", "mild", "neat", "nimble", "noble", "patient",
    "placid", "plucky", "polite", "proud", "quick", "quiet", "ready", "robust", "rosy", "rustic",
    "silver", "snug", "sober", "spry", "steady", "sunny", "swift", "tidy", "vivid", "warm", "wise",
    "witty", "young", "zesty",
];

const NOUNS: [&str; 64] = [
    "acorn", "alder", "badger", "beacon", "beaver", "birch", "bison", "brook", "cedar", "clover",
    "comet", "crane", "curlew", "dolphin", "ember", "falcon", "fern", "finch", "fjord", "gecko",
    "glacier", "grove", "harbor", "hazel", "heron", "ibis", "iris", "island", "jasper", "kestrel",
    "lagoon", "lantern", "larch", "lark", "lichen", "lynx", "magpie", "maple", "marten", "meadow",
    "merlin", "nectar", "newt", "oak", "orchid", "osprey", "otter", "pebble", "plover", "poplar",
    "quartz", "raven", "reed", "river", "robin", "saffron", "sparrow", "spruce", "summit",
    "swallow", "thistle", "tulip", "walnut", "willow",
];

/// The nickname of an id, such as `brisk-otter-417`: a pure function of its first eight hexadecimal
/// digits. Different ids may share one.
pub fn nickname(id: &str) -> String {
    let number = id.bytes().take(8).fold(0u32, |number, byte| {
        number << 4 | char::from(byte).to_digit(16).unwrap_or(0)
    });
    let adjective = ADJECTIVES[(number % 64) as usize];
    let noun = NOUNS[(number / 64 % 64) as usize];
    format!("{adjective}-{noun}-{}", number / 4096 % 1000)
}
